// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"slices"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Rule is one permission that a command needs.
type Rule struct {
	Verb        string
	Group       string // "" is the core group
	Resource    string
	Subresource string
	Name        string // "" for any object
	Wide        bool   // of an object in no namespace, which no Role grants
	Why         string // what is lost without it; "" where nothing works without it
}

// anything is the word for all of a kind in a rule of the server.
const anything = "*"

// Missing returns the rules that the user lacks. One question lists all that the
// user may do; where the server cannot tell all of it, each rule that is not in
// the list is asked for by itself, and so is each that is Wide.
func (c *Client) Missing(ctx context.Context, rules []Rule) ([]Rule, error) {
	granted, whole, err := c.granted(ctx)
	if err != nil {
		return nil, err
	}
	var missing, doubtful []Rule
	for _, r := range rules {
		switch {
		case r.Wide: // what a Role grants is in the list too, and means nothing for it
			doubtful = append(doubtful, r)
		case slices.ContainsFunc(granted, r.within):
		case whole:
			missing = append(missing, r)
		default:
			doubtful = append(doubtful, r)
		}
	}
	denied, err := c.denied(ctx, doubtful)
	return append(missing, denied...), err
}

// granted lists what the user may do in the namespace, and says whether that is
// all. There is no such list for all namespaces at once.
func (c *Client) granted(ctx context.Context) ([]authorizationv1.ResourceRule, bool, error) {
	if c.namespaceName == "" {
		return nil, false, nil
	}
	review := &authorizationv1.SelfSubjectRulesReview{
		Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: c.namespaceName},
	}
	answer, err := c.authorization.SelfSubjectRulesReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return nil, false, fmt.Errorf("permissions in namespace %q: %w", c.namespaceName, err)
	}
	return answer.Status.ResourceRules, !answer.Status.Incomplete, nil
}

// denied asks for each rule, and keeps those that are not allowed.
func (c *Client) denied(ctx context.Context, rules []Rule) ([]Rule, error) {
	allowed := make([]bool, len(rules))
	tasks := make([]task, len(rules))
	for i, rule := range rules {
		tasks[i] = func(ctx context.Context) (err error) {
			allowed[i], err = c.allowed(ctx, rule)
			return err
		}
	}
	if err := together(ctx, tasks...); err != nil {
		return nil, err
	}
	var denied []Rule
	for i, rule := range rules {
		if !allowed[i] {
			denied = append(denied, rule)
		}
	}
	return denied, nil
}

func (c *Client) allowed(ctx context.Context, rule Rule) (bool, error) {
	review := &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: rule.attributes(c.namespaceName)},
	}
	answer, err := c.authorization.SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return false, fmt.Errorf("permission to %s %s: %w", rule.Verb, rule.resource(), err)
	}
	return answer.Status.Allowed, nil
}

func (r Rule) attributes(namespaceName string) *authorizationv1.ResourceAttributes {
	if r.Wide {
		namespaceName = ""
	}
	return &authorizationv1.ResourceAttributes{
		Namespace: namespaceName, Verb: r.Verb, Group: r.Group,
		Resource: r.Resource, Subresource: r.Subresource, Name: r.Name,
	}
}

// resource is such as "pods/log".
func (r Rule) resource() string {
	if r.Subresource == "" {
		return r.Resource
	}
	return r.Resource + "/" + r.Subresource
}

// within says whether what the server grants includes the rule
// (pkg/apis/rbac/v1/evaluation_helpers.go). A grant for some names is none for
// all of them.
func (r Rule) within(grant authorizationv1.ResourceRule) bool {
	return includes(grant.Verbs, r.Verb) &&
		includes(grant.APIGroups, r.Group) &&
		(includes(grant.Resources, r.resource()) ||
			r.Subresource != "" && slices.Contains(grant.Resources, anything+"/"+r.Subresource)) &&
		(len(grant.ResourceNames) == 0 || slices.Contains(grant.ResourceNames, r.Name))
}

func includes(granted []string, asked string) bool {
	return slices.Contains(granted, anything) || slices.Contains(granted, asked)
}
