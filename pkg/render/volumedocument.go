// SPDX-License-Identifier: Apache-2.0

package render

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// The kinds of documents about volumes and findings.
const (
	KindVolumeStatus = "VolumeStatus"
	KindVolumeResult = "VolumeResult"
	KindCheckResult  = "CheckResult"
)

// VolumeStatusObject is what `pv status -o json` prints, of kind VolumeStatus.
type VolumeStatusObject struct {
	metav1.TypeMeta `json:",inline"`
	// Name and namespace of the set.
	metav1.ObjectMeta `json:"metadata"`
	// By ordinal, and then in the order of the claim templates.
	Claims []ClaimStanding `json:"claims"`
	// As in CheckResult.
	Findings []FindingStatus `json:"findings"`
}

// ClaimStanding is where one claim stands.
type ClaimStanding struct {
	// The claim's name, also where there is no claim yet.
	Claim string `json:"claim"`
	// The name of its claim template.
	Template string `json:"template"`
	// The number in its name.
	Ordinal int32 `json:"ordinal"`
	// Whether the set has this ordinal.
	InRange bool `json:"inRange"`
	// Whether there is such a claim.
	Exists bool `json:"exists"`
	// When it was made; missing where there is none.
	CreatedAt *metav1.Time `json:"createdAt,omitempty"`
	// Bound, Reserved, Provisioning, Waits, Chance, Terminating, Lost, Unserved, or
	// Released where a volume has the data of an earlier claim of this name;
	// empty where what could serve it may not be read.
	State volume.Word `json:"state"`
	// What it is bound to; of a Released one, the volume, where there is one alone.
	Volume string `json:"volume,omitempty"`
	// What the binder may take: one is certain, several are chance.
	MayBind []string `json:"mayBind,omitempty"`
	// The class that it has or gets.
	Class string `json:"class,omitempty"`
	// The volumes that it could get, each with why not; of a claim that is not bound.
	Candidates []CandidateStatus `json:"candidates,omitempty"`
	// How many more there are, where a list was cut short.
	MoreCandidates int `json:"moreCandidates,omitempty"`
	// What its template asks for and it has not, such as "5Gi instead of 2Gi".
	Differs []string `json:"differs,omitempty"`
	// The newest event on it.
	Event string `json:"event,omitempty"`
}

// CandidateStatus is what the binder says of a volume and a claim.
type CandidateStatus struct {
	// The volume's name.
	Volume string `json:"volume"`
	// Whether it may be bound to the claim.
	Serves bool `json:"serves"`
	// Whether it points at the claim.
	Reserved bool `json:"reserved"`
	// Why it does not serve.
	Reasons []ReasonStatus `json:"reasons,omitempty"`
	// What the binder does not look at.
	Told []string `json:"told,omitempty"`
}

// ReasonStatus is why a volume does not serve a claim.
type ReasonStatus struct {
	// A stable word, such as too-small.
	ID volume.ReasonID `json:"id"`
	// The same for people.
	Message string `json:"message"`
}

// VolumeResult is how an acting pv command ended. It is printed for failures too.
type VolumeResult struct {
	metav1.TypeMeta `json:",inline"`
	// Name and namespace of the set.
	metav1.ObjectMeta `json:"metadata"`
	// Such as "pv create".
	Command string `json:"command"`
	// What the process exits with.
	ExitCode int `json:"exitCode"`
	// A stable word for why it ended so.
	Reason string `json:"reason,omitempty"`
	// The same for people.
	Message string `json:"message"`
	// "server" where nothing was to be changed.
	DryRun string `json:"dryRun,omitempty"`
	// What was done, in order; where the command failed, as far as it came.
	Volumes []VolumeStep `json:"volumes"`
}

// VolumeStep is what was done with one volume.
type VolumeStep struct {
	// The volume's name.
	Volume string `json:"volume"`
	// created, reserved, released, rebound, unchanged or skipped.
	Action volume.Action `json:"action"`
	// The claim that it is for.
	Claim string `json:"claim"`
	// The claim's ordinal.
	Ordinal int32 `json:"ordinal"`
	// Why nothing was done.
	Why string `json:"why,omitempty"`
}

// CheckResult is what `check -o json` prints.
type CheckResult struct {
	metav1.TypeMeta `json:",inline"`
	// Name and namespace of the set.
	metav1.ObjectMeta `json:"metadata"`
	// The worst first.
	Findings []FindingStatus `json:"findings"`
	// What was looked at, for people.
	Looked []string `json:"looked"`
}

// FindingStatus is one thing that a check has to say.
type FindingStatus struct {
	// A stable word, such as claim-unserved.
	ID string `json:"id"`
	// error, warning or note.
	Severity rollout.Severity `json:"severity"`
	// What it is about, as kubectl names it.
	Object string `json:"object"`
	// For people.
	Message string `json:"message"`
	// More of it, a line each.
	Details []string `json:"details,omitempty"`
	// A command that helps.
	Remedy string `json:"remedy,omitempty"`
}

