// SPDX-License-Identifier: Apache-2.0

package stages

import (
	stdcmp "cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
	events   []string
	gone     bool
	log      strings.Builder
}

func newLife(t *testing.T, pod string) *life {
	t.Helper()
	return lifeOf(t, podStagesOf(t), pod)
}

// podStagesOf reads the stages as kwok does.
func podStagesOf(t *testing.T) lifecycle.Lifecycle {
	t.Helper()
	text, err := Config(Logs{Now: "container.log", Previous: "crashed.log", Excuse: "excuse.log"})
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
	return all
}

func lifeOf(t *testing.T, stages lifecycle.Lifecycle, pod string) *life {
	t.Helper()
	l := &life{t: t, stages: stages, pod: &corev1.Pod{}, renderer: gotpl.NewRenderer(gotpl.FuncMap{
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
	_, err = stage.DoSteps(0, nil, l.pod, l.renderer, l.record,
		func() error { l.gone = true; return nil }, l.patch, l.apply)
	if err != nil {
		l.t.Fatalf("%s: %v", stage.Name(), err)
	}
	if stage.Name() != "pod-settled" {
		l.log.WriteString(l.summary())
	}
	for _, event := range l.events {
		fmt.Fprintf(&l.log, "  event %s\n", event)
	}
	l.events = nil
	return stage.Name()
}

func (l *life) record(event *internalversion.StageEvent) error {
	l.events = append(l.events, fmt.Sprintf("%s %s: %s", event.Type, event.Reason, event.Message))
	return nil
}

// apply takes the one kind of object that stages make beside the pod.
func (l *life) apply(apply *lifecycle.Apply) error {
	var event corev1.Event
	if err := yaml.UnmarshalStrict(apply.Data, &event); err != nil {
		return err
	}
	if event.Kind != "Event" || event.Name == "" || event.InvolvedObject.UID != l.pod.UID || event.LastTimestamp.IsZero() {
		return fmt.Errorf("no event of the pod: %s", apply.Data)
	}
	l.events = append(l.events, strings.TrimSpace(fmt.Sprintf("%s %s x%d of %s: %s",
		event.Type, event.Reason, event.Count, stdcmp.Or(event.InvolvedObject.FieldPath, "the pod"), event.Message)))
	return nil
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
	for _, c := range slices.Concat(l.pod.Status.InitContainerStatuses, l.pod.Status.ContainerStatuses) {
		words = append(words, c.Name+"="+state(c))
	}
	if l.gone {
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
	stages := podStagesOf(t)
	for _, c := range []struct {
		title string
		pod   string
		steps int
	}{
		{"an image that says nothing", pod("app:1.27"), 9},
		{"missing", pod("app:missing"), 4},
		{"crash, with a probe", probed(pod("app:v2-crash")), 9},
		{"crash, without a probe", pod("app:v2-crash"), 12},
		{"blip", probed(pod("app:blip")), 9},
		{"liveness", pod("app:liveness"), 9},
		{"liveness, and it leaves on SIGTERM", annotated(pod("app:liveness"), "exit: '143'"), 4},
		{"old", pod("app:old"), 9},
		{"peer", probed(pod("app:peer")), 12},
		{"peer, three times", annotated(probed(pod("app:peer")), "peer: '3'"), 14},
		{"restartall", pod("app:restartall", "log:1"), 9},
		{"ends", pod("app:ends"), 9},
		{"completes", annotated(pod("app:completes"), "crash: 5s"), 9},
		{"one of two completes", pod("app:1", "once:completes"), 9},
		{"evicted", pod("app:evicted"), 9},
		{"mount", pod("app:mount"), 2},
		{"mount of a ConfigMap", pod("app:mount") + "  volumes: [{name: settings, configMap: {name: not-there}}]\n", 2},
		{"mount of a Secret", pod("app:mount") + "  volumes: [{name: keys, secret: {secretName: not-there}}]\n", 2},
		{"attach", pod("app:attach") + "  volumes: [{name: data, persistentVolumeClaim: {claimName: data-web-0}}]\n", 2},
		{"sandbox", pod("app:sandbox"), 2},
		{"unready", pod("app:unready"), 9},
		{"slow", pod("app:slow"), 9},
		{"flap", pod("app:flap"), 9},
		{"config", pod("app:config"), 9},
		{"badname", pod("app:badname"), 9},
		{"neverpull", pod("app:neverpull"), 9},
		{"slowstop, being deleted", deleted(pod("app:slowstop")), 1},
		{"slowstop, being deleted with 1 s of grace", deleted(pod("app:slowstop")) + "  deletionGracePeriodSeconds: 1\n", 1},
		{"being deleted", deleted(pod("app:1")), 1},
		{"a tag that ends in a longer word", pod("app:threshold"), 9},
		{"an annotation for all containers", annotated(pod("app:1", "log:1"), "fate: unready"), 9},
		{"delays by annotation", annotated(pod("app:1"), "start: 1.5s", "ready: 1m"), 9},
		{"a sound container beside one that crashes", pod("app:1", "log:crash"), 6},
		{"a sound container beside one that is missing", pod("app:1", "log:missing"), 5},
		{"a registry with a port, and no tag", pod("registry:5000/crash"), 9},
		{"a digest after the tag", pod("app:crash@sha256:0123456789abcdef"), 9},
		{"init containers", pod("app:1") + "  initContainers: [{name: i, image: 'i:1'}, {name: s, image: 's:1', restartPolicy: Always}]\n", 9},
		{"an init container that runs for ever", pod("app:1") + "  initContainers: [{name: i, image: 'i:unready'}, {name: j, image: 'j:1'}]\n", 9},
		{"an init container that crashes", pod("app:1") + "  initContainers: [{name: i, image: 'i:1'}, {name: j, image: 'j:crash'}]\n", 10},
		{"an init container that exits until its peer is there", pod("app:1") + "  initContainers: [{name: i, image: 'i:peer'}]\n", 14},
		{"an init container whose image is missing", pod("app:1") + "  initContainers: [{name: i, image: 'i:missing'}]\n", 4},
		{"an init container that is slow", pod("app:1") + "  initContainers: [{name: i, image: 'i:slow'}]\n", 9},
		{"a sidecar that is not ready", pod("app:1") + "  initContainers: [{name: s, image: 's:unready', restartPolicy: Always}]\n", 9},
		{"a sidecar that crashes", pod("app:1") + "  initContainers: [{name: s, image: 's:crash', restartPolicy: Always}]\n", 12},
		{"a readiness gate that is closed", pod("app:1") + "  readinessGates: [{conditionType: example.com/open}]\n", 9},
		{"a job", strings.Replace(pod("app:1"), "uid: 1234", "uid: 1234, ownerReferences: [{kind: Job}]", 1), 9},
	} {
		l := lifeOf(t, stages, c.pod)
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

// A pod that is deleted is as ready as it was until its containers have left; then
// its phase tells their exit code, and then it is gone.
func TestPhaseOfTheDeleted(t *testing.T) {
	for code, phase := range map[string]corev1.PodPhase{"0": corev1.PodSucceeded, "143": corev1.PodFailed} {
		l := newLife(t, annotated(pod("app:1", "log:1"), "exit: '"+code+"'", "stop: 5s"))
		l.walk(t.Context(), 9)
		l.pod.DeletionTimestamp, l.pod.Finalizers = &metav1.Time{Time: time.Now()}, []string{"example.com/held"}
		if ready := condition(l.pod, corev1.PodReady); ready.Status != corev1.ConditionTrue {
			t.Errorf("exit code %s: Ready is %s", code, ready.Status)
		}
		l.walk(t.Context(), 9)
		if ready := condition(l.pod, corev1.PodReady); l.pod.Status.Phase != phase || ready.Status != corev1.ConditionFalse || l.gone {
			t.Errorf("exit code %s: %s", code, l.summary())
		}
		l.pod.Finalizers = nil
		if l.walk(t.Context(), 9); !l.gone {
			t.Errorf("exit code %s: %s", code, l.summary())
		}
	}
}

// A container that has served for long restarts at once, however often it was
// restarted before.
func TestBackOffIsForgotten(t *testing.T) {
	for ran, want := range map[time.Duration]string{time.Minute: "container-backs-off", 11 * time.Minute: "container-restarted"} {
		l := newLife(t, pod("app:crash"))
		l.walk(t.Context(), 6)
		s := &l.pod.Status.ContainerStatuses[0]
		if s.State.Running == nil || s.RestartCount != 1 {
			t.Fatal(l.log.String())
		}
		s.State.Running.StartedAt = metav1.NewTime(time.Now().Add(-ran))
		l.walk(t.Context(), 1)
		if got := l.step(t.Context()); got != want {
			t.Errorf("after %s of service %s: %s", ran, got, l.log.String())
		}
	}
}

// A condition changes its time with its status only.
func TestTransitionTime(t *testing.T) {
	l := newLife(t, probed(pod("app:1", "log:crash")))
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
	text, err := Config(Logs{Now: "container.log", Previous: "crashed.log", Excuse: "excuse.log"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"name: node-ready", "name: node-heartbeat", "logsFile: container.log", "previousLogsFile: crashed.log", "logsFile: excuse.log"} {
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

// probed gives every container a readiness probe.
func probed(pod string) string {
	return strings.ReplaceAll(pod, "\"}\n", "\", readinessProbe: {tcpSocket: {port: 80}}}\n")
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
