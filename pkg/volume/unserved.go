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
	}
	return f
}

// makeOne is how a claim that nothing serves gets a volume, as a remedy.
func (s Standing) makeOne(setName string) string {
	types := []Kind{NFS, Local, HostPath, CSI}
	switch {
	case value(s.Claim.Spec.VolumeAttributesClassName) != "":
		types = []Kind{CSI}
	case modeOf(s.Claim.Spec.VolumeMode) == corev1.PersistentVolumeBlock:
		types = []Kind{Local, CSI}
	}
	words := make([]string, len(types))
	for i, kind := range types {
		words[i] = string(kind)
	}
	return fmt.Sprintf("pv create %s --ordinals %d --type %s ...", setName, s.Claim.Ordinal, strings.Join(words, "|"))
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
