// SPDX-License-Identifier: Apache-2.0

package render

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// APIVersion of every document. Fields may be added to it; none is renamed,
// removed or given another meaning.
const APIVersion = "kubectl-sts/v1alpha1"

// The kinds of documents.
const (
	KindResult     = "Result"
	KindEvent      = "RolloutEvent"
	KindStatus     = "StatefulSetStatus"
	KindStatusList = "StatefulSetStatusList"
)

// StatefulSetStatus is what `status NAME -o json` prints.
type StatefulSetStatus struct {
	metav1.TypeMeta `json:",inline"`
	// Name and namespace of the set.
	metav1.ObjectMeta `json:"metadata"`
	// The set as a whole.
	Set SetStatus `json:"set"`
	// In-range ordinals, ascending; those without a pod too.
	Ordinals []OrdinalStatus `json:"ordinals"`
	// Pods of the set beyond its range, on their way out.
	Surplus []OrdinalStatus `json:"surplus,omitempty"`
	// Pods in the way: with the name of an ordinal and not the set's, or the
	// set's with a name that is no ordinal's.
	Strays []StrayStatus `json:"strays,omitempty"`
	// Commands that go on from here; of several, either.
	Next []string `json:"next,omitempty"`
	// What may help: with a command in which what is in capitals is to be filled in, or
	// where it depends on what nothing in the cluster tells, such as whether a run goes on.
	Hint string `json:"hint,omitempty"`
}

// StatefulSetStatusList is what `status -o json` prints.
type StatefulSetStatusList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata"`
	// In the order in which they were found: by namespace, then name.
	Items []StatefulSetStatus `json:"items"`
}

// RunResult is how an acting command ended. It is printed for failures too. Its
// kind is Result.
type RunResult struct {
	metav1.TypeMeta `json:",inline"`
	// Name and namespace of the set.
	metav1.ObjectMeta `json:"metadata"`
	// The verb: canary, promote, abort, scale ...
	Command string `json:"command"`
	// What the process exits with.
	ExitCode int `json:"exitCode"`
	// A stable word for why it ended so; empty where the goal is reached.
	Reason string `json:"reason,omitempty"`
	// The same for people.
	Message string `json:"message"`
	// The stable revision when the command began.
	From string `json:"from,omitempty"`
	// The revision of the live template when it ended.
	To string `json:"to,omitempty"`
	// The partition when it ended.
	Partition int32 `json:"partition"`
	// The command that goes on.
	Next string `json:"next,omitempty"`
	// Commands that go on in its place, where there is more than one way.
	Or []string `json:"or,omitempty"`
	// "client" or "server" where nothing was to be changed.
	DryRun string `json:"dryRun,omitempty"`
	// What keeps the goal from being reached.
	Blockers []BlockerStatus `json:"blockers,omitempty"`
	// The set in the last sighting; missing where there was none, or where it is
	// from before the last write.
	Set *SetStatus `json:"set,omitempty"`
	// As in StatefulSetStatus; none where set is missing.
	Ordinals []OrdinalStatus `json:"ordinals"`
	// As in StatefulSetStatus.
	Surplus []OrdinalStatus `json:"surplus,omitempty"`
	// What an apply did with each object of its file, in order, as far as it came.
	Objects []AppliedObject `json:"objects,omitempty"`
	// Of an apply to a set that is there: what the file changes of it, for people, the
	// most telling first.
	Changes []string `json:"changes,omitempty"`
	// Of a scale and a delete: what becomes of claims.
	Claims *ScaleClaims `json:"claims,omitempty"`
	// Of a dry run: what a run would do.
	Plan *PlanStatus `json:"plan,omitempty"`
}

// PlanStatus is what a run would do, as far as that can be foreseen.
type PlanStatus struct {
	// What has to be so before the first write.
	Hold []BlockerStatus `json:"hold,omitempty"`
	// The writes, in their order; none where the goal is reached.
	Steps []StepStatus `json:"steps"`
}

// StepStatus is one write, and what is awaited after it.
type StepStatus struct {
	// What would be written.
	Change ChangeStatus `json:"change"`
	// What has to be so before the next write, for people.
	Until string `json:"until,omitempty"`
}

// ScaleClaims is what a scale comes to or leaves behind, or a delete, as it stood
// before the first write.
type ScaleClaims struct {
	// Of the ordinals that come: claims that are there already, and those that
	// the controller will make.
	Coming []ClaimStanding `json:"coming,omitempty"`
	// Ordinals that come too, and whose claims were not looked at.
	Beyond int32 `json:"beyond,omitempty"`
	// Kinds of objects that may not be listed, so that what they would tell is missing.
	Unread []string `json:"unread,omitempty"`
	// Of the ordinals that go, long gone ones among these where the set is
	// deleted: names of claims that stay.
	Kept []string `json:"kept,omitempty"`
	// Likewise, names of claims that are destroyed.
	Destroyed []string `json:"destroyed,omitempty"`
	// Of the ordinals that go, those among these that are Lost: no pod comes back by them.
	Lost []LostClaim `json:"lost,omitempty"`
}

