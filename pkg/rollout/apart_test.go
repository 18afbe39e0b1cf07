// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// templateOf has pods with a label more, and with required anti-affinity by a term.
func templateOf(label, term string) []byte {
	if term != "" {
		term = `"affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[` + term + `]}},`
	}
	return fmt.Appendf(nil, `{"metadata":{"labels":{"app":"web"%s}},"spec":{%s"containers":[{"name":"app","image":"app"}]}}`, label, term)
}

func termOf(more, labels string) string {
	return fmt.Sprintf(`{"topologyKey":"kubernetes.io/hostname",%s"labelSelector":{"matchLabels":{%s}}}`, more, labels)
}

func lenient() []byte { return templateOf("", "") }
func strict() []byte  { return templateOf("", termOf("", `"app":"web"`)) }

const repelled = "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod."

// crowd is a set with pods of revision web-a on n nodes, and one more of a revision that
// has no node, by the scheduler's words, for longer than that may take.
type crowd struct {
	old, live []byte // templates of web-a and web-b; one revision where live is nil
	nodes     int
	kept      string // the revision of the pod without a node
	words     string
	edit      func(*rollout.Glance)
}

func (c crowd) state(t *testing.T) rollout.State {
	t.Helper()
	revisions := rollout.Revisions{revisionOf(t, "web-a", c.old)}
	set := rollout.Set{
		Namespace: "shop", Name: "web", UID: "set", OrderedReady: true, Current: "web-a", Update: "web-a",
		Spec: rollout.Spec{Replicas: int32(c.nodes) + 1, Strategy: rollout.RollingUpdate}, Live: c.old,
	}
	if c.live != nil {
		revisions = append(revisions, revisionOf(t, "web-b", c.live))
		set.Update, set.Live = "web-b", c.live
	}
	set.Template = revisions[len(revisions)-1].Digest
	g := rollout.Glance{At: noon(), Set: set, Revisions: revisions, FailurePolicy: rollout.FailurePolicy{Patience: time.Minute}}
	for i := range c.nodes {
		g.Pods = append(g.Pods, rollout.LookPod(standing(i), int32(i)))
	}
	g.Pods = append(g.Pods, rollout.LookPod(pod(func(p *corev1.Pod) {
		p.Name, p.UID, p.Spec.NodeName = fmt.Sprintf("web-%d", c.nodes), "kept", ""
		p.Labels = map[string]string{"controller-revision-hash": c.kept}
		p.Status.Conditions = []corev1.PodCondition{{
			Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: c.words, LastTransitionTime: metav1.NewTime(noon().Add(-time.Hour)),
		}}
	}), int32(c.nodes)))
	if c.edit != nil {
		c.edit(&g)
	}
	return rollout.Assemble(g)
}

func revisionOf(t *testing.T, name string, template []byte) rollout.Revision {
	t.Helper()
	digest, err := rollout.Digest(template)
	if err != nil {
		t.Fatal(err)
	}
	return rollout.Revision{Name: name, Template: template, Digest: digest}
}

func standing(i int) *corev1.Pod {
	return pod(phase(corev1.PodRunning), func(p *corev1.Pod) {
		p.Name, p.UID, p.Spec.NodeName = fmt.Sprintf("web-%d", i), types.UID(fmt.Sprint(i)), fmt.Sprintf("node-%d", i)
		p.Labels = map[string]string{"controller-revision-hash": "web-a"}
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(noon().Add(-time.Hour))}}
	})
}

// The cause of a pod without a node names the set's own pods that are in its way.
func TestKeptApart(t *testing.T) {
	const (
		all      = "required anti-affinity keeps it from the nodes of web-0, web-1, web-2"
		older    = all + ", still on web-a"
		byLabels = `"app":"web"`
	)
	for name, tt := range map[string]struct {
		crowd
		says string
	}{
		"one template":            {crowd{strict(), nil, 3, "web-a", repelled, nil}, all},
		"the new one":             {crowd{lenient(), strict(), 3, "web-b", repelled, nil}, older},
		"the older one":           {crowd{strict(), lenient(), 3, "web-b", strings.Replace(repelled, "match pod", "satisfy existing pods", 1), nil}, older},
		"for another reason":      {crowd{strict(), nil, 3, "web-a", "0/3 nodes are available: 3 Insufficient cpu.", nil}, ""},
		"by other pods":           {crowd{lenient(), nil, 3, "web-a", repelled, nil}, ""},
		"another label":           {crowd{lenient(), templateOf("", termOf("", `"app":"db"`)), 3, "web-b", repelled, nil}, ""},
		"only the older label":    {crowd{templateOf(`,"track":"old"`, ""), templateOf(`,"track":"new"`, termOf("", `"track":"old"`)), 3, "web-b", repelled, nil}, older},
		"of its own revision":     {crowd{lenient(), templateOf("", termOf(`"matchLabelKeys":["controller-revision-hash"],`, byLabels)), 3, "web-b", repelled, nil}, ""},
		"of other revisions":      {crowd{lenient(), templateOf("", termOf(`"mismatchLabelKeys":["controller-revision-hash"],`, byLabels)), 3, "web-b", repelled, nil}, older},
		"of another namespace":    {crowd{templateOf("", termOf(`"namespaces":["other"],`, byLabels)), nil, 3, "web-a", repelled, nil}, ""},
		"of this namespace too":   {crowd{templateOf("", termOf(`"namespaces":["other","shop"],`, byLabels)), nil, 3, "web-a", repelled, nil}, all},
		"of all namespaces":       {crowd{templateOf("", termOf(`"namespaceSelector":{},`, byLabels)), nil, 3, "web-a", repelled, nil}, all},
		"of some namespaces":      {crowd{templateOf("", termOf(`"namespaceSelector":{"matchLabels":{"a":"b"}},`, byLabels)), nil, 3, "web-a", repelled, nil}, ""},
		"one is going":            {crowd{strict(), nil, 3, "web-a", repelled, func(g *rollout.Glance) { g.Pods[1].Phase = rollout.Terminating }}, "the nodes of web-0, web-2"},
		"a revision that is gone": {crowd{strict(), nil, 3, "web-a", repelled, func(g *rollout.Glance) { g.Revisions = nil }}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cause := tt.state(t).Pods[3].Cause
			if cause.ID != rollout.Unschedulable || cause.Beside != (tt.says != "") || !strings.HasPrefix(cause.Message, tt.words) || !strings.HasSuffix(cause.Message, tt.says) {
				t.Errorf("%+v", cause)
			}
			if tt.says == "" && cause.Message != tt.words {
				t.Errorf("it says %q", cause.Message)
			}
		})
	}
}

