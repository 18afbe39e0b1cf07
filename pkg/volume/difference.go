// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Difference is one thing that a claim template asks for, and a claim that is
// there does not: it is of an earlier template, and no controller changes it.
type Difference struct {
	Wants, Has string // "5Gi" and "2Gi"
}

// String is "5Gi instead of 2Gi".
func (d Difference) String() string { return d.Wants + " instead of " + d.Has }

// Differences of a live claim from its template. What the template leaves out
// is for the server to fill in, and a claim may have been expanded.
func (c Claim) Differences() []Difference {
	if c.Live == nil || c.Model == nil {
		return nil
	}
	wants, has := c.Model.Spec, c.Live.Spec
	var differences []Difference
	add := func(wanted, had string) { differences = append(differences, Difference{wanted, had}) }
	asked, got := wants.Resources.Requests[corev1.ResourceStorage], has.Resources.Requests[corev1.ResourceStorage]
	if got.Cmp(asked) < 0 {
		add(asked.String(), got.String())
	}
	className, named := classNamed(*c.Model)
	if other, _ := classNamed(*c.Live); named && other != className {
		add(quotedClass(className), quotedClass(other))
	}
	if modes, others := ModesOf(wants.AccessModes).String(), ModesOf(has.AccessModes).String(); modes != "" && modes != others {
		add(modes, others)
	}
	if mode, other := modeOf(wants.VolumeMode), modeOf(has.VolumeMode); wants.VolumeMode != nil && mode != other {
		add("volumeMode "+string(mode), string(other))
	}
	return differences
}

// differing tells of live claims of the set's ordinals that are not what their
// template asks for. One that is going is made anew.
func differing(standings []Standing) []rollout.Finding {
	var findings []rollout.Finding
	for _, s := range standings {
		differences := s.Claim.Differences()
		if !s.InRange || s.Word == Terminating || len(differences) == 0 {
			continue
		}
		texts := make([]string, len(differences))
		for i, d := range differences {
			texts[i] = d.String()
		}
		findings = append(findings, rollout.Finding{
			ID: FoundDiffers, Severity: rollout.FindingWarning, Object: "persistentvolumeclaim/" + s.Claim.Name,
			Message: fmt.Sprintf("claim template %s asks for %s, and a claim that is there is not changed", s.Claim.Template, strings.Join(texts, ", ")),
		})
	}
	return findings
}