// LostClaim is a claim whose volume is gone or belongs to another claim.
type LostClaim struct {
	// The pod that goes.
	Pod string `json:"pod"`
	// The name of the claim.
	Claim string `json:"claim"`
	// The volume that it was bound to.
	Volume string `json:"volume"`
	// The claim's uid: a volume of that name is the claim's with it in its claimRef.
	UID string `json:"uid"`
}

// AppliedObject is one object of a file.
type AppliedObject struct {
	// Kind and name: "persistentvolume/pv001".
	Name string `json:"name"`
	// created, configured, unchanged, left alone or not begun.
	Action string `json:"action"`
}

// RolloutEvent is one thing that happened, a line of `-o json -w`. What does
// not apply to its type is missing. What is a warning or a note on standard error
// without -w is one of type Warning or Note, the server's own warnings too.
type RolloutEvent struct {
	metav1.TypeMeta `json:",inline"`
	// Name and namespace of the set.
	metav1.ObjectMeta `json:"metadata"`
	// Ordinal, Write, Wait, Note or Warning.
	Type rollout.EventType `json:"type"`
	// By the server's clock.
	Time metav1.Time `json:"time"`
	// The state of the set in one word, after the event; empty of a note or a
	// warning from before the set was read.
	State rollout.Word `json:"state"`
	// In-range ordinals that are Available on the live template, after the event.
	Updated int32 `json:"updated"`
	// spec.replicas, after the event.
	Replicas int32 `json:"replicas"`
	// The ordinal that changed.
	Ordinal *int32 `json:"ordinal,omitempty"`
	// Its pod.
	Pod string `json:"pod,omitempty"`
	// Its phase before.
	Was rollout.Phase `json:"was,omitempty"`
	// Its phase now.
	Phase rollout.Phase `json:"phase,omitempty"`
	// Its revision.
	Revision string `json:"revision,omitempty"`
	// Another pod of the same name than before.
	Replaced bool `json:"replaced,omitempty"`
	// Its containers' restarts, of an event of type Ordinal.
	Restarts *int32 `json:"restarts,omitempty"`
	// What holds it.
	Cause *CauseStatus `json:"cause,omitempty"`
	// A command that shows more of the cause or ends it.
	Remedy string `json:"remedy,omitempty"`
	// What was written.
	Change *ChangeStatus `json:"change,omitempty"`
	// What is awaited.
	Blockers []BlockerStatus `json:"blockers,omitempty"`
	// For people.
	Message string `json:"message,omitempty"`
}

// SetStatus is a set in one sighting.
type SetStatus struct {
	// failing, deleting, scaling, rolling, paused, canary or settled; in a list also
	// oversized, where there are more ordinals than are looked at.
	State rollout.Word `json:"state"`
	// When it was seen, by the server's clock.
	At metav1.Time `json:"at"`
	// Of the StatefulSet.
	UID string `json:"uid"`
	// When the StatefulSet was created.
	CreatedAt metav1.Time `json:"createdAt"`
	// spec.updateStrategy.type.
	Strategy string `json:"strategy"`
	// OrderedReady or Parallel.
	PodManagementPolicy string `json:"podManagementPolicy"`
	// The partition, an index that counts from start; null: there is no rollingUpdate block.
	Partition *int32 `json:"partition"`
	// The partition that stood there when the set was last settled; null as above.
	OwnPartition *int32 `json:"ownPartition"`
	// spec.replicas.
	Replicas int32 `json:"replicas"`
	// In-range ordinals that are Available on the live template.
	Updated int32 `json:"updated"`
	// In-range ordinals that are Ready, for long enough or not.
	Ready int32 `json:"ready"`
	// In-range ordinals that have been Ready for minReadySeconds.
	Available int32 `json:"available"`
	// spec.ordinals.start, the lowest ordinal.
	Start int32 `json:"start"`
	// spec.minReadySeconds.
	MinReadySeconds int32 `json:"minReadySeconds"`
	// metadata.generation.
	Generation int64 `json:"generation"`
	// The generation that the controller has seen.
	ObservedGeneration int64 `json:"observedGeneration"`
	// status.currentRevision.
	CurrentRevision string `json:"currentRevision"`
	// status.updateRevision.
	UpdateRevision string `json:"updateRevision"`
	// The revision that an abort would go back to; missing where it is gone.
	StableRevision string `json:"stableRevision,omitempty"`
	// The revision of the live template; missing while the controller has not made it.
	LiveRevision string `json:"liveRevision,omitempty"`
	// Where the live template differs from the stable one.
	Differences []string `json:"differences,omitempty"`
	// spec.serviceName.
	Service string `json:"service,omitempty"`
	// The Service of that name is not there: the pods have no names in DNS.
	ServiceMissing bool `json:"serviceMissing,omitempty"`
	// metadata.finalizers: the set is there until they are taken off.
	Finalizers []string `json:"finalizers,omitempty"`
	// Names of spec.volumeClaimTemplates.
	ClaimTemplates []string `json:"claimTemplates,omitempty"`
	// What the last command of ours left on the set.
	Record *RecordStatus `json:"record,omitempty"`
	// Others who run this set, or a field of it.
	Hands []HandStatus `json:"hands,omitempty"`
	// What somebody else has changed of the operation under way.
	Changed string `json:"changed,omitempty"`
	// Somebody has put the stable template back under the operation.
	Reverted *RevertedStatus `json:"reverted,omitempty"`
	// The partition is the one of an operation whose template somebody took away: it
	// holds back the next rollout, and an abort puts ownPartition back.
	PartitionLeft bool `json:"partitionLeft,omitempty"`
	// PodDisruptionBudgets that select its pods.
	Budgets []BudgetStatus `json:"budgets,omitempty"`
	// Why nothing new can be seen; missing while all is in sight.
	Blind string `json:"blind,omitempty"`
}

