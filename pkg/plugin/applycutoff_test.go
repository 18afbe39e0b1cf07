// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
)

// TestCutOffIsFound: check finds what an apply warns of, and only of a set that is there.
func TestCutOffIsFound(t *testing.T) {
	service := func(tier string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"selector": map[string]any{"app": "web", "tier": tier}}}}
	}
	set := setOf(t, []byte(`{"metadata":{"labels":{"app":"web","tier":"a"}}}`), "RollingUpdate")
	for name, tt := range map[string]struct {
		live  *unstructured.Unstructured
		after *unstructured.Unstructured
		want  int
	}{
		"another selector": {set, service("b"), 1},
		"the same":         {set, service("a"), 0},
		"a new set":        {nil, service("b"), 0},
	} {
		findings, err := cutOff([]cluster.Prospect{
			{Object: manifest.Object{Kind: manifest.Service, Name: "web"}, Live: service("a"), After: tt.after},
			{Object: manifest.Object{Kind: manifest.Set, Name: "web"}, Live: tt.live, After: set},
		})
		if err != nil || len(findings) != tt.want {
			t.Errorf("%s: %+v, %v", name, findings, err)
		}
	}
}
