// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

func quantities(pairs ...string) corev1.ResourceList {
	list := corev1.ResourceList{}
	for i := 0; i < len(pairs); i += 2 {
		list[corev1.ResourceName(pairs[i])] = resource.MustParse(pairs[i+1])
	}
	return list
}

// sized is a pod of two containers, whose managedFields have these fields of the first.
func sized(subresource, fields string, now corev1.ResourceRequirements) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "web-1", ManagedFields: []metav1.ManagedFieldsEntry{{
			Manager: "vpa", Operation: metav1.ManagedFieldsOperationUpdate, Subresource: subresource, APIVersion: "v1", FieldsType: "FieldsV1",
			FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:containers":{"k:{\"name\":\"main\"}":{"f:resources":` + fields + `}}}}`),
		}}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Resources: now}, {Name: "side", Resources: now}}},
	}
}

// TestResized: what was written through the subresource, and differs from the template of
// the pod's own revision. What admission has put into a pod is no resize.
func TestResized(t *testing.T) {
	const requests, both = `{"f:requests":{"f:cpu":{}}}`, `{"f:requests":{"f:cpu":{}},"f:limits":{"f:cpu":{}}}`
	now := corev1.ResourceRequirements{Requests: quantities("cpu", "500m", "memory", "1Gi"), Limits: quantities("cpu", "1")}
	const head = "resized in place, which the template does not know of: web-1 ("
	for name, tt := range map[string]struct {
		pod      *corev1.Pod
		template string // resources of the container
		want     string
	}{
		"more":                      {sized("resize", requests, now), `{"requests":{"cpu":"200m"}}`, head + `container "main" requests.cpu 500m -> 200m)`},
		"where the template has no": {sized("resize", requests, now), `{}`, head + `container "main" requests.cpu 500m -> none)`},
		"a limit, too":              {sized("resize", both, now), `{"limits":{"cpu":"800m"}}`, head + `container "main" limits.cpu 1 -> 800m, container "main" requests.cpu 500m -> 800m)`},
		"and back":                  {sized("resize", requests, now), `{"requests":{"cpu":"0.5"}}`, ""},
		"written otherwise":         {sized("", requests, now), `{}`, ""},
		"of another field":          {sized("resize", `{"f:claims":{}}`, now), `{}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			look := rollout.LookPod(tt.pod, 1)
			s := web().Glance(func(g *rollout.Glance) {
				g.Pods[1].Resizes = look.Resizes
				g.Revisions[0].Template = []byte(`{"spec":{"containers":[{"name":"main","resources":` + tt.template + `}]}}`)
			}).State()
			if got := s.Resized(); got != tt.want {
				t.Errorf("it says %q, want %q", got, tt.want)
			}
		})
	}
}

// TestUnsizes: of a plan, those alone that it makes anew.
func TestUnsizes(t *testing.T) {
	resized := func(indices ...int) func(*rollout.Glance) {
		return func(g *rollout.Glance) {
			for _, i := range indices {
				g.Pods[i].Resizes = []rollout.Resize{{Container: "main", List: "requests", Resource: "cpu", Quantity: resource.MustParse("1")}}
			}
		}
	}
	const (
		told = "resized in place, which the template does not know of: "
		size = ` (container "main" requests.cpu 1 -> none)`
	)
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		goal func(rollout.State) (rollout.Goal, error)
		want string
	}{
		"a canary takes it":           {web().Glance(resized(4)), goalOf(canary("b", "1", "1")), told + "web-4" + size},
		"a canary does not reach it":  {web().Glance(resized(3)), goalOf(canary("b", "1", "1")), ""},
		"a promote takes the rest":    {half().Glance(resized(1, 4)), goalOf(promote("", "1")), told + "web-1" + size},
		"an abort takes the canary":   {half().Glance(resized(1, 4)), abort, told + "web-4" + size},
		"an apply of the same":        {web().Glance(resized(0)), goalOf(apply("a")), ""},
		"it is removed, being broken": {fixed("a! a a").Glance(resized(0)), goalOf(replacing("")), told + "web-0" + size},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.in.State()
			goal, err := tt.goal(s)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := goal.Plan(s)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Unsizes(plan); got != tt.want {
				t.Errorf("it says %q, want %q", got, tt.want)
			}
		})
	}
}

func goalOf(g rollout.Goal) func(rollout.State) (rollout.Goal, error) {
	return func(rollout.State) (rollout.Goal, error) { return g, nil }
}
