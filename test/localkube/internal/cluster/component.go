// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"strconv"
	"strings"
)

// A Component is one of the processes of a cluster.
type Component struct {
	Name   string
	args   func(Dir, Ports) []string
	health func(Ports) string
}

// Components returns all of them in the order in which they are started.
func Components() []Component {
	return []Component{
		{"etcd", etcdArgs, func(p Ports) string { return httpURL(p.Etcd, "/health") }},
		{"kube-apiserver", apiServerArgs, func(p Ports) string { return httpsURL(p.APIServer, "/readyz") }},
		{"kube-controller-manager", controllerManagerArgs, func(p Ports) string { return httpsURL(p.ControllerManager, "/healthz") }},
		{"kube-scheduler", schedulerArgs, func(p Ports) string { return httpsURL(p.Scheduler, "/readyz") }},
		{"kwok", kwokArgs, func(p Ports) string { return httpURL(p.Kubelet, "/healthz") }},
		{"coredns", corednsArgs, func(p Ports) string { return httpURL(p.DNSHealth, "/ready") }},
	}
}

// Find returns the component of that name.
func Find(name string) (Component, error) {
	var known []string
	for _, c := range Components() {
		if c.Name == name {
			return c, nil
		}
		known = append(known, c.Name)
	}
	return Component{}, fmt.Errorf("no component %q, there are %s", name, strings.Join(known, ", "))
}

func etcdArgs(d Dir, p Ports) []string {
	client, peer := httpURL(p.Etcd, ""), httpURL(p.EtcdPeer, "")
	return []string{
		"--data-dir=" + d.path("etcd"),
		"--listen-client-urls=" + client,
		"--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=default=" + peer,
		"--unsafe-no-fsync",
		"--log-level=warn",
	}
}

func apiServerArgs(d Dir, p Ports) []string {
	return []string{
		"--etcd-servers=" + httpURL(p.Etcd, ""),
		"--bind-address=127.0.0.1",
		// The default is the address of an interface that leads out of the
		// machine, and there may be none. The reconciler would then write the
		// loopback address into an EndpointSlice, which validation refuses.
		"--advertise-address=127.0.0.1",
		"--endpoint-reconciler-type=none",
		"--secure-port=" + strconv.Itoa(p.APIServer),
		"--tls-cert-file=" + d.pki("server.crt"),
		"--tls-private-key-file=" + d.pki("server.key"),
		"--client-ca-file=" + d.pki("ca.crt"),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + d.pki("service-account.key"),
		"--service-account-signing-key-file=" + d.pki("service-account.key"),
		"--service-cluster-ip-range=10.96.0.0/16",
		// The plugin mounts a token into every pod, and refuses pods in a young
		// namespace until its default account is there.
		"--disable-admission-plugins=ServiceAccount",
		// As clusters have it that kubeadm or a provider made.
		"--allow-privileged=true",
		"--kubelet-preferred-address-types=InternalIP",
		"--audit-policy-file=" + d.config("audit-policy.yaml"),
		"--audit-log-path=" + d.AuditLog(),
		"--audit-log-maxsize=4000",
		// Without these a server that is asked to end waits a minute for its watches.
		"--shutdown-watch-termination-grace-period=1s",
		"--shutdown-send-retry-after=true",
	}
}

func controllerManagerArgs(d Dir, p Ports) []string {
	return []string{
		"--kubeconfig=" + d.kubeconfigOf("kube-controller-manager"),
		"--bind-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(p.ControllerManager),
		"--tls-cert-file=" + d.pki("server.crt"),
		"--tls-private-key-file=" + d.pki("server.key"),
		"--root-ca-file=" + d.pki("ca.crt"),
		"--service-account-private-key-file=" + d.pki("service-account.key"),
		"--use-service-account-credentials=true",
		"--leader-elect=false",
		"--controllers=*",
		"--allocate-node-cidrs=false",
		// A node that is down or up again is tainted, or no longer, in this period.
		"--node-monitor-period=1s",
		// A claim that is written right after its volume waits for this period.
		"--pvclaimbinder-sync-period=1s",
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
		// The default lies outside of the cluster's directory, and is made.
		"--flex-volume-plugin-dir=" + d.path("volumes"),
	}
}

func schedulerArgs(d Dir, p Ports) []string {
	return []string{
		"--config=" + d.config("scheduler.yaml"),
		"--bind-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(p.Scheduler),
		"--tls-cert-file=" + d.pki("server.crt"),
		"--tls-private-key-file=" + d.pki("server.key"),
	}
}

func kwokArgs(d Dir, p Ports) []string {
	return []string{
		"--config=" + d.config("kwok.yaml"),
		"--kubeconfig=" + d.kubeconfigOf("kwok"),
		"--manage-nodes-with-label-selector=" + runningKubelet,
		"--node-ip=127.0.0.1",
		"--node-port=" + strconv.Itoa(p.Kubelet),
		"--server-address=" + address(p.Kubelet),
		"--tls-cert-file=" + d.pki("server.crt"),
		"--tls-private-key-file=" + d.pki("server.key"),
		// Without leases the node lifecycle controller takes the nodes for dead
		// after 40 seconds, and marks their pods not ready for good.
		"--node-lease-duration-seconds=40",
	}
}

func corednsArgs(d Dir, _ Ports) []string {
	return []string{"-conf=" + d.config("Corefile")}
}
