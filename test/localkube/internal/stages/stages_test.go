// SPDX-License-Identifier: Apache-2.0

package stages

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/config"
	"sigs.k8s.io/kwok/pkg/utils/gotpl"
	"sigs.k8s.io/kwok/pkg/utils/lifecycle"
	"sigs.k8s.io/yaml"
)

// A life plays kwok's part: it asks the same code for the next stage, and
// applies it to a pod in memory.
type life struct {
	t        *testing.T
	stages   lifecycle.Lifecycle
	renderer gotpl.Renderer
	pod      *corev1.Pod
	log      strings.Builder
}

func newLife(t *testing.T, pod string) *life {
	t.Helper()
	text, err := Config("container.log", "crashed.log")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kwok.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	objects, err := config.Load(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	var stages []*internalversion.Stage
	for _, stage := range config.FilterWithType[*internalversion.Stage](objects) {
		if stage.Spec.ResourceRef.Kind == "Pod" {
			stages = append(stages, stage)
		}
	}
	all, err := lifecycle.NewLifecycle(stages)
	if err != nil {
		t.Fatal(err)
	}
	l := &life{t: t, stages: all, pod: &corev1.Pod{}, renderer: gotpl.NewRenderer(gotpl.FuncMap{
		"NodeIPWith": func(string) string { return "127.0.0.1" },
		"PodIPWith":  func(string, bool, string, string, string) string { return "10.100.0.1" },
	})}
	if err := yaml.UnmarshalStrict([]byte(pod), l.pod); err != nil {
		t.Fatal(err)
	}
	return l
}

// step plays one stage and returns its name, or "" if none fits.
func (l *life) step(ctx context.Context) string {
	l.t.Helper()
	event := &lifecycle.Event{Labels: l.pod.Labels, Annotations: l.pod.Annotations, Data: l.pod}
	stage, err := l.stages.Match(ctx, event)
	if err != nil {
		l.t.Fatal(err)
	}
	if stage == nil {
		return ""
	}
	delay, _, err := stage.Delay(ctx, event, time.Now())
	if err != nil {
		l.t.Fatalf("%s: delay: %v", stage.Name(), err)
	}
	fmt.Fprintf(&l.log, "%s after %s:", stage.Name(), delay)
	_, err = stage.DoSteps(0, nil, l.pod, l.renderer, func(*internalversion.StageEvent) error { return nil },
		func() error { fmt.Fprintf(&l.log, " gone"); return nil }, l.patch, func(*lifecycle.Apply) error { return nil })
	if err != nil {
		l.t.Fatalf("%s: %v", stage.Name(), err)
	}
	fmt.Fprintf(&l.log, " %s\n", l.summary())
	return stage.Name()
}

func (l *life) patch(patch *lifecycle.Patch) error {
	was, err := json.Marshal(l.pod)
	if err != nil {
		return err
	}
	is, err := strategicpatch.StrategicMergePatch(was, patch.Data, corev1.Pod{})
	if err != nil {
		return err
	}
	l.pod = &corev1.Pod{}
	return json.Unmarshal(is, l.pod)
}

// summary is the pod in a line, about as `kubectl get` has it.
func (l *life) summary() string {
	var words []string
	for _, c := range l.pod.Status.ContainerStatuses {
		words = append(words, c.Name+"="+state(c))
	}
	return fmt.Sprintf("%s %s %s", l.pod.Status.Phase, strings.Join(words, " "), l.readiness())
}

func state(c corev1.ContainerStatus) string {
	var word string
	switch {
	case c.State.Waiting != nil:
		word = c.State.Waiting.Reason
	case c.State.Terminated != nil:
		word = fmt.Sprintf("%s(%d)", c.State.Terminated.Reason, c.State.Terminated.ExitCode)
	case c.State.Running != nil:
		word = "running"
	}
	if c.Ready {
		word += ",ready"
	}
	if c.RestartCount > 0 {
		word += fmt.Sprintf(",%d restarts", c.RestartCount)
	}
	if c.LastTerminationState.Terminated != nil {
		word += ",last " + c.LastTerminationState.Terminated.Reason
	}
	return word
}

func (l *life) readiness() string {
	for _, c := range l.pod.Status.Conditions {
		if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
			return "Ready"
		} else if c.Type == corev1.PodReady {
			return c.Reason
		}
	}
	return "-"
}

func pod(images ...string) string {
	var b strings.Builder
	b.WriteString("metadata: {name: web-0, namespace: shop, uid: 1234}\nspec:\n  nodeName: node-0\n  containers:\n")
	for i, image := range images {
		fmt.Fprintf(&b, "  - {name: c%d, image: %q}\n", i, image)
	}
	return b.String()
}

func TestDebug(t *testing.T) {
	for _, images := range [][]string{{"a:1"}, {"a:missing"}, {"a:v2-crash"}, {"a:unready"}, {"a:flap"}, {"a:slow"}, {"a:config"}, {"a:badname"}, {"a:neverpull"}, {"a:1", "b:crash"}, {"a:1", "b:missing"}} {
		l := newLife(t, pod(images...))
		for range 12 {
			if l.step(t.Context()) == "" {
				break
			}
		}
		now := l.pod.CreationTimestamp
		l.pod.DeletionTimestamp = &now
		l.step(t.Context())
		t.Logf("%v\n%s", images, l.log.String())
	}
}
