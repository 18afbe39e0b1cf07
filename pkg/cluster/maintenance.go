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
	nodes = slices.DeleteFunc(slices.Clone(nodes), func(node corev1.Node) bool { return !fits(pod, places, &node) })
	if len(nodes) == 0 {
		return "", nil
	}
	taken, err := c.repelling(ctx, pod)
	if err != nil {
		return "", err
	}
	nodes = slices.DeleteFunc(nodes, func(node corev1.Node) bool { return taken[node.Name] })
	return ofSeveral(nodes), nil
}

// ofSeveral is the state of the first of the nodes that a pod could be on, and how many
// more are cordoned; "" of none.
func ofSeveral(nodes []corev1.Node) string {
	switch more := len(nodes) - 1; more {
	case -1:
		return ""
	case 0:
		return outOfService(&nodes[0])
	case 1:
		return outOfService(&nodes[0]) + "; 1 more node that it could be on is cordoned"
	default:
		return fmt.Sprintf("%s; %d more nodes that it could be on are cordoned", outOfService(&nodes[0]), more)
	}
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

// repelling are the nodes where the pod may not be, since another one of its namespace
// stays there that it is to be apart from.
func (c *Client) repelling(ctx context.Context, pod *corev1.Pod) (map[string]bool, error) {
	if pod.Spec.Affinity == nil || pod.Spec.Affinity.PodAntiAffinity == nil {
		return nil, nil
	}
	taken := map[string]bool{}
	for _, term := range pod.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
		selector, err := metav1.LabelSelectorAsSelector(term.LabelSelector)
		if err != nil {
			return nil, fmt.Errorf("anti-affinity of pod %q: %w", pod.Name, err)
		}
		var others []corev1.Pod
		if err := listed(sourceOf(c.core.Pods(c.namespaceName), selector.String(), ""), &others)(ctx); err != nil {
			return nil, err
		}
		for _, other := range others {
			taken[other.Spec.NodeName] = taken[other.Spec.NodeName] || other.UID != pod.UID && other.DeletionTimestamp == nil && selector.Matches(labels.Set(other.Labels))
		}
	}
	return taken, nil
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
