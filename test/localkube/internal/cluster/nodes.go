// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// A node with this label is kwok's: it keeps the lease and plays the pods.
// One without it is a node whose kubelet fell silent.
const (
	kubeletLabel   = "localkube/kubelet"
	runningKubelet = kubeletLabel + "=running"
)

func (d Dir) client() (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", d.Kubeconfig())
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	config.QPS, config.Burst = 100, 200
	return kubernetes.NewForConfig(config)
}

func nodeName(i int) string { return fmt.Sprintf("node-%d", i) }

// newNode is the i-th node, counted from 0.
func newNode(i int) *corev1.Node {
	capacity := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("32"),
		corev1.ResourceMemory:           resource.MustParse("128Gi"),
		corev1.ResourceEphemeralStorage: resource.MustParse("100Gi"),
		corev1.ResourcePods:             resource.MustParse("1000"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: nodeName(i),
			Labels: map[string]string{
				kubeletLabel:             "running",
				corev1.LabelHostname:     nodeName(i),
				corev1.LabelOSStable:     "linux",
				corev1.LabelArchStable:   runtime.GOARCH,
				corev1.LabelTopologyZone: fmt.Sprintf("zone-%d", i),
			},
		},
		// A range of its own for every node, wide enough that kwok, which counts
		// on beyond a range's end, does not come to the next node's.
		Spec: corev1.NodeSpec{PodCIDR: podRange(i), PodCIDRs: []string{podRange(i)}},
		Status: corev1.NodeStatus{
			Capacity: capacity, Allocatable: capacity,
			NodeInfo: corev1.NodeSystemInfo{
				Architecture: runtime.GOARCH, OperatingSystem: "linux", OSImage: "localkube", KernelVersion: "none",
				KubeletVersion: "v1.37.2", ContainerRuntimeVersion: "kwok://0.8.0",
			},
		},
	}
}

func podRange(i int) string { return fmt.Sprintf("10.%d.0.0/16", 100+i) }

func ensureNodes(ctx context.Context, client kubernetes.Interface, count int) error {
	for i := range count {
		_, err := client.CoreV1().Nodes().Create(ctx, newNode(i), metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("node %q: %w", nodeName(i), err)
		}
	}
	return nil
}

// nodesReady returns nil if pods can be scheduled on every node.
func nodesReady(ctx context.Context, client kubernetes.Interface, count int) error {
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: runningKubelet})
	if err != nil {
		return fmt.Errorf("nodes: %w", err)
	}
	if len(nodes.Items) < count {
		return fmt.Errorf("%d of %d nodes are there", len(nodes.Items), count)
	}
	for _, node := range nodes.Items {
		if condition(&node, corev1.NodeReady) != corev1.ConditionTrue || len(node.Spec.Taints) > 0 {
			return fmt.Errorf("node %q is not ready", node.Name)
		}
	}
	return nil
}

func condition(node *corev1.Node, kind corev1.NodeConditionType) corev1.ConditionStatus {
	for _, c := range node.Status.Conditions {
		if c.Type == kind {
			return c.Status
		}
	}
	return corev1.ConditionUnknown
}

// releaseLeases lets a kwok that is started take the nodes over at once: its
// predecessor's leases would keep it away until they expire.
func releaseLeases(ctx context.Context, client kubernetes.Interface) error {
	err := client.CoordinationV1().Leases(corev1.NamespaceNodeLease).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("node leases: %w", err)
	}
	return nil
}

// NodeDown makes a node one whose kubelet fell silent: its pods change no more,
// not even when they are deleted. What the node lifecycle controller would
// write after 50 seconds of silence is written at once: the node's state and,
// as in pkg/controller/util/node: MarkPodsNotReady, that its pods are not ready.
func (d Dir) NodeDown(ctx context.Context, name string) error {
	client, err := d.client()
	if err != nil {
		return err
	}
	if err := label(ctx, client, name, nil); err != nil {
		return err
	}
	now := metav1.Now()
	err = patchNode(ctx, client, name, status(corev1.NodeCondition{
		Type: corev1.NodeReady, Status: corev1.ConditionUnknown, LastHeartbeatTime: now, LastTransitionTime: now,
		Reason: "NodeStatusUnknown", Message: "Kubelet stopped posting node status.",
	}), "status")
	if err != nil {
		return err
	}
	return markPodsNotReady(ctx, client, name)
}

func markPodsNotReady(ctx context.Context, client kubernetes.Interface, nodeName string) error {
	pods, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{FieldSelector: "spec.nodeName=" + nodeName})
	if err != nil {
		return fmt.Errorf("pods of node %q: %w", nodeName, err)
	}
	patch, err := json.Marshal(status(corev1.PodCondition{
		Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: metav1.Now(),
	}))
	if err != nil {
		return fmt.Errorf("pods of node %q: %w", nodeName, err)
	}
	for _, pod := range pods.Items {
		_, err := client.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("pod %q of node %q: %w", pod.Name, nodeName, err)
		}
	}
	return nil
}

// status is a patch that sets one condition.
func status(condition any) map[string]any {
	return map[string]any{"status": map[string]any{"conditions": []any{condition}}}
}

// NodeUp gives a node its kubelet back.
func (d Dir) NodeUp(ctx context.Context, name string) error {
	client, err := d.client()
	if err != nil {
		return err
	}
	return label(ctx, client, name, "running")
}

func label(ctx context.Context, client kubernetes.Interface, name string, value any) error {
	return patchNode(ctx, client, name, map[string]any{"metadata": map[string]any{"labels": map[string]any{kubeletLabel: value}}})
}

func patchNode(ctx context.Context, client kubernetes.Interface, name string, patch map[string]any, subresources ...string) error {
	text, err := json.Marshal(patch)
	if err != nil {
		return fmt.Errorf("node %q: %w", name, err)
	}
	_, err = client.CoreV1().Nodes().Patch(ctx, name, types.StrategicMergePatchType, text, metav1.PatchOptions{}, subresources...)
	if err != nil {
		return fmt.Errorf("node %q: %w", name, err)
	}
	return nil
}
