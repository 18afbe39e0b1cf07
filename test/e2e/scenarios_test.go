// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
)

// TestScenarios plays the scenarios that do not mind each other.
func TestScenarios(t *testing.T) {
	testscript.Run(t, params(t, "testdata/scenarios/*.txtar"))
}

// TestAlone plays, one after the other, those that do.
func TestAlone(t *testing.T) {
	for _, file := range params(t, "testdata/alone/*.txtar").Files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Cleanup(func() { mend(t) })
			testscript.Run(t, params(t, file))
		})
	}
}

// mend starts what a scenario has left stopped, or what has ended by itself: no
// other scenario is to fail by it.
func mend(t *testing.T) {
	t.Helper()
	status, err := exec.Command("localkube", "status").CombinedOutput()
	if err == nil {
		return
	}
	t.Errorf("the control plane is not whole (%v):\n%s", err, status)
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "coredns"} {
		if out, err := exec.Command("localkube", "start", name).CombinedOutput(); err != nil {
			t.Errorf("start %s: %v\n%s", name, err, out)
		}
	}
}

func params(t *testing.T, pattern string) testscript.Params {
	t.Helper()
	if os.Getenv("LOCALKUBE_DIR") == "" {
		t.Fatal("no cluster to play on, and none of yours will be taken: run `make e2e`")
	}
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return testscript.Params{
		Files:               files,
		Setup:               setUp,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"amid":      of(amid),
			"await":     of(await),
			"costs":     of(costs),
			"cut":       of(cut),
			"denied":    of(denied),
			"ends":      of(ends),
			"events":    of(events),
			"exits":     of(exits),
			"faulty":    of(faulty),
			"hold":      of(hold),
			"json":      of(jsonCmd),
			"kapp":      of(kappCmd),
			"pods":      of(podsCmd),
			"release":   of(release),
			"remember":  of(remember),
			"remade":    of(remade),
			"restarted": of(restarted),
			"says":      of(says),
			"set":       of(setCmd),
			"signal":    of(signalCmd),
			"spec":      of(specCmd),
			"start":     of(start),
			"unchanged": of(unchanged),
			"wire":      of(wireCmd),
		},
	}
}

// play is what one scenario has at hand: the script and its namespace.
type play struct {
	*testscript.TestScript
	*stage
}

// of makes a command of a function that may fail.
func of(run func(play, []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, negated bool, args []string) {
		if negated {
			ts.Fatalf("this command knows no !")
		}
		s, ok := ts.Value(stageKey{}).(*stage)
		if !ok {
			ts.Fatalf("the scenario was not set up")
		}
		ts.Check(run(play{ts, s}, args))
	}
}

// stageKey finds the stage among the values of a script.
type stageKey struct{}

// stage is the place of one scenario: its namespace, and what its commands
// leave for later ones.
type stage struct {
	*cluster
	wire       *faultproxy.Server
	jobs       map[string]*process
	remembered map[string]sighting
	held       []string
}

// setUp gives a scenario its namespace, and a home without anything in it.
func setUp(env *testscript.Env) error {
	scenarioName := strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")
	c, err := openCluster(scenarioName)
	if err != nil {
		return fmt.Errorf("namespace of the scenario: %w", err)
	}
	env.Defer(func() { c.remove(env.T()) })
	w, err := faultproxy.Listen(c.config)
	if err != nil {
		return fmt.Errorf("wire to the API server: %w", err)
	}
	env.Defer(func() {
		if err := w.Close(); err != nil {
			env.T().Log(fmt.Sprintf("wire to the API server: %v", err))
		}
	})
	s := &stage{cluster: c, wire: w, jobs: map[string]*process{}, remembered: map[string]sighting{}}
	env.Defer(func() { s.clear(env.T()) })
	env.Values[stageKey{}] = s

	kubeconfig := filepath.Join(env.WorkDir, "kubeconfig")
	wired := filepath.Join(env.WorkDir, "wire.kubeconfig")
	home := filepath.Join(env.WorkDir, "home")
	env.Setenv("NAMESPACE", c.namespaceName)
	env.Setenv("KUBECONFIG", kubeconfig)
	env.Setenv("WIRE", wired)
	env.Setenv("KUBERC", "off")
	env.Setenv("HOME", home)
	env.Setenv("LOCALKUBE_DIR", os.Getenv("LOCALKUBE_DIR"))
	env.Setenv("TESTDATA", testdata())
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	if err := c.writeKubeconfig(kubeconfig); err != nil {
		return err
	}
	return w.WriteKubeconfig(wired, c.namespaceName)
}

// clear leaves nothing behind that runs or that the namespace would wait for.
func (s *stage) clear(t testscript.T) {
	s.endJobs()
	if err := s.releaseAll(); err != nil {
		t.Log(fmt.Sprintf("held pods of %s: %v", s.namespaceName, err))
	}
}

// testdata is where scripts find the manifests that they share.
func testdata() string {
	here, err := filepath.Abs("testdata")
	if err != nil {
		return "testdata"
	}
	return here
}
