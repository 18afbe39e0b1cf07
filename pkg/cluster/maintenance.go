// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	resourcehelpers "k8s.io/component-helpers/resource"
	schedulinghelpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// cordonedNodes are the only ones that are asked for: a cluster has many, and few of these
// (pkg/registry/core/node/strategy.go: NodeToSelectableFields).
const cordonedNodes = "spec.unschedulable=true"

// nodeStates are what the nodes of pods are in, as events would tell it: a pod that has
// no node waits for one that is cordoned, and one whose node is not heard of for that
// node to come back. Where nodes may not be read, nothing of them is known.
func (c *Client) nodeStates(ctx context.Context, pods []rollout.Pod) (eventsByPod, error) {
	var states eventsByPod
	cordoned := once(func(ctx context.Context) (nodes []corev1.Node, err error) {
		err = listed(sourceOf(c.core.Nodes(), "", cordonedNodes), &nodes)(ctx)
		return nodes, err
	})
	for _, pod := range pods {
		if !pod.Held().AsksForNodes() {
			continue
		}
		err := optional(func(ctx context.Context) error {
			state, err := c.maintenance(ctx, pod, cordoned)
			if state != "" {
				states = states.and(eventsByPod{pod.UID: {rollout.InMaintenance(state, c.clock.Now())}})
			}
			return err
		})(ctx)
		if err != nil {
			return nil, fmt.Errorf("node of pod %q: %w", pod.Name, err)
		}
	}
	return states, nil
}

// maintenance is the state of the node that a pod waits for, or is on; "" where that
// is none of being cordoned, drained or mended.
func (c *Client) maintenance(ctx context.Context, held rollout.Pod, cordoned func(context.Context) ([]corev1.Node, error)) (string, error) {
	pod, err := c.core.Pods(c.namespaceName).Get(ctx, held.Name, metav1.GetOptions{})
	if err != nil || pod.UID != held.UID {
		return "", err
	}
	if pod.Spec.NodeName != "" {
		node, err := c.core.Nodes().Get(ctx, pod.Spec.NodeName, metav1.GetOptions{})
		if err != nil {
			return "", err
		}
		return outOfService(node), nil
	}
	nodes, err := cordoned(ctx)
	if err != nil || len(nodes) == 0 {
		return "", err
	}
	places, err := c.places(ctx, pod)
	if err != nil {
		return "", err
	}
	for _, node := range nodes {
		if !fits(pod, places, &node) {
			continue
		}
		if repelled, err := c.repelled(ctx, pod, node.Name); err != nil || !repelled {
			return outOfService(&node), err
		}
	}
	return "", nil
}

// places is where the volumes of a pod's bound claims can be used.
func (c *Client) places(ctx context.Context, pod *corev1.Pod) ([]*nodeaffinity.NodeSelector, error) {
	var places []*nodeaffinity.NodeSelector
	for _, v := range pod.Spec.Volumes {
		if v.PersistentVolumeClaim == nil {
			continue
		}
		claim, err := c.core.PersistentVolumeClaims(c.namespaceName).Get(ctx, v.PersistentVolumeClaim.ClaimName, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		if claim.Spec.VolumeName == "" {
			continue
		}
		pv, err := c.core.PersistentVolumes().Get(ctx, claim.Spec.VolumeName, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		if pv.Spec.NodeAffinity == nil || pv.Spec.NodeAffinity.Required == nil {
			continue
		}
		place, err := nodeaffinity.NewNodeSelector(pv.Spec.NodeAffinity.Required)
		if err != nil {
			return nil, fmt.Errorf("node affinity of volume %q: %w", pv.Name, err)
		}
		places = append(places, place)
	}
	return places, nil
}

// fits says that, were it not cordoned, the node could take the pod: that it is one
// that the pod asks for, where its volumes can be used, has no taint that a drain does
// not bring, and is large enough.
func fits(pod *corev1.Pod, places []*nodeaffinity.NodeSelector, node *corev1.Node) bool {
	asked, err := nodeaffinity.GetRequiredNodeAffinity(pod).Match(node)
	elsewhere := func(place *nodeaffinity.NodeSelector) bool { return !place.Match(node) }
	return err == nil && asked && !slices.ContainsFunc(places, elsewhere) && !tainted(pod, node) && holds(node, pod)
}

// ofTheSystem is the beginning of the taints that a cordon and a node's own state bring.
const ofTheSystem = "node.kubernetes.io/"

func tainted(pod *corev1.Pod, node *corev1.Node) bool {
	keeps := func(taint *corev1.Taint) bool {
		return taint.Effect != corev1.TaintEffectPreferNoSchedule && !strings.HasPrefix(taint.Key, ofTheSystem)
	}
	_, tainted := schedulinghelpers.FindMatchingUntoleratedTaint(klog.Background(), node.Spec.Taints, pod.Spec.Tolerations, keeps, false)
	return tainted
}

// holds says that the node, empty, has what the pod requests.
func holds(node *corev1.Node, pod *corev1.Pod) bool {
	for name, request := range resourcehelpers.PodRequests(pod, resourcehelpers.PodResourcesOptions{}) {
		if room, known := node.Status.Allocatable[name]; !known && !request.IsZero() || request.Cmp(room) > 0 {
			return false
		}
	}
	return true
}

// repelled says that the pod may not be where another one of its namespace is that
// stays on the node.
func (c *Client) repelled(ctx context.Context, pod *corev1.Pod, nodeName string) (bool, error) {
	if pod.Spec.Affinity == nil || pod.Spec.Affinity.PodAntiAffinity == nil {
		return false, nil
	}
	var others []corev1.Pod
	if err := listed(sourceOf(c.core.Pods(c.namespaceName), "", "spec.nodeName="+nodeName), &others)(ctx); err != nil {
		return false, err
	}
	for _, term := range pod.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
		selector, err := metav1.LabelSelectorAsSelector(term.LabelSelector)
		if err != nil {
			return false, fmt.Errorf("anti-affinity of pod %q: %w", pod.Name, err)
		}
		stays := func(other corev1.Pod) bool {
			return other.UID != pod.UID && other.DeletionTimestamp == nil && selector.Matches(labels.Set(other.Labels))
		}
		if slices.ContainsFunc(others, stays) {
			return true, nil
		}
	}
	return false, nil
}

// outOfService is what a node's conditions say of its maintenance
// (k8s.io/api/core/v1: NodeConditionType), or that it is cordoned.
func outOfService(node *corev1.Node) string {
	for _, of := range []corev1.NodeConditionType{
		corev1.NodeMaintenanceInProgress, corev1.NodeDrainInProgress, corev1.NodeDrained,
		corev1.NodeGracefulNodeShutdownInProgress,
	} {
		i := slices.IndexFunc(node.Status.Conditions, func(c corev1.NodeCondition) bool {
			return c.Type == of && c.Status == corev1.ConditionTrue
		})
		if i >= 0 {
			return strings.TrimSuffix(fmt.Sprintf("node %q: %s: %s", node.Name, of, node.Status.Conditions[i].Message), ": ")
		}
	}
	if node.Spec.Unschedulable {
		return fmt.Sprintf("node %q is cordoned", node.Name)
	}
	return ""
}
