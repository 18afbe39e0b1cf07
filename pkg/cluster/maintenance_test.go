// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// cordoned is a node with one label.
func cordoned(nodeName string, conditions ...corev1.NodeCondition) *corev1.Node {
	return &corev1.Node{
		TypeMeta:   metav1.TypeMeta{Kind: "Node", APIVersion: "v1"},
		ObjectMeta: metav1.ObjectMeta{Name: nodeName, Labels: map[string]string{"disk": nodeName}},
		Spec:       corev1.NodeSpec{Unschedulable: true},
		Status: corev1.NodeStatus{
			Conditions:  conditions,
			Allocatable: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("4")},
		},
	}
}

// homeless is web-1, which has had no node for an hour, and asks for a label of one.
func homeless(disk string, edits ...func(*corev1.Pod)) *corev1.Pod {
	return webPod("web-1", append(edits, func(p *corev1.Pod) {
		p.CreationTimestamp = metav1.NewTime(time.Now().Add(-time.Hour))
		p.Spec.NodeName, p.Spec.NodeSelector = "", map[string]string{"disk": disk}
		p.Status = corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{
			Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable",
			Message: "0/2 nodes are available: 1 node(s) were unschedulable, 1 Insufficient cpu.", LastTransitionTime: p.CreationTimestamp,
		}}}
	})...)
}

func requesting(cpus string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpus)}
	}
}

// mine gives a node a taint, and tolerating a pod that takes it.
func mine(node *corev1.Node) *corev1.Node {
	node.Spec.Taints = []corev1.Taint{
		{Key: "node.kubernetes.io/unschedulable", Effect: corev1.TaintEffectNoSchedule},
		{Key: "dedicated", Value: "mine", Effect: corev1.TaintEffectNoSchedule},
	}
	return node
}

func tolerating(p *corev1.Pod) {
	p.Spec.Tolerations = []corev1.Toleration{{Key: "dedicated", Operator: corev1.TolerationOpExists}}
}

// apart is a pod that is on no node with another of its set; the others are on n1.
func apart(p *corev1.Pod) {
	p.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
			TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
		}},
	}}
}

func labelled(node *corev1.Node, disk string) *corev1.Node {
	node.Labels["disk"] = disk
	return node
}

// local is the volume of that claim, on the node with a label.
func local(disk string) *corev1.PersistentVolume {
	on := corev1.NodeSelectorRequirement{Key: "disk", Operator: corev1.NodeSelectorOpIn, Values: []string{disk}}
	return &corev1.PersistentVolume{
		TypeMeta:   metav1.TypeMeta{Kind: "PersistentVolume", APIVersion: "v1"},
		ObjectMeta: metav1.ObjectMeta{Name: "pv-data-web-1"},
		Spec: corev1.PersistentVolumeSpec{NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{on}}},
		}}},
	}
}

// A pod waits for the node that it could be on, if nodes may be read; and for no
// other that is cordoned too.
func TestItsNodeIsInMaintenance(t *testing.T) {
	forbidden := failure(403, metav1.StatusReasonForbidden, "no")
	drains := corev1.NodeCondition{Type: corev1.NodeDrainInProgress, Status: corev1.ConditionTrue, Message: "a new kernel"}
	rows := map[string]struct {
		pod     *corev1.Pod
		node    *corev1.Node
		refused string
		phase   rollout.Phase
		id      rollout.CauseID
		says    string
	}{
		"cordoned":   {homeless("a"), cordoned("a"), "", rollout.Pending, rollout.NodeMaintenance, `node "a" is cordoned`},
		"drained":    {homeless("a"), cordoned("a", drains), "", rollout.Pending, rollout.NodeMaintenance, `node "a": DrainInProgress: a new kernel`},
		"another":    {homeless("b"), cordoned("a"), "", rollout.Failing, rollout.Unschedulable, ""},
		"too small":  {homeless("a", requesting("5")), cordoned("a"), "", rollout.Failing, rollout.Unschedulable, ""},
		"tainted":    {homeless("a"), mine(cordoned("a")), "", rollout.Failing, rollout.Unschedulable, ""},
		"tolerated":  {homeless("a", tolerating), mine(cordoned("a")), "", rollout.Pending, rollout.NodeMaintenance, `node "a" is cordoned`},
		"repelled":   {homeless("a", apart), labelled(cordoned("n1"), "a"), "", rollout.Failing, rollout.Unschedulable, ""},
		"not told":   {homeless("a"), cordoned("a"), "LIST nodes", rollout.Failing, rollout.Unschedulable, ""},
		"of no pod":  {homeless("a"), cordoned("a"), "GET pods", rollout.Failing, rollout.Unschedulable, ""},
		"its volume": {homeless("a", mounting("data-web-1")), cordoned("a"), "", rollout.Failing, rollout.Unschedulable, ""},
	}
	for name, tt := range rows {
		t.Run(name, func(t *testing.T) {
			server := newStub(t, append(web(), tt.pod, tt.node, claimed("data-web-1"), local("b"))...)
			if tt.refused != "" {
				server.answersTo(tt.refused, forbidden)
			}
			seenAs(t, server, tt.phase, tt.id)
			s, err := server.client(t).Look(t.Context(), "web", Options{})
			if err != nil || !strings.HasPrefix(s.Pods[1].Cause.Message, tt.says) {
				t.Errorf("%v, %+v", err, s.Pods[1].Cause)
			}
		})
	}
}

// Of several nodes that the pod could be on the first is told, and how many more there
// are, without those that it may not be on.
func TestItsNodesAreInMaintenance(t *testing.T) {
	for name, tt := range map[string]struct {
		nodes []*corev1.Node
		pod   *corev1.Pod
		want  string
	}{
		"two":   {[]*corev1.Node{cordoned("a"), labelled(cordoned("b"), "a")}, homeless("a"), `node "a" is cordoned; 1 more node that it could be on is cordoned; 0/2 nodes`},
		"three": {[]*corev1.Node{cordoned("a"), labelled(cordoned("b"), "a"), labelled(cordoned("c"), "a")}, homeless("a"), `node "a" is cordoned; 2 more nodes that it could be on are cordoned; 0/2 nodes`},
		"one of them is for others": {
			[]*corev1.Node{cordoned("a"), labelled(cordoned("n1"), "a"), cordoned("c")}, homeless("a", apart), `node "a" is cordoned; 0/2 nodes`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			objects := append(web(), tt.pod)
			for _, node := range tt.nodes {
				objects = append(objects, node)
			}
			s, err := newStub(t, objects...).client(t).Look(t.Context(), "web", Options{})
			if err != nil || !strings.HasPrefix(s.Pods[1].Cause.Message, tt.want) {
				t.Errorf("%v, %+v", err, s.Pods[1].Cause)
			}
		})
	}
}
