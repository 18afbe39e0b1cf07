// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"testing"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestForetold: the dry run of a canary's template is of its very first write, so that it
// needs no other one.
func TestForetold(t *testing.T) {
	s := rollouttest.Set("web").Replicas(4).State()
	raw := []byte(`{"spec":{"containers":[{"name":"app","image":"app:v2"}]}}`)
	goal := rollout.Canary{Count: intstr.FromInt32(1), Step: intstr.FromInt32(1)}
	at := firstPartition(goal, raw, s)
	if at == nil || at.Index != 3 {
		t.Fatalf("the first write has partition %v, want 3", at)
	}
	said := &foretold{template: rollout.Template{Raw: raw, Digest: "said"}, partition: at}
	goal.Template = said.template
	plan, err := goal.Plan(s)
	if err != nil {
		t.Fatal(err)
	}
	first := *plan.Steps[0].Change.Set
	if !said.is(first) {
		t.Errorf("the dry run is not of %s", first)
	}
	replicas := int32(5)
	for name, other := range map[string]rollout.SetPatch{
		"no template":       {Partition: at},
		"another template":  {Template: &rollout.Template{Raw: []byte("{}")}, Partition: at},
		"another partition": {Template: &said.template, Partition: &rollout.Partition{Index: 2}},
		"no partition":      {Template: &said.template},
		"replicas":          {Template: &said.template, Partition: at, Replicas: &replicas},
	} {
		if said.is(other) {
			t.Errorf("%s: it is taken for the same write", name)
		}
	}
	if (*foretold)(nil).is(first) {
		t.Error("no dry run is taken for one")
	}
}

// TestStoresAsMade: of a write that has another template than it is stored with, the spec counts.
func TestStoresAsMade(t *testing.T) {
	s := rollouttest.Set("web").Replicas(4).State()
	a := &action{goal: rollout.Scale{To: 3}, request: Request{Intent: Scale{}}, outcome: rollout.Outcome{First: s}}
	replicas := int32(3)
	change := rollout.Change{Set: &rollout.SetPatch{Replicas: &replicas}}
	stored := func(replicas int32, template string) rollout.Set {
		set := s.Set
		set.Replicas, set.Template = replicas, template
		return set
	}
	for name, tt := range map[string]struct {
		set  rollout.Set
		want string
	}{
		"as it is made":    {stored(3, s.Set.Template), ""},
		"other replicas":   {stored(4, s.Set.Template), "refused: SpecRewritten"},
		"another template": {stored(3, "stamped"), "refused: TemplateRewritten"},
	} {
		got := ""
		if err := a.storesAsMade(change, tt.set); err != nil {
			got = rollouttest.Kind(err)
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
