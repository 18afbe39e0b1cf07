// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/needs"
)

// tellCutOff warns of Services of the file that leave the pods which are there without
// traffic: they are written before the first ordinal is replaced.
func (a *applyRun) tellCutOff() error {
	if a.set.Made() {
		return nil
	}
	var set appsv1.StatefulSet
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(a.set.Live.Object, &set); err != nil {
		return err
	}
	for _, p := range a.prospects {
		if p.Object.Kind != manifest.Service || p.Made() {
			continue
		}
		var live, after corev1.Service
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(p.Live.Object, &live); err != nil {
			return err
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(p.After.Object, &after); err != nil {
			return err
		}
		if why := needs.CutOff(set.Spec.Template, live, after); why != "" {
			a.voice.warn("%s: %s: they get no traffic by it from its change on, which comes before the first ordinal is replaced; keep what they serve until the new template is everywhere, and change it then", p.Object, why)
		}
	}
	return nil
}