// OrdinalStatus is one ordinal in one sighting.
type OrdinalStatus struct {
	// The number in the pod's name.
	Ordinal int32 `json:"ordinal"`
	// The pod's name, also where there is no pod.
	Pod string `json:"pod"`
	// Of the pod; missing where there is none.
	UID string `json:"uid,omitempty"`
	// Absent, Pending, Starting, Ready, Available, Failing or Terminating.
	Phase rollout.Phase `json:"phase"`
	// The name of its ControllerRevision.
	Revision string `json:"revision,omitempty"`
	// It carries the live template.
	Updated bool `json:"updated"`
	// Of all its lasting containers.
	Restarts int32 `json:"restarts"`
	// Where it runs.
	Node string `json:"node,omitempty"`
	// When the pod was created.
	CreatedAt *metav1.Time `json:"createdAt,omitempty"`
	// When its cause began, else when its phase did.
	Since *metav1.Time `json:"since,omitempty"`
	// How often its pod was made since the spec was written, where that is too often.
	Made int32 `json:"made,omitempty"`
	// It is Available, and until then it has not been so for long enough to count.
	SoaksUntil *metav1.Time `json:"soaksUntil,omitempty"`
	// What holds it; missing where nothing does.
	Cause *CauseStatus `json:"cause,omitempty"`
	// A command that shows more of the cause or ends it.
	Remedy string `json:"remedy,omitempty"`
	// The claims that it mounts, or would.
	Claims []ClaimStatus `json:"claims,omitempty"`
	// How the last pod of this ordinal ended, where that was seen: of an ordinal without
	// a pod, and of any other where that pod ended of its own accord.
	Before *EndingStatus `json:"before,omitempty"`
}

// CauseStatus is why an ordinal does not go on.
type CauseStatus struct {
	// A stable word such as image-pull.
	ID rollout.CauseID `json:"id"`
	// The server's own words.
	Message string `json:"message,omitempty"`
	// More of it, a line each: of claim-pending, each volume and why it does not serve.
	Details []string `json:"details,omitempty"`
	// The last that a crashed container wrote, where it may be read.
	Log string `json:"log,omitempty"`
	// The container that it is about; missing where it is the pod.
	Container string `json:"container,omitempty"`
}

// ClaimStatus is a claim of an ordinal.
type ClaimStatus struct {
	// Of the PersistentVolumeClaim.
	Name string `json:"name"`
	// Bound, Pending, Lost, or Terminating where it is being deleted; missing where it was not asked for or is not there.
	Phase string `json:"phase,omitempty"`
	// The PersistentVolume.
	Volume string `json:"volume,omitempty"`
	// Of the volume.
	Capacity string `json:"capacity,omitempty"`
}

// EndingStatus is how a pod ended.
type EndingStatus struct {
	// Of the pod that is no more.
	UID string `json:"uid"`
	// When it was seen to be gone.
	At metav1.Time `json:"at"`
	// Evicted, OOMKilled, Error ...
	Reason string `json:"reason,omitempty"`
	// The server's own words.
	Message string `json:"message,omitempty"`
	// It was Failed or Succeeded before anybody had deleted it.
	Own bool `json:"own,omitempty"`
	// How many pods of the ordinal ended so one after the other, on one revision and
	// each within ten minutes.
	Row int32 `json:"row,omitempty"`
}

