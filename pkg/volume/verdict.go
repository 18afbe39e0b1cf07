// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// ReasonID is a stable word for why a volume does not serve a claim.
type ReasonID string

// Why a volume does not serve a claim.
const (
	TooSmall        ReasonID = "too-small"
	WrongModes      ReasonID = "access-modes"
	WrongVolumeMode ReasonID = "volume-mode"
	WrongAttributes ReasonID = "attributes-class"
	WrongClass      ReasonID = "class"
	WrongLabels     ReasonID = "selector"
	NotAvailable    ReasonID = "phase"
	BeingDeleted    ReasonID = "being-deleted"
	Taken           ReasonID = "taken"
	Released        ReasonID = "released"
	NotAsked        ReasonID = "not-asked-for"
)

// Reason is why a volume does not serve a claim.
type Reason struct {
	ID      ReasonID
	Message string
}

// Verdict is what the binder says of one volume and one claim.
type Verdict struct {
	Volume   *corev1.PersistentVolume
	Reserved bool     // it points at the claim
	Why      []Reason // why it does not serve; all of them, none where it does
	Told     []string // what the binder does not look at, and a person may want to
	// Releasable: it was bound to an earlier claim of this name, and to be
	// released is all that it takes to serve this one.
	Releasable bool
}

// Serves says that the binder may bind the two.
func (v Verdict) Serves() bool { return len(v.Why) == 0 }

// Has says whether a reason is among those why not.
func (v Verdict) Has(id ReasonID) bool {
	for _, why := range v.Why {
		if why.ID == id {
			return true
		}
	}
	return false
}

// Judge says whether the binder may bind a volume to a claim, and if not why.
func (s Stock) Judge(c Claim, v corev1.PersistentVolume) Verdict { return judge(c, &v, s.ClassOf(c)) }

func judge(c Claim, v *corev1.PersistentVolume, class Class) Verdict {
	verdict := Verdict{Volume: v, Reserved: c.owns(v)}
	if asked := c.Spec.VolumeName; asked != "" {
		verdict.Why = judgeNamed(c, v, class)
		return verdict
	}
	verdict.Why = append(ownership(c, v), fitness(c, v)...)
	switch {
	case verdict.Reserved:
		verdict.Told = overlooked(c, v, class)
	case !verdict.Has(Taken) && !verdict.Has(Released):
		verdict.Why = append(verdict.Why, freedom(c, v, class)...)
	}
	if where := affinity(v); where != "" {
		verdict.Told = append(verdict.Told, "its node affinity allows only "+where)
	}
	return verdict
}

// judgeNamed is for a claim that asks for one volume by spec.volumeName
// (pv_controller.go: syncUnboundClaim, checkVolumeSatisfyClaim): nothing is
// checked of a volume that points back at the claim.
func judgeNamed(c Claim, v *corev1.PersistentVolume, class Class) []Reason {
	switch {
	case c.Spec.VolumeName != v.Name:
		return []Reason{{NotAsked, fmt.Sprintf("the claim asks for %s by name", c.Spec.VolumeName)}}
	case c.owns(v):
		return nil
	case v.Spec.ClaimRef != nil:
		return ownership(c, v)
	default:
		return append(fitness(c, v), classReason(v, class)...)
	}
}

// ownership is about whom the volume points at.
func ownership(c Claim, v *corev1.PersistentVolume) []Reason {
	ref := v.Spec.ClaimRef
	switch {
	case ref == nil, c.owns(v):
		return nil
	case c.isNamedBy(v):
		return []Reason{{Released, "it was bound to an earlier claim of this name, whose uid it still carries"}}
	case ref.UID != "":
		return []Reason{{Taken, fmt.Sprintf("it belongs to claim %s/%s", ref.Namespace, ref.Name)}}
	default:
		return []Reason{{Taken, fmt.Sprintf("it is reserved for claim %s/%s", ref.Namespace, ref.Name)}}
	}
}

// fitness is what is checked of every volume, reserved or not.
func fitness(c Claim, v *corev1.PersistentVolume) []Reason {
	var why []Reason
	add := func(id ReasonID, format string, args ...any) {
		why = append(why, Reason{id, fmt.Sprintf(format, args...)})
	}
	size, request := v.Spec.Capacity[corev1.ResourceStorage], c.Request()
	if size.Cmp(request) < 0 {
		add(TooSmall, "it has %s, the claim asks for %s", size.String(), request.String())
	}
	if has, wants := ModesOf(v.Spec.AccessModes), ModesOf(c.Spec.AccessModes); !has.Contains(wants) {
		add(WrongModes, "it allows %s, the claim asks for %s", has, wants)
	}
	if has, wants := modeOf(v.Spec.VolumeMode), modeOf(c.Spec.VolumeMode); has != wants {
		add(WrongVolumeMode, "its volumeMode is %s, the claim's is %s", has, wants)
	}
	if has, wants := value(v.Spec.VolumeAttributesClassName), value(c.Spec.VolumeAttributesClassName); has != wants {
		add(WrongAttributes, "its volumeAttributesClassName is %q, the claim's is %q", has, wants)
	}
	if v.DeletionTimestamp != nil {
		add(BeingDeleted, "it is being deleted")
	}
	return why
}

// freedom is what is checked only of a volume that is reserved for nobody.
func freedom(c Claim, v *corev1.PersistentVolume, class Class) []Reason {
	var why []Reason
	if v.Status.Phase != corev1.VolumeAvailable {
		phase := v.Status.Phase
		if phase == "" {
			phase = corev1.VolumePending
		}
		why = append(why, Reason{NotAvailable, fmt.Sprintf("its phase is %s", phase)})
	}
	if !selects(c, v) {
		why = append(why, Reason{WrongLabels, "its labels do not match the claim's selector " + metav1.FormatLabelSelector(c.Spec.Selector)})
	}
	return append(why, classReason(v, class)...)
}

func classReason(v *corev1.PersistentVolume, class Class) []Reason {
	has := classOfVolume(v)
	if has == class.Name {
		return nil
	}
	message := fmt.Sprintf("it is in %s, the claim in %s", quotedClass(has), quotedClass(class.Name))
	if class.Default {
		message += ", which a claim without a class gets by default"
	}
	return []Reason{{WrongClass, message}}
}

// overlooked is what is not checked of a volume that is reserved for the claim.
func overlooked(c Claim, v *corev1.PersistentVolume, class Class) []string {
	var told []string
	for _, why := range classReason(v, class) {
		told = append(told, why.Message)
	}
	if !selects(c, v) {
		told = append(told, "its labels do not match the claim's selector")
	}
	if has, wants := ModesOf(v.Spec.AccessModes), ModesOf(c.Spec.AccessModes); len(has) > len(wants) {
		told = append(told, fmt.Sprintf("it allows %s, more than the claim asks for (%s)", has, wants))
	}
	return told
}

// selects: a selector that cannot be read selects nothing.
func selects(c Claim, v *corev1.PersistentVolume) bool {
	if c.Spec.Selector == nil {
		return true
	}
	selector, err := metav1.LabelSelectorAsSelector(c.Spec.Selector)
	return err == nil && selector.Matches(labels.Set(v.Labels))
}

func modeOf(mode *corev1.PersistentVolumeMode) corev1.PersistentVolumeMode {
	if mode == nil {
		return corev1.PersistentVolumeFilesystem
	}
	return *mode
}

func value(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
