// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/json"
	"slices"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestRuleWithinAGrant(t *testing.T) {
	patch := Rule{Verb: "patch", Group: "apps", Resource: "statefulsets", Name: "web"}
	list := Rule{Verb: "list", Resource: "pods"}
	log := Rule{Verb: "get", Resource: "pods", Subresource: "log"}
	grant := func(verb, group, resource string, names ...string) authorizationv1.ResourceRule {
		return authorizationv1.ResourceRule{Verbs: []string{"x", verb}, APIGroups: []string{group}, Resources: []string{"x", resource}, ResourceNames: names}
	}
	for name, tt := range map[string]struct {
		rule  Rule
		grant authorizationv1.ResourceRule
		want  bool
	}{
		"the same":                 {patch, grant("patch", "apps", "statefulsets"), true},
		"another verb":             {patch, grant("get", "apps", "statefulsets"), false},
		"another group":            {patch, grant("patch", "", "statefulsets"), false},
		"another resource":         {patch, grant("patch", "apps", "deployments"), false},
		"everything":               {patch, grant("*", "*", "*"), true},
		"all of the core group":    {patch, grant("*", "", "*"), false},
		"this name":                {patch, grant("patch", "apps", "statefulsets", "db", "web"), true},
		"another name":             {patch, grant("patch", "apps", "statefulsets", "db"), false},
		"some names for any":       {list, grant("list", "", "pods", "web-0"), false},
		"a subresource":            {log, grant("get", "", "pods/log"), true},
		"its resource alone":       {log, grant("get", "", "pods"), false},
		"the resource's child":     {list, grant("list", "", "pods/log"), false},
		"that subresource of all":  {log, grant("get", "", "*/log"), true},
		"another of all":           {log, grant("get", "", "*/status"), false},
		"all resources and theirs": {log, grant("get", "", "*"), true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.rule.within(tt.grant); got != tt.want {
				t.Errorf("%+v within %+v: %v", tt.rule, tt.grant, got)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	pods := Rule{Verb: "list", Resource: "pods"}
	patch := Rule{Verb: "patch", Group: "apps", Resource: "statefulsets", Subresource: "scale", Name: "web", Why: "w"}
	nodes := Rule{Verb: "get", Resource: "nodes"}
	for name, tt := range map[string]struct {
		incomplete bool
		want       []Rule
		asks       int // one by one
	}{
		"a whole list":      {false, []Rule{patch, nodes}, 0},
		"an unfinished one": {true, []Rule{nodes}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			server := newStub(t)
			server.answers(func(r request) any {
				if resource, _ := r.resource(); resource == "selfsubjectrulesreviews" {
					return listsPods(tt.incomplete)
				}
				return mayScaleWeb(r.Body)
			})
			missing, err := server.client(t).Missing(t.Context(), []Rule{pods, patch, nodes})
			if err != nil {
				t.Fatal(err)
			}
			others := func(asked string) bool { return asked != "POST selfsubjectaccessreviews" }
			asks := len(slices.DeleteFunc(server.asked(), others))
			if !slices.Equal(missing, tt.want) || asks != tt.asks {
				t.Errorf("missing %v after %d questions", missing, asks)
			}
		})
	}
}

// listsPods answers what a user may do who may list pods.
func listsPods(incomplete bool) *authorizationv1.SelfSubjectRulesReview {
	return &authorizationv1.SelfSubjectRulesReview{
		TypeMeta: metav1.TypeMeta{Kind: "SelfSubjectRulesReview", APIVersion: "authorization.k8s.io/v1"},
		Status: authorizationv1.SubjectRulesReviewStatus{Incomplete: incomplete, ResourceRules: []authorizationv1.ResourceRule{
			{Verbs: []string{"list"}, APIGroups: []string{""}, Resources: []string{"pods"}},
		}},
	}
}

// mayScaleWeb answers a question with yes if it is whether web may be scaled.
func mayScaleWeb(question string) any {
	var review authorizationv1.SelfSubjectAccessReview
	if err := json.Unmarshal([]byte(question), &review); err != nil {
		return failure(400, metav1.StatusReasonBadRequest, err.Error())
	}
	review.Status.Allowed = *review.Spec.ResourceAttributes == authorizationv1.ResourceAttributes{
		Namespace: "default", Verb: "patch", Group: "apps", Resource: "statefulsets", Subresource: "scale", Name: "web",
	}
	return &review
}

func TestMissingSaysWhenItCannotAsk(t *testing.T) {
	server := newStub(t)
	server.answers(func(request) any { return failure(403, metav1.StatusReasonForbidden, "no") })
	if _, err := server.client(t).Missing(t.Context(), []Rule{{Verb: "get"}}); !apierrors.IsForbidden(err) {
		t.Errorf("%v", err)
	}
}
