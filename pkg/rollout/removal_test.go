// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

func TestRemovable(t *testing.T) {
	pod := Pod{Name: "web-2", UID: "own", Node: "n1", Claims: []string{"data-web-2"}}
	held := pod
	held.Finalizers = []string{"x/y"}
	fine := ClaimSight{Name: "logs-web-2", Owners: []types.UID{"set", "last"}}
	set := Set{
		Namespace: "ns", Name: "web", ClaimTemplates: []string{"data"},
		NamedClaims: []string{"shared"},
	}
	for name, tt := range map[string]struct {
		pod   Pod
		claim ClaimSight
		node  NodeSight
		says  string // what the refusal names; "" for none
	}{
		"safe":                               {pod, ClaimSight{Name: "data-web-2"}, NodeReady, ""},
		"no node to be seen":                 {pod, ClaimSight{Name: "data-web-2"}, NodeUnknown, ""},
		"node not ready":                     {pod, ClaimSight{Name: "data-web-2"}, NodeNotReady, `node "n1"`},
		"claim gone":                         {pod, ClaimSight{Name: "data-web-2", Gone: true}, NodeReady, `"data-web-2" is not there`},
		"claim being deleted":                {pod, ClaimSight{Name: "data-web-2", Terminating: true}, NodeReady, `"data-web-2" is being deleted`},
		"claim owned by it":                  {pod, ClaimSight{Name: "data-web-2", Owners: []types.UID{"set", "own"}}, NodeReady, "ownerReferences"},
		"a finalizer":                        {held, ClaimSight{Name: "data-web-2"}, NodeReady, ""},
		"a claim that goes":                  {pod, ClaimSight{Name: "shared-typo", Gone: true}, NodeReady, ""},
		"a claim that stays":                 {pod, ClaimSight{Name: "shared", Gone: true}, NodeReady, `"shared" is not there`},
		"the one that goes is being deleted": {pod, ClaimSight{Name: "shared-typo", Terminating: true}, NodeReady, `"shared-typo" is being deleted`},
		"data before all else":               {held, ClaimSight{Name: "data-web-2", Gone: true}, NodeNotReady, "not there"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Removal{}.Removable(set, tt.pod, []ClaimSight{fine, tt.claim}, tt.node)
			var refusal *Refusal
			refused := errors.As(err, &refusal) && refusal.Reason == UnsafeRemoval && refusal.Hint != ""
			if refused != (tt.says != "") || refused != (err != nil) {
				t.Fatalf("%v", err)
			}
			if refused && (!strings.Contains(refusal.Message, tt.says) || !strings.Contains(refusal.Message, `"web-2"`)) {
				t.Errorf("%q does not name %q", refusal.Message, tt.says)
			}
		})
	}
}

func TestClaimsThatWereGivenUp(t *testing.T) {
	pod := Pod{Name: "web-2", UID: "own", Node: "n1"}
	claims := []ClaimSight{{Name: "data-web-2", Owners: []types.UID{"own"}}}
	agreed := Removal{LosesClaims: true}
	if err := agreed.Removable(Set{Name: "web"}, pod, claims, NodeReady); err != nil {
		t.Errorf("the user agreed, and it says %v", err)
	}
	if err := agreed.Removable(Set{Name: "web"}, pod, claims, NodeNotReady); err == nil {
		t.Error("a node that is not ready does not matter any more")
	}
}
