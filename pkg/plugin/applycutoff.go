// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/needs"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// tellCutOff warns of Services of the file that leave the pods which are there without
// traffic: they are written before the first ordinal is replaced.
func (a *applyRun) tellCutOff() error {
	if a.set.Made() {
		return nil
	}
	for _, p := range a.prospects {
		why, err := cutsOff(a.set, p)
		if err != nil {
			return err
		}
		if why != "" {
			a.voice.warn("%s: %s", p.Object, why)
		}
	}
	return nil
}

// cutsOff says how a Service of the file leaves the pods of a set without traffic; "" where
// it does not.
func cutsOff(of, p cluster.Prospect) (string, error) {
	if p.Object.Kind != manifest.Service || of.Made() || p.Made() {
		return "", nil
	}
	var (
		set         appsv1.StatefulSet
		live, after corev1.Service
	)
	for tree, typed := range map[*unstructured.Unstructured]any{of.Live: &set, p.Live: &live, p.After: &after} {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(tree.Object, typed); err != nil {
			return "", err
		}
	}
	why := needs.CutOff(set.Spec.Template, live, after)
	if why == "" {
		return "", nil
	}
	return why + ": they get no traffic by it from its change on, which comes before the first ordinal is replaced; keep what they serve until the new template is everywhere, and change it then", nil
}

// foundCutOff is the id of a Service that the pods which are there no longer serve.
const foundCutOff = "service-cuts-off"

// cutOff finds what tellCutOff warns of.
func cutOff(prospects []cluster.Prospect) ([]rollout.Finding, error) {
	var findings []rollout.Finding
	for _, set := range prospects {
		for _, p := range prospects {
			if set.Object.Kind != manifest.Set {
				continue
			}
			why, err := cutsOff(set, p)
			if err != nil {
				return nil, err
			}
			if why != "" {
				findings = append(findings, rollout.Finding{ID: foundCutOff, Severity: rollout.FindingWarning, Object: p.Object.String(), Message: why})
			}
		}
	}
	return findings, nil
}