// DeepCopyObject implements runtime.Object.
func (d *VolumeStatusObject) DeepCopyObject() runtime.Object { return shallow(d) }

// DeepCopyObject implements runtime.Object.
func (d *VolumeResult) DeepCopyObject() runtime.Object { return shallow(d) }

// DeepCopyObject implements runtime.Object.
func (d *CheckResult) DeepCopyObject() runtime.Object { return shallow(d) }

// VolumeStatusDocument is the standing of a set's claims as an object to print.
func VolumeStatusDocument(s VolumeStanding) runtime.Object {
	d := &VolumeStatusObject{TypeMeta: typeOf(KindVolumeStatus), Claims: []ClaimStanding{}, Findings: findingStatus(s.Findings)}
	d.Name, d.Namespace = s.Set.Name, s.Set.Namespace
	for _, standing := range s.Standings {
		d.Claims = append(d.Claims, claimStanding(standing))
	}
	return d
}

func claimStanding(s volume.Standing) ClaimStanding {
	d := ClaimStanding{
		Claim: s.Claim.Name, Template: s.Claim.Template, Ordinal: s.Claim.Ordinal, InRange: s.InRange,
		Exists: s.Claim.Live != nil, State: s.State(), MayBind: s.Choice.Volumes, Class: s.Class.Name, Event: s.Said, MoreCandidates: s.Unlisted,
	}
	if s.Claim.Bound() {
		d.Volume = s.Claim.Spec.VolumeName
	}
	if leftover := s.Leftover(); len(leftover) == 1 {
		d.Volume = leftover[0].Name
	}
	if s.Claim.Live != nil {
		d.CreatedAt = moment(s.Claim.Live.CreationTimestamp.Time)
	}
	for _, difference := range s.Claim.Differences() {
		d.Differs = append(d.Differs, difference.String())
	}
	for _, v := range s.Candidates {
		candidate := CandidateStatus{Volume: v.Volume.Name, Serves: v.Serves(), Reserved: v.Reserved, Told: v.Told}
		for _, why := range v.Why {
			candidate.Reasons = append(candidate.Reasons, ReasonStatus{ID: why.ID, Message: why.Message})
		}
		d.Candidates = append(d.Candidates, candidate)
	}
	return d
}

// VolumeOutcome is how an acting pv command ended.
type VolumeOutcome struct {
	Command   string
	SetName   string
	Namespace string
	ExitCode  int
	Reason    string
	Message   string
	DryRun    string
	Steps     []volume.Step
}

// VolumeResultDocument is the outcome as an object to print.
func VolumeResultDocument(o VolumeOutcome) runtime.Object {
	d := &VolumeResult{
		TypeMeta: typeOf(KindVolumeResult), Command: o.Command, ExitCode: o.ExitCode, Reason: o.Reason,
		Message: o.Message, DryRun: o.DryRun, Volumes: []VolumeStep{},
	}
	d.Name, d.Namespace = o.SetName, o.Namespace
	for _, s := range o.Steps {
		d.Volumes = append(d.Volumes, VolumeStep{Volume: s.After.Name, Action: s.Action, Claim: s.Claim.Name, Ordinal: s.Claim.Ordinal, Why: s.Why})
	}
	return d
}

// CheckDocument is findings as an object to print.
func CheckDocument(set rollout.Set, looked []string, findings []rollout.Finding) runtime.Object {
	return &CheckResult{TypeMeta: typeOf(KindCheckResult), ObjectMeta: nameOf(set), Findings: findingStatus(findings), Looked: looked}
}

func findingStatus(findings []rollout.Finding) []FindingStatus {
	list := []FindingStatus{}
	for _, f := range findings {
		list = append(list, FindingStatus{ID: f.ID, Severity: f.Severity, Object: f.Object, Message: f.Message, Details: f.Details, Remedy: f.Remedy})
	}
	return list
}

// VolumeManifests is a list of the volumes that a plan would leave, as one
// could apply them.
func VolumeManifests(p volume.Plan) runtime.Object {
	list := &metav1.List{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "List"}, Items: []runtime.RawExtension{}}
	for _, s := range p.Steps {
		if s.Action == volume.Skip {
			continue
		}
		v := s.After.DeepCopy()
		v.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolume"}
		v.ManagedFields, v.UID, v.ResourceVersion = nil, types.UID(""), ""
		v.CreationTimestamp, v.Status = metav1.Time{}, corev1.PersistentVolumeStatus{}
		list.Items = append(list.Items, runtime.RawExtension{Object: v})
	}
	return list
}
