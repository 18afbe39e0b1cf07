// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// asMain makes of a copy of the test the program itself.
const asMain = "KUBECTL_STS_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
	}
	m.Run()
}

// api is as much of a server as a scale of "web" needs that waits for ever: nobody
// makes its third pod.
type api struct {
	*httptest.Server

	mutex   sync.Mutex
	scalers []any         // its answers to the list of autoscalers; the last one stays
	patched chan struct{} // closed with the first patch
	once    sync.Once
}

func newAPI(t *testing.T, scalers ...any) *api {
	t.Helper()
	a := &api{patched: make(chan struct{}), scalers: append(scalers, list("HorizontalPodAutoscaler", "autoscaling/v2"))}
	a.Server = httptest.NewServer(a)
	t.Cleanup(func() {
		a.CloseClientConnections()
		a.Close()
	})
	return a
}

func list(kind, version string, items ...string) string {
	return fmt.Sprintf(`{"kind":"%sList","apiVersion":%q,"metadata":{"resourceVersion":"1"},"items":[%s]}`, kind, version, strings.Join(items, ","))
}

const web = `{"kind":"StatefulSet","apiVersion":"apps/v1","metadata":{"name":"web","namespace":"default","uid":"u","generation":%d,"resourceVersion":"%d","annotations":{"a":"b"}},
"spec":{"replicas":%d,"serviceName":"","selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"x"}]}},"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}}},
"status":{"observedGeneration":1,"replicas":2,"currentReplicas":2,"updatedReplicas":2,"availableReplicas":2,"currentRevision":"web-a","updateRevision":"web-a"}}`

const pod = `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-%d","namespace":"default","uid":"p%d","labels":{"a":"b","controller-revision-hash":"web-a"},
"ownerReferences":[{"apiVersion":"apps/v1","kind":"StatefulSet","name":"web","uid":"u","controller":true}]},
"spec":{"nodeName":"n","containers":[{"name":"c","image":"x"}]},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}`

const revision = `{"kind":"ControllerRevision","apiVersion":"apps/v1","metadata":{"name":"web-a","namespace":"default","ownerReferences":[{"apiVersion":"apps/v1","kind":"StatefulSet","name":"web","uid":"u","controller":true}]},
"revision":1,"data":{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"x"}]}}}}}`

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	path := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	switch {
	case r.URL.Query().Has("watch"):
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	case r.Method == http.MethodPatch:
		a.once.Do(func() { close(a.patched) })
		say(w, fmt.Sprintf(web, 2, 2, 3))
	case path == "selfsubjectrulesreviews":
		say(w, `{"kind":"SelfSubjectRulesReview","apiVersion":"authorization.k8s.io/v1","status":{"resourceRules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}],"nonResourceRules":[],"incomplete":false}}`)
	case path == "selfsubjectaccessreviews":
		say(w, `{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":true}}`)
	case path == "horizontalpodautoscalers":
		a.scale(w)
	case path == "statefulsets":
		say(w, list("StatefulSet", "apps/v1", fmt.Sprintf(web, 1, 1, 2)))
	case path == "pods":
		say(w, list("Pod", "v1", fmt.Sprintf(pod, 0, 0), fmt.Sprintf(pod, 1, 1)))
	case path == "controllerrevisions":
		say(w, list("ControllerRevision", "apps/v1", revision))
	case path == "events":
		say(w, list("Event", "v1"))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// say: a client that is gone does not miss it.
func say(w io.Writer, text string) { _, _ = io.WriteString(w, text) }

func (a *api) scale(w http.ResponseWriter) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	next := a.scalers[0]
	if len(a.scalers) > 1 {
		a.scalers = a.scalers[1:]
	}
	switch answer := next.(type) {
	case int:
		w.WriteHeader(answer)
	case string:
		say(w, answer)
	}
}

// command is this program against the server.
func (a *api) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, append(args, "--server="+a.URL, "--color=never")...)
	c.Env = []string{asMain + "=1", "HOME=" + t.TempDir(), "KUBECONFIG=" + os.DevNull, "TERM=xterm"}
	return c
}

// waiting starts a scale to 3, and returns when it has written and waits, with
// what waits for its end and tells the exit code.
func (a *api) waiting(t *testing.T, c *exec.Cmd) (end func() int) {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan int, 1)
	go func() { ended <- code(c.Wait()) }()
	select {
	case <-a.patched:
	case got := <-ended:
		t.Fatalf("it ended with %d before it wrote: %v", got, c.Stderr)
	}
	return func() int { return <-ended }
}

func code(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	default:
		return -2
	}
}

