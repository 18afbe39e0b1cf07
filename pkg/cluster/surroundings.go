// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"slices"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// surroundings are what a namespace has beside sets and pods. What may not be
// read is nil.
type surroundings struct {
	scalers []autoscalingv2.HorizontalPodAutoscaler
	claims  []corev1.PersistentVolumeClaim
	budgets []policyv1.PodDisruptionBudget

	ungoverned bool // the governing Service is not there
}

// tasks read the surroundings. Claims are listed whole: the controller labels
// those that it makes, and takes others by their name alone.
func (s *surroundings) tasks(c *Client) []task {
	return []task{
		optional(func(ctx context.Context) error {
			list, err := c.autoscaling.HorizontalPodAutoscalers(c.namespaceName).List(ctx, metav1.ListOptions{})
			if err == nil {
				s.scalers = list.Items
			}
			return err
		}),
		optional(func(ctx context.Context) error {
			list, err := c.core.PersistentVolumeClaims(c.namespaceName).List(ctx, metav1.ListOptions{})
			if err == nil {
				s.claims = append([]corev1.PersistentVolumeClaim{}, list.Items...)
			}
			return err
		}),
		optional(func(ctx context.Context) error {
			list, err := c.policy.PodDisruptionBudgets(c.namespaceName).List(ctx, metav1.ListOptions{})
			if err == nil {
				s.budgets = append([]policyv1.PodDisruptionBudget{}, list.Items...)
			}
			return err
		}),
	}
}

// governing asks for the Service of a set.
func (s *surroundings) governing(c *Client, serviceName string) task {
	return optional(func(ctx context.Context) error {
		if serviceName == "" {
			return nil
		}
		found, err := c.HasService(ctx, serviceName)
		s.ungoverned = err == nil && !found
		return err
	})
}

// of picks what is around one set.
func (s *surroundings) of(scene scene, pods []rollout.Pod) rollout.Surroundings {
	around := rollout.Surroundings{Ungoverned: s.ungoverned}
	if s.claims != nil {
		around.Claims = claimsOf(scene.set, pods, s.claims)
	}
	if s.budgets != nil {
		around.Budgets = budgetsOf(scene, s.budgets)
	}
	return around
}

// claimsOf are the claims that the set's pods mount, those that wait for an ordinal
// that has no pod now, and those that its template names.
func claimsOf(set rollout.Set, pods []rollout.Pod, claims []corev1.PersistentVolumeClaim) map[string]rollout.Claim {
	mounted := map[string]bool{}
	for _, pod := range pods {
		for _, claimName := range pod.Claims {
			mounted[claimName] = true
		}
	}
	found := map[string]rollout.Claim{}
	for _, claim := range claims {
		if mounted[claim.Name] || kept(set, claim.Name) || slices.Contains(set.NamedClaims, claim.Name) {
			found[claim.Name] = claimOf(claim)
		}
	}
	return found
}

// kept says whether a claim has the name that one of the set's ordinals gives.
func kept(set rollout.Set, claimName string) bool {
	return slices.ContainsFunc(set.ClaimTemplates, func(templateName string) bool {
		podName, ok := strings.CutPrefix(claimName, templateName+"-")
		if ok {
			_, ok = set.OrdinalOf(podName)
		}
		return ok
	})
}

func claimOf(claim corev1.PersistentVolumeClaim) rollout.Claim {
	c := rollout.Claim{Name: claim.Name, Phase: string(claim.Status.Phase), VolumeName: claim.Spec.VolumeName}
	if claim.DeletionTimestamp != nil {
		c.Phase = rollout.ClaimTerminating
	}
	if capacity, ok := claim.Status.Capacity[corev1.ResourceStorage]; ok {
		c.Capacity = capacity.String()
	}
	return c
}

func budgetsOf(scene scene, budgets []policyv1.PodDisruptionBudget) []rollout.Budget {
	found := []rollout.Budget{}
	for _, budget := range budgets {
		// A selector that cannot be read selects nothing for the server either.
		selector, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector)
		if err == nil && selector.Matches(scene.labels) {
			found = append(found, rollout.Budget{Name: budget.Name, Allowed: budget.Status.DisruptionsAllowed})
		}
	}
	return found
}
