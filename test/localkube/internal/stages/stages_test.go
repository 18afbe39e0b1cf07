// SPDX-License-Identifier: Apache-2.0

package stages

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/config"
	"sigs.k8s.io/kwok/pkg/utils/gotpl"
	"sigs.k8s.io/kwok/pkg/utils/lifecycle"
	"sigs.k8s.io/yaml"
)

var rewrite = flag.Bool("rewrite", false, "write the transcripts anew")

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
	if stage.Name() != "pod-settled" {
		fmt.Fprintf(&l.log, "%s after %s: ", stage.Name(), delay)
	}
	_, err = stage.DoSteps(0, nil, l.pod, l.renderer, func(*internalversion.StageEvent) error { return nil },
		func() error { l.pod.Status.Reason = "gone"; return nil }, l.patch, func(*lifecycle.Apply) error { return nil })
	if err != nil {
		l.t.Fatalf("%s: %v", stage.Name(), err)
	}
	if stage.Name() != "pod-settled" {
		l.log.WriteString(l.summary())
	}
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
	if l.pod.Status.Reason == "gone" {
		return "gone\n"
	}
	return fmt.Sprintf("%s, %s, %s\n", l.pod.Status.Phase, strings.Join(words, " "), l.readiness())
}

// state is a container in a word or some.
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
	ready := condition(l.pod, corev1.PodReady)
	if ready.Status == corev1.ConditionTrue {
		return "Ready"
	}
	return "not ready: " + ready.Reason
}

// TestLives walks pods through the stages. The transcript is the expectation;
// go test -rewrite writes it anew.
func TestLives(t *testing.T) {
	const path = "testdata/lives.txt"
	var b strings.Builder
	for _, c := range []struct {
		title string
		pod   string
		steps int
	}{
		{"an image that says nothing", pod("app:1.27"), 9},
		{"missing", pod("app:missing"), 4},
		{"crash", pod("app:v2-crash"), 9},
		{"unready", pod("app:unready"), 9},
		{"slow", pod("app:slow"), 9},
		{"flap", pod("app:flap"), 9},
		{"config", pod("app:config"), 9},
		{"badname", pod("app:badname"), 9},
		{"neverpull", pod("app:neverpull"), 9},
		{"slowstop, being deleted", deleted(pod("app:slowstop")), 1},
		{"slowstop, being deleted with 1 s of grace", deleted(pod("app:slowstop")) + "  deletionGracePeriodSeconds: 1\n", 1},
		{"being deleted", deleted(pod("app:1")), 1},
		{"an annotation for all containers", annotated(pod("app:1", "log:1"), "fate: unready"), 9},
		{"delays by annotation", annotated(pod("app:1"), "start: 1.5s", "ready: 1m"), 9},
		{"a sound container beside one that crashes", pod("app:1", "log:crash"), 6},
		{"a sound container beside one that is missing", pod("app:1", "log:missing"), 5},
		{"a registry with a port, and no tag", pod("registry:5000/crash"), 9},
		{"a digest after the tag", pod("app:crash@sha256:0123456789abcdef"), 9},
		{"init containers", pod("app:1") + "  initContainers: [{name: i, image: 'i:1'}, {name: s, image: 's:1', restartPolicy: Always}]\n", 9},
		{"a readiness gate that is closed", pod("app:1") + "  readinessGates: [{conditionType: example.com/open}]\n", 9},
		{"a job", strings.Replace(pod("app:1"), "uid: 1234", "uid: 1234, ownerReferences: [{kind: Job}]", 1), 9},
	} {
		l := newLife(t, c.pod)
		l.walk(t.Context(), c.steps)
		fmt.Fprintf(&b, "# %s\n%s\n", c.title, l.log.String())
	}
	expectText(t, path, b.String())
}

