// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Planned is a goal and a set that it is to be planned for.
type Planned struct {
	Name  string
	Goal  rollout.Goal
	State rollout.State
}

// Plans are the verbs whose plan has a step for each of so many ordinals. The first
// is a promote, which the others are measured against.
func Plans(replicas int32) []Planned {
	one := intstr.FromInt32(1)
	healthy := Set("web").Replicas(replicas)
	canary := healthy.Revisions("a", "b").Partition(replicas)
	claims := healthy.With(func(s *rollout.Set) { s.ClaimTemplates = []string{"data"} }).Glance(claimsOf(replicas))
	return []Planned{
		{"promote", rollout.Promote{Step: one}, canary.State()},
		{"canary", rollout.Canary{Count: intstr.FromInt32(replicas - 1), Step: one, Template: Template{Name: "c"}.Patch()}, healthy.State()},
		{"scale-up", rollout.Scale{To: 2 * replicas, Step: 1}, healthy.State()},
		{"scale-down", rollout.Scale{To: 0, Step: 1}, healthy.State()},
		{"scale-down-one-going", rollout.Scale{To: 0, Step: 1}, healthy.Pods(going(replicas)).State()},
		{"delete", rollout.Delete{}, claims.State()},
		{"delete-one-going", rollout.Delete{}, healthy.Pods(going(replicas)).State()},
		{"delete-claims", rollout.Delete{Claims: rollout.ClaimsDeleted, LosesClaimsOf: "web", Users: users(replicas)}, claims.State()},
	}
}

// going is every ordinal Available and a surplus pod on its way out.
func going(replicas int32) string { return strings.Repeat("a ", int(replicas)) + "a/" }

// claimsOf is a claim an ordinal.
func claimsOf(replicas int32) func(*rollout.Glance) {
	return func(g *rollout.Glance) {
		for i := range replicas {
			name := fmt.Sprintf("data-web-%d", i)
			g.Claims = append(g.Claims, rollout.ClaimSight{Name: name, UID: types.UID("uid-" + name), Version: "5"})
		}
	}
}

// users are as many pods of another set, each with a claim of its own.
func users(replicas int32) []rollout.Bystander {
	pods := make([]rollout.Bystander, replicas)
	for i := range pods {
		pods[i].Name = fmt.Sprintf("other-%d", i)
		pods[i].Claims = []string{fmt.Sprintf("data-other-%d", i)}
	}
	return pods
}