// BlockerStatus is one thing that is awaited.
type BlockerStatus struct {
	// Missing where it is the set as a whole.
	Pod string `json:"pod,omitempty"`
	// Of the pod.
	Phase rollout.Phase `json:"phase,omitempty"`
	// What holds it.
	Cause *CauseStatus `json:"cause,omitempty"`
	// What is awaited.
	Message string `json:"message,omitempty"`
	// Waiting will not help.
	Failed bool `json:"failed"`
}

// ChangeStatus is one write. Fields that it does not touch are missing.
type ChangeStatus struct {
	// The digest of a new template.
	Template string `json:"template,omitempty"`
	// The new partition.
	Partition *int32 `json:"partition,omitempty"`
	// The rollingUpdate block, and with it the partition, is taken away.
	DropsPartition bool `json:"dropsPartition,omitempty"`
	// The new number of replicas.
	Replicas *int32 `json:"replicas,omitempty"`
	// The new retention policy of claims, as whenDeleted/whenScaled.
	Retention string `json:"retention,omitempty"`
	// The state of the record on the set that is written with it: open, paused,
	// promoted, aborted or done.
	Record string `json:"record,omitempty"`
	// It moves nothing, and only makes the controller look at the set again.
	Nudge bool `json:"nudge,omitempty"`
	// The pod that is removed.
	RemovedPod string `json:"removedPod,omitempty"`
	// The claim that is set free of its owners, the set or a pod of it.
	FreedClaim string `json:"freedClaim,omitempty"`
	// The claim that is deleted, and its data with it.
	RemovedClaim string `json:"removedClaim,omitempty"`
	// The set itself is deleted.
	RemovedSet bool `json:"removedSet,omitempty"`
	// Why it is made.
	Why string `json:"why,omitempty"`
}

// RecordStatus is what the last command of ours left on the set.
type RecordStatus struct {
	// The verb.
	Op string `json:"op"`
	// open, promoted, aborted, paused or done.
	State rollout.RecordState `json:"state"`
	// 8 hex digits, one a process.
	Run string `json:"run"`
	// The stable revision that it recorded.
	From string `json:"from,omitempty"`
	// The generation that its write made.
	Generation int64 `json:"generation"`
	// When it was written.
	At metav1.Time `json:"at"`
	// Of a scale that is open: the replicas that it comes to.
	TargetReplicas *int32 `json:"targetReplicas,omitempty"`
	// Of a canary or a promote that is open: how many of the top ordinals are to get the
	// live template.
	TargetOrdinals *int32 `json:"targetOrdinals,omitempty"`
}

// RevertedStatus says who took an operation back by other means than abort.
type RevertedStatus struct {
	// The field manager; missing where a later apply has folded it.
	By string `json:"by,omitempty"`
	// When that wrote last.
	At *metav1.Time `json:"at,omitempty"`
}

// HandStatus is somebody else who runs this set, or a field of it.
type HandStatus struct {
	// owner, partition, replicas, template, replace or note.
	Kind rollout.HandKind `json:"kind"`
	// Such as HorizontalPodAutoscaler/web.
	Name string `json:"name"`
	// What follows from it, as things are now; missing for nothing.
	Meaning string `json:"meaning,omitempty"`
}

// BudgetStatus is a PodDisruptionBudget.
type BudgetStatus struct {
	// Of the budget.
	Name string `json:"name"`
	// Pods that may be disrupted now.
	DisruptionsAllowed int32 `json:"disruptionsAllowed"`
}

// StrayStatus is a pod in the way.
type StrayStatus struct {
	// Its name.
	Pod string `json:"pod"`
	// Why it is one.
	Why string `json:"why"`
}

// DeepCopyObject implements runtime.Object. A document is never changed once
// it is made, so a copy may share what it points to.
func (d *StatefulSetStatus) DeepCopyObject() runtime.Object { return shallow(d) }

// DeepCopyObject implements runtime.Object.
func (d *StatefulSetStatusList) DeepCopyObject() runtime.Object { return shallow(d) }

// DeepCopyObject implements runtime.Object.
func (d *RunResult) DeepCopyObject() runtime.Object { return shallow(d) }

// DeepCopyObject implements runtime.Object.
func (d *RolloutEvent) DeepCopyObject() runtime.Object { return shallow(d) }

func shallow[T any](d *T) *T {
	c := *d
	return &c
}
