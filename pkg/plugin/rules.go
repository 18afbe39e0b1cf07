// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
)

// What a run goes without that may not read something.
const (
	withoutEvents = "why a pod cannot be made is not told"
	withoutClaims = "a claim that is Lost, or is being deleted and goes with its pod, is not seen"
)

// steers are the permissions of every verb that moves a set. Those with a Why
// are optional: it says what a run goes without.
func steers(setName string) []cluster.Rule {
	set := cluster.Rule{Group: "apps", Resource: "statefulsets", Name: setName}
	rules := each(set, "get", "list", "watch", "patch")
	rules = append(rules, each(cluster.Rule{Group: "apps", Resource: "controllerrevisions"}, "list", "watch")...)
	rules = append(rules, each(cluster.Rule{Resource: "pods"}, "list", "watch")...)
	rules = append(rules, each(cluster.Rule{Resource: "events", Why: withoutEvents}, "list", "watch")...)
	rules = append(rules, each(cluster.Rule{Resource: "persistentvolumeclaims", Why: withoutClaims}, "list", "watch")...)
	return append(rules, cluster.Rule{Verb: "get", Resource: "pods", Why: "a foreign pod under the name of an ordinal is not seen"})
}

// removes are the permissions of a verb that may have to take a pod away.
func removes(why string) []cluster.Rule {
	return []cluster.Rule{
		{Verb: "delete", Resource: "pods", Why: why},
		{Verb: "get", Resource: "persistentvolumeclaims", Why: "whether a pod can go without its claims cannot be checked, so none that has any is removed"},
		{Verb: "get", Resource: "nodes", Wide: true, Why: "whether the node of a pod is there to end it is not checked"},
	}
}

// replaces are the rules of --replace-broken.
func replaces() []cluster.Rule {
	return removes("an ordinal that the controller will not replace by itself is not replaced")
}

func each(r cluster.Rule, verbs ...string) []cluster.Rule {
	var rules []cluster.Rule
	for _, verb := range verbs {
		r.Verb = verb
		rules = append(rules, r)
	}
	return rules
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
		list := &parts
		if r.Wide {
			list = &wide
		}
		if text := ruleText(r); !slices.Contains(*list, text) { // two volumes of a file need one rule
			*list = append(*list, text)
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

// permitted checks the permissions of a command before it does anything, and
// returns the optional ones that are lacking.
func (s session) permitted(ctx context.Context, client *cluster.Client, rules []cluster.Rule) ([]cluster.Rule, error) {
	missing, err := client.Missing(ctx, rules)
	if err != nil {
		return nil, err
	}
	needed, lost := divide(missing)
	if len(needed) > 0 {
		return nil, forbidden(client.Namespace(), needed)
	}
	for _, text := range losses(lost) {
		s.voice.note("not allowed to %s", text)
	}
	return lost, nil
}

// losses are the rules that are lacking, by what a run goes without.
func losses(rules []cluster.Rule) []string {
	var texts []string
	for len(rules) > 0 {
		var names []string
		why := rules[0].Why
		for len(rules) > 0 && rules[0].Why == why {
			names = append(names, ruleText(rules[0]))
			rules = rules[1:]
		}
		texts = append(texts, strings.Join(names, ", ")+": "+why)
	}
	return texts
}