// applyOf is an apply of a template, and whether it replaces what is broken.
func applyOf(t *testing.T, template []byte, replaces bool) rollout.Goal {
	t.Helper()
	to := int32(4)
	r := revisionOf(t, "", template)
	return rollout.Apply{Template: rollout.Template{Raw: template, Digest: r.Digest}, Step: intstr.FromInt32(1), Replicas: &to, ReplaceBroken: replaces}
}

// What makes room for a template, and whether that is known before a broken pod is
// replaced by one of it.
func TestRoomFor(t *testing.T) {
	older, newer := templateOf(`,"track":"old"`, ""), templateOf(`,"track":"new"`, termOf("", `"track":"old"`))
	selects := []byte(strings.Replace(string(lenient()), `"containers"`, `"nodeSelector":{"disk":"ssd"},"containers"`, 1))
	alsoTainted := strings.Replace(strings.Replace(repelled, "0/3", "0/4", 1), ": 3 node(s) didn't match", ": 1 node(s) had untolerated taint(s), 3 node(s) didn't match", 1)
	oneMore := strings.Replace(repelled, "3 node(s) didn't", "4 node(s) didn't", 1)
	crashes := func(g *rollout.Glance) {
		g.Pods[1].Phase, g.Pods[1].Cause = rollout.Failing, rollout.Cause{ID: rollout.CrashLoop, Hard: true}
	}
	deletes := func(g *rollout.Glance) { g.Set.DeletesClaims, g.Set.ClaimTemplates = true, []string{"data"} }
	held := func(g *rollout.Glance) { g.Set.Partition = rollout.Partition{Index: 3} }
	scale := []string{"scale web --replicas 3"}
	for name, tt := range map[string]struct {
		crowd
		asked   []byte
		before  []string
		forGood bool
		refused bool // with --replace-broken
	}{
		"a lenient one":                  {crowd{strict(), nil, 3, "web-a", repelled, nil}, lenient(), scale, false, true},
		"the same":                       {crowd{strict(), nil, 3, "web-a", repelled, nil}, strict(), scale, true, false},
		"one that needs other nodes":     {crowd{strict(), nil, 3, "web-a", alsoTainted, nil}, selects, nil, false, false},
		"beside nodes that are out":      {crowd{strict(), nil, 3, "web-a", alsoTainted, nil}, lenient(), scale, false, true},
		"other pods are in its way, too": {crowd{strict(), nil, 3, "web-a", oneMore, nil}, lenient(), nil, false, false},
		"fewer nodes":                    {crowd{strict(), nil, 3, "web-a", strings.Replace(repelled, "3 node(s) didn't", "2 node(s) didn't", 1), nil}, lenient(), []string{"scale web --replicas 2"}, false, true},
		"another is broken":              {crowd{strict(), nil, 3, "web-a", repelled, crashes}, lenient(), nil, false, false},
		"claims would go":                {crowd{strict(), nil, 3, "web-a", repelled, deletes}, lenient(), nil, false, true},
		"a canary of it":                 {crowd{older, newer, 3, "web-b", repelled, held}, newer, []string{"abort web", "scale web --replicas 3"}, false, false},
		"a canary of one for good":       {crowd{lenient(), strict(), 3, "web-b", repelled, held}, strict(), []string{"abort web", "scale web --replicas 3"}, true, false},
		"corrected by kubectl":           {crowd{strict(), lenient(), 3, "web-a", repelled, nil}, lenient(), []string{"kubectl -n shop scale statefulset.apps/web --replicas 3"}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.state(t)
			room, wanted := rollout.RoomFor(applyOf(t, tt.asked, false), s)
			if wanted != (tt.before != nil || tt.refused || tt.forGood) || !slices.Equal(room.Before, tt.before) || room.ForGood != tt.forGood {
				t.Errorf("%t, %+v", wanted, room)
			}
			d := rollout.Decide(applyOf(t, tt.asked, true), s, rollout.LeaseOf(applyOf(t, tt.asked, true), s, ""))
			if refused := d.Err != nil && strings.Contains(d.Err.Error(), "would find no node of this template either, while web-0, web-1, web-2 stand"); refused != tt.refused {
				t.Errorf("%+v", d)
			}
			if _, told := rollout.Replacing(applyOf(t, tt.asked, false), s); told && tt.refused {
				t.Error("it names --replace-broken")
			}
		})
	}
}