// A fate that is put on a pod and taken from it takes hold while the pod lives.
func TestFateOfTheLiving(t *testing.T) {
	l := newLife(t, pod("app:1"))
	l.walk(t.Context(), 9)
	for _, fate := range []string{"unready", "", "crash", "", "flap", ""} {
		fmt.Fprintf(&l.log, "# now %q\n", fate)
		l.pod.Annotations = map[string]string{"localkube/fate": fate}
		if fate == "" {
			l.pod.Annotations = nil
		}
		l.walk(t.Context(), 3)
	}
	expectText(t, "testdata/living.txt", l.log.String())
}

// A condition changes its time with its status only.
func TestTransitionTime(t *testing.T) {
	l := newLife(t, pod("app:1", "log:crash"))
	l.walk(t.Context(), 1)
	long := metav1.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range l.pod.Status.Conditions {
		l.pod.Status.Conditions[i].LastTransitionTime = long
	}
	l.walk(t.Context(), 8)
	ready := condition(l.pod, corev1.PodReady)
	if !ready.LastTransitionTime.Equal(&long) || ready.Message != "containers with unready status: [c1]" {
		t.Errorf("Ready was False since %s and is %s %q since %s", long, ready.Status, ready.Message, ready.LastTransitionTime)
	}
	if sandbox := condition(l.pod, corev1.PodReadyToStartContainers); sandbox.LastTransitionTime.Equal(&long) {
		t.Errorf("%s became %s without a new time", sandbox.Type, sandbox.Status)
	}
}

// A settled pod meets a stage that writes nothing, and no other.
func TestSettled(t *testing.T) {
	l := newLife(t, pod("app:1"))
	l.walk(t.Context(), 9)
	was := l.pod.DeepCopy()
	for range 20 {
		if name := l.step(t.Context()); name != "pod-settled" {
			t.Fatalf("stage %q was played on a settled pod", name)
		}
	}
	if diff := cmp.Diff(was, l.pod); diff != "" {
		t.Errorf("a settled pod changed (-was +is):\n%s", diff)
	}
}

func TestNode(t *testing.T) {
	text, err := Config("container.log", "crashed.log")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"name: node-ready", "name: node-heartbeat", "logsFile: container.log", "previousLogsFile: crashed.log"} {
		if !strings.Contains(text, want) {
			t.Errorf("the configuration lacks %q", want)
		}
	}
	if word := regexp.MustCompile(`(?m)^\s*@\w+@`).FindString(text); word != "" {
		t.Errorf("the configuration still has %q in it", strings.TrimSpace(word))
	}
}

// walk plays stages until the pod is settled or gone, at most that many.
func (l *life) walk(ctx context.Context, most int) {
	l.t.Helper()
	for range most {
		if name := l.step(ctx); name == "" || name == "pod-settled" {
			return
		}
	}
}

func pod(images ...string) string {
	var b strings.Builder
	b.WriteString("metadata: {name: web-0, namespace: shop, uid: 1234}\nspec:\n  nodeName: node-0\n  containers:\n")
	for i, image := range images {
		fmt.Fprintf(&b, "  - {name: c%d, image: %q}\n", i, image)
	}
	return b.String()
}

func annotated(pod string, annotations ...string) string {
	return strings.Replace(pod, "uid: 1234", "uid: 1234, annotations: {localkube/"+strings.Join(annotations, ", localkube/")+"}", 1)
}

// deleted ends with the metadata, for more of it to be added.
func deleted(pod string) string {
	head, tail, _ := strings.Cut(pod, "\n")
	head = strings.TrimSuffix(strings.TrimPrefix(head, "metadata: {"), "}")
	return tail + "metadata:\n  deletionTimestamp: 2026-01-01T00:00:00Z\n  " + strings.ReplaceAll(head, ", ", "\n  ") + "\n"
}

func condition(pod *corev1.Pod, kind corev1.PodConditionType) corev1.PodCondition {
	for _, c := range pod.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return corev1.PodCondition{}
}

func expectText(t *testing.T, path, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