func send(t *testing.T, c *exec.Cmd, s os.Signal) {
	t.Helper()
	if err := c.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

const showCursor = "\x1b[?25h"

// terminal tells when the first frame is on it.
type terminal struct {
	text  string
	drawn chan struct{}
}

func (s *terminal) Write(text []byte) (int, error) {
	before := strings.Contains(s.text, showCursor)
	s.text += string(text)
	if !before && strings.Contains(s.text, showCursor) {
		close(s.drawn)
	}
	return len(text), nil
}

// The second signal ends the process at once, and the cursor is there.
func TestTheSecondSignal(t *testing.T) {
	a := newAPI(t)
	c := a.command(t, "scale", "web", "--replicas=3", "--progress=tty")
	screen := &terminal{drawn: make(chan struct{})}
	c.Stderr = screen
	end := a.waiting(t, c)
	<-screen.drawn
	send(t, c, syscall.SIGINT)
	send(t, c, syscall.SIGTERM)
	if got := end(); got != 130 && got != 143 {
		t.Errorf("exit code %d", got)
	}
	hidden, shown := strings.Count(screen.text, "\x1b[?25l"), strings.Count(screen.text, showCursor)
	if hidden == 0 || hidden != shown {
		t.Errorf("hidden %d times, shown %d times", hidden, shown)
	}
}

// What nohup and a shell's & have set to be ignored is no end.
func TestAnIgnoredSignalStaysIgnored(t *testing.T) {
	a := newAPI(t)
	run := a.command(t, "scale", "web", "--replicas=3", "--progress=lines")
	c := exec.CommandContext(t.Context(), "/bin/sh", append([]string{"-c", `trap "" HUP INT; exec "$0" "$@"`}, run.Args...)...)
	c.Env = run.Env
	var said strings.Builder
	c.Stderr = &said
	end := a.waiting(t, c)
	send(t, c, syscall.SIGHUP)
	send(t, c, syscall.SIGINT)
	send(t, c, syscall.SIGTERM)
	if got := end(); got != 143 || !strings.Contains(said.String(), "(terminated)") {
		t.Errorf("exit code %d, and it said\n%s", got, said.String())
	}
}

// A run outlives who reads it.
func TestAPipeThatIsClosed(t *testing.T) {
	a := newAPI(t)
	c := a.command(t, "scale", "web", "--replicas=3", "-o=json", "-w", "--progress=lines")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	saying, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(out.Close(), saying.Close()); err != nil {
		t.Fatal(err)
	}
	end := a.waiting(t, c)
	send(t, c, syscall.SIGTERM)
	if got := end(); got != 143 {
		t.Errorf("exit code %d", got)
	}
}

// The work is done, and nobody reads the result: the code is that of the work.
func TestAResultThatNobodyReads(t *testing.T) {
	c := newAPI(t).command(t, "scale", "web", "--replicas=2")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if got := code(c.Wait()); got != 0 || !strings.Contains(said.String(), "error: output: ") {
		t.Errorf("exit code %d, and it said\n%s", got, said.String())
	}
}

// A full pipe holds up neither the write nor the end.
func TestAPipeThatIsFull(t *testing.T) {
	a := newAPI(t)
	c := a.command(t, "scale", "web", "--replicas=3", "--progress=lines")
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(writer); err != nil {
		t.Fatal(err)
	}
	c.Stderr = writer
	end := a.waiting(t, c)
	send(t, c, syscall.SIGTERM)
	if got := end(); got != 143 {
		t.Errorf("exit code %d", got)
	}
	if err := errors.Join(writer.Close(), reader.Close()); err != nil {
		t.Error(err)
	}
}

// fill writes to a pipe until it takes nothing more.
func fill(pipe *os.File) error {
	raw, err := pipe.SyscallConn()
	if err != nil {
		return err
	}
	var full error
	err = raw.Write(func(fd uintptr) bool {
		for full == nil {
			_, full = syscall.Write(int(fd), make([]byte, 1))
		}
		return true
	})
	if errors.Is(full, syscall.EAGAIN) {
		return err
	}
	return full
}

// An autoscaler that could not be read the first time is seen, and refuses.
func TestAnAutoscalerIsAskedForAgain(t *testing.T) {
	scaler := `{"metadata":{"name":"h"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"StatefulSet","name":"web"},"minReplicas":1,"maxReplicas":9}}`
	a := newAPI(t, http.StatusServiceUnavailable, list("HorizontalPodAutoscaler", "autoscaling/v2", scaler))
	text, err := a.command(t, "scale", "web", "--replicas=3").CombinedOutput()
	if got := code(err); got != 4 || !strings.Contains(string(text), "HorizontalPodAutoscaler/h") {
		t.Errorf("exit code %d: %s", got, text)
	}
	select {
	case <-a.patched:
		t.Error("it wrote")
	default:
	}
}

// kubectl passes on the flag that names its own file.
func TestKuberc(t *testing.T) {
	text, err := newAPI(t).command(t, "status", "--kuberc=/nowhere", "-o=json").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if err := json.Unmarshal(text, &struct{}{}); err != nil {
		t.Error(err)
	}
}
