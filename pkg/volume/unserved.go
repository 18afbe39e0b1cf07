// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// unserved is for a claim that nothing serves.
func (s Standing) unserved(set Set, f rollout.Finding) rollout.Finding {
	f.ID, f.Message, f.Details = FoundUnserved, "no volume serves it: "+s.request(), s.Details()
	if s.unscheduled() {
		f.Message = "it is never bound: " + s.unscheduledText()
	}
	switch {
	case s.Claim.Template == "":
	case s.unscheduled():
		f.Remedy = s.reserveOne(set.Name)
	default:
		f.Remedy = s.makeOne(set.Name)
		if types := s.typesText(); types != "" {
			f.Details = append(f.Details, types)
		}
	}
	return f
}

// openType stands for a type of pv create that the user is to choose.
const openType = "TYPE"

// makeOne is how a claim that nothing serves gets a volume, as a remedy. The type is the
// user's choice, and a word that no shell takes for another command.
func (s Standing) makeOne(setName string) string {
	kind := openType
	if types := s.types(); len(types) == 1 {
		kind = types[0]
	}
	return fmt.Sprintf("pv create %s --ordinals %d --type %s", setName, s.Claim.Ordinal, kind)
}

// toMakeOne is the same as a line among others.
func (s Standing) toMakeOne(set rollout.Set) string {
	line := fmt.Sprintf("to make one: kubectl sts %s -n %s", s.makeOne(set.Name), set.Namespace)
	if types := s.typesText(); types != "" {
		line = strings.Replace(line, ":", ", where "+types+":", 1)
	}
	return line
}

// typesText says what TYPE may be; "" where there is no choice.
func (s Standing) typesText() string {
	types := s.types()
	last := len(types) - 1
	if last == 0 {
		return ""
	}
	return fmt.Sprintf("TYPE is %s or %s", strings.Join(types[:last], ", "), types[last])
}

// types are those of pv create that can serve the claim.
func (s Standing) types() []string {
	switch {
	case value(s.Claim.Spec.VolumeAttributesClassName) != "":
		return []string{string(CSI)}
	case modeOf(s.Claim.Spec.VolumeMode) == corev1.PersistentVolumeBlock:
		return []string{string(Local), string(CSI)}
	default:
		return []string{string(NFS), string(Local), string(HostPath), string(CSI)}
	}
}

// request is what the claim asks for: "it asks for 2Gi RWO, no class".
func (s Standing) request() string {
	size := s.Claim.Request()
	text := fmt.Sprintf("it asks for %s %s, %s", size.String(), ModesOf(s.Claim.Spec.AccessModes), quotedClass(s.Class.Name))
	if s.Class.Default {
		text += " by default"
	}
	spec := s.Claim.Spec
	if modeOf(spec.VolumeMode) == corev1.PersistentVolumeBlock {
		text += ", volumeMode Block"
	}
	if attributes := value(spec.VolumeAttributesClassName); attributes != "" {
		text += ", volumeAttributesClassName " + attributes
	}
	if spec.Selector != nil {
		text += ", labels " + metav1.FormatLabelSelector(spec.Selector)
	}
	return text
}
