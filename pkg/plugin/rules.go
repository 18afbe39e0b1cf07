// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
)

// steers are the permissions of every verb that moves a set.
func steers(setName string) []cluster.Rule {
	rules := []cluster.Rule{{Verb: "patch", Group: "apps", Resource: "statefulsets", Name: setName}}
	for _, r := range []cluster.Rule{
		{Group: "apps", Resource: "statefulsets", Name: setName},
		{Group: "apps", Resource: "controllerrevisions"},
		{Resource: "pods"},
	} {
		for _, verb := range []string{"list", "watch"} {
			r.Verb = verb
			rules = append(rules, r)
		}
	}
	return append(rules, cluster.Rule{Verb: "watch", Resource: "events", Why: "why a pod cannot be made is not told"})
}

// divide parts what is lacking into what a run cannot do without and the rest:
// an optional rule is one that says what is lost without it.
func divide(missing []cluster.Rule) (needed, lost []cluster.Rule) {
	for _, r := range missing {
		if r.Why == "" {
			needed = append(needed, r)
		} else {
			lost = append(lost, r)
		}
	}
	return needed, lost
}

// forbidden names what is lacking, as a Role would have it, or a ClusterRole
// where the objects are in no namespace.
func forbidden(namespaceName string, rules []cluster.Rule) error {
	var parts, wide []string
	for _, r := range rules {
		if r.Wide {
			wide = append(wide, ruleText(r))
		} else {
			parts = append(parts, ruleText(r))
		}
	}
	var texts []string
	if len(parts) > 0 {
		texts = append(texts, fmt.Sprintf("not allowed in namespace %q: %s; ask for a Role with these rules", namespaceName, strings.Join(parts, ", ")))
	}
	if len(wide) > 0 {
		texts = append(texts, fmt.Sprintf("not allowed in the whole cluster: %s; ask for a ClusterRole with these rules and a ClusterRoleBinding", strings.Join(wide, ", ")))
	}
	return errors.New(strings.Join(texts, "; "))
}

func ruleText(r cluster.Rule) string {
	resource := r.Resource
	if r.Group != "" {
		resource += "." + r.Group
	}
	if r.Subresource != "" {
		resource += "/" + r.Subresource
	}
	return r.Verb + " " + resource
}

// permitted checks the permissions of a command before it does anything.
func (s session) permitted(ctx context.Context, client *cluster.Client, rules []cluster.Rule) error {
	missing, err := client.Missing(ctx, rules)
	if err != nil {
		return err
	}
	needed, lost := divide(missing)
	if len(needed) > 0 {
		return forbidden(client.Namespace(), needed)
	}
	for _, rule := range lost {
		s.voice.note("not allowed to %s: %s", ruleText(rule), rule.Why)
	}
	return nil
}
