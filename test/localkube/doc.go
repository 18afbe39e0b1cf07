// SPDX-License-Identifier: Apache-2.0

// Command localkube is a Kubernetes control plane for tests and for playing:
// the real etcd, API server, controller manager, scheduler and CoreDNS, of the
// released versions, with nodes that are played.
//
// # Why
//
// What kubectl-sts promises depends on what the StatefulSet controller does,
// and on what admission, quotas, the scheduler and the garbage collector do to
// it. A fake client knows none of that. So the tests run on the real thing, and
// it must be there after one command, on a machine that has a Go toolchain and
// nothing else: no container engine, no image registry, no root.
//
// # One binary
//
// All of the components are Go programs whose main functions can be called, so
// they are linked into this one binary, and so is kubectl. Called as kubectl
// (through a link of that name), it is kubectl. Otherwise its first argument is
// a command of its own; the hidden one, serve, makes the process a component.
// The package internal/program holds the components and is all that imports
// Kubernetes' own code; the packages beside it are small and quick to test.
//
// # A cluster is a directory
//
// Everything of a cluster lies in one directory: ports, certificates,
// configuration, the store of etcd, logs, the audit log, locks. Two clusters
// are two directories. All that listens listens on loopback.
//
// # A process lives as long as it holds a lock
//
// Whether a component runs is not read from a file of process ids, which may be
// stale or name a stranger. Every component holds a lock on a file of its own
// for as long as it lives, and the kernel gives the lock back however the
// process ends. To look is to try the lock; to kill is to read the holder's id
// while the lock is held.
//
// The same serves as the lifeline of `localkube run`. There the process that
// runs holds the owner's lock, and all others wait for that lock in a thread of
// theirs. When the owner ends, by kill -9 or otherwise, the kernel hands the
// lock to them and they exit. The command that is run in the cluster cannot
// wait for a lock, so it runs under a guard of this binary, which leads the
// command's process group and kills the group when it gets the lock. A pipe
// whose write end only the owner holds would serve as well, but not a component
// that is stopped and started again by another process meanwhile.
//
// # The nodes
//
// The nodes are objects without machines. kwok keeps their leases and plays the
// kubelet for the pods that the real scheduler binds to them, after the stages
// in internal/stages. A pod goes from Pending over ContainerCreating to Running
// and Ready in a tenth of a second or so. What ends the tag of a container's
// image decides another fate, and so does the annotation localkube/fate of the
// pod, for all of its containers and at any time of its life:
//
//	missing     ErrImagePull and ImagePullBackOff in turn
//	config      CreateContainerConfigError
//	badname     InvalidImageName
//	neverpull   ErrImageNeverPull
//	mount       is not created, for want of a volume (event FailedMount)
//	attach      is not created, for want of a volume (event FailedAttachVolume)
//	sandbox     is not created, for want of a network (event FailedCreatePodSandBox)
//	crash       exits with 1, CrashLoopBackOff, restarts that become rarer
//	blip        the same, Ready for a second at each start
//	liveness    the same, killed by its liveness probe
//	peer        exits twice and then serves
//	old         was restarted long ago, exits once, restarts without a back-off
//	restartall  has all containers restarted in place, by a rule
//	ends        exits with 1 for good: the pod is Failed
//	completes   exits with 0 for good: the pod is Succeeded
//	evicted     the pod is Failed, reason Evicted
//	unready     runs and is never ready
//	slow        is three seconds in ContainerCreating
//	slowstop    is three seconds in Terminating, or its grace period if shorter
//	flap        is ready for two seconds and then no longer
//
// Init containers run one after the other, each with the fate of its own image,
// and sidecars with them.
//
// A kubelet sets a container without a readiness probe Ready as soon as it runs,
// also one that crashes a second later; restarts what exits at once the first
// time, and then by a back-off, which it forgets when it has not heard of it for
// ten minutes (pkg/kubelet/kuberuntime/kuberuntime_manager.go: doBackOff). So do
// these stages. What happens before a container is created stands in no
// container's status, so it is told by an event alone.
//
// Further annotations give the delays as Go durations: localkube/init (init
// containers), localkube/start (ContainerCreating), localkube/ready (running but
// not ready), localkube/stop (Terminating, also beyond the grace period),
// localkube/crash (before whatever exits or is evicted) and localkube/flap
// (ready). localkube/exit is the exit code of what is asked to leave: with it a
// deleted pod turns Succeeded or Failed before it is gone, as with a kubelet.
// localkube/peer is how often the fate of that name exits.
//
// # What is not real
//
// No process runs in a container: nothing can be executed, probed or mounted.
// kubectl logs prints one fixed line, kubectl logs --previous the last words of
// a crash, and both, for a container of the name excused, what a kubelet says
// when the log is gone. A volume is missing because the fate says so, not because
// it is. A warning is told once where a kubelet repeats it. Pods have addresses
// that lead nowhere, though CoreDNS serves them. The admission plugin
// ServiceAccount is off: there are no tokens in pods.
package main
