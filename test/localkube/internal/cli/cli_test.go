// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/cluster"
)

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		argv string
		code int
		says string
	}{
		{"nosuch", 2, `unknown command "nosuch", see ` + "`localkube --help`"},
		{"up here", 2, `up takes no argument, but "here" was given`},
		{"up --nodes 0", 2, "--nodes 0: a cluster has 1 to 100 nodes"},
		{"up --nodes many", 2, `invalid argument "many" for "--nodes" flag`},
		{"up --speed", 2, "unknown flag: --speed"},
		{"run", 2, "run needs a command: localkube run -- COMMAND"},
		{"run --nodes 101 -- true", 2, "--nodes 101: a cluster has 1 to 100 nodes"},
		{"stop", 2, "stop takes the name of one component, but 0 arguments were given"},
		{"stop kubelet", 2, `no component "kubelet", there are etcd, kube-apiserver`},
		{"logs kubelet", 2, `no component "kubelet"`},
		{"node-down", 2, "node-down takes the name of one node"},
		{"status", 1, "no cluster in " + dir + ": start one with `localkube up`"},
		{"stop kwok", 1, "no cluster in " + dir},
		{"kubeconfig", 1, "no cluster in " + dir},
		{"down", 0, "no cluster in " + dir},
	} {
		t.Run(c.argv, func(t *testing.T) {
			t.Setenv("LOCALKUBE_DIR", dir)
			code, _, said := run(t, strings.Fields("localkube "+c.argv)...)
			if code != c.code || !strings.Contains(said, c.says) || strings.Count(said, "\n") != 1 {
				t.Errorf("exit %d, said %q, want exit %d and one line with %q", code, said, c.code, c.says)
			}
		})
	}
}

func TestKubectl(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name       string
		argv       []string
		kubeconfig string // of the environment
		want       string // kubeconfig and arguments that kubectl is run with
	}{
		{"by its own name", []string{"/x/bin/kubectl", "get", "pods", "-w"}, "mine", "mine: /x/bin/kubectl get pods -w"},
		{"by its own name, without a cluster", []string{"kubectl", "version"}, "", ": kubectl version"},
		{"as a command", []string{"localkube", "kubectl", "get", "pods", "--help"}, "", filepath.Join(dir, "kubeconfig") + ": kubectl get pods --help"},
		{"as a command, of a directory", []string{"localkube", "--dir", "/d", "kubectl", "version"}, "mine", "/d/kubeconfig: kubectl version"},
		{"as a command, of a directory with =", []string{"localkube", "kubectl", "--dir=/d", "version"}, "", "/d/kubeconfig: kubectl version"},
		{"as a command, told where", []string{"localkube", "kubectl", "version"}, "mine", "mine: kubectl version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("LOCALKUBE_DIR", dir)
			t.Setenv("KUBECONFIG", c.kubeconfig)
			code, ran, said := run(t, c.argv...)
			if ran != c.want || code != 42 || said != "" {
				t.Errorf("exit %d, ran %q, said %q, want exit 42 and %q", code, ran, said, c.want)
			}
		})
	}
}

func TestDir(t *testing.T) {
	repository := t.TempDir()
	inside := filepath.Join(repository, "pkg", "plugin")
	for _, folder := range []string{inside, filepath.Join(repository, ".git")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(inside)
	for _, c := range []struct{ flag, environment, want string }{
		{"", "", filepath.Join(repository, ".localkube", "cluster")},
		{"", "/env", "/env"},
		{"/flag", "/env", "/flag"},
		{"here", "", filepath.Join(inside, "here")},
	} {
		t.Setenv("LOCALKUBE_DIR", c.environment)
		got, err := (&invocation{dirFlag: c.flag}).dir()
		if got != cluster.Dir(c.want) || err != nil {
			t.Errorf("--dir=%q, LOCALKUBE_DIR=%q: %s, %v, want %s", c.flag, c.environment, got, err, c.want)
		}
	}
}

// run is the command line with programs that only say what they are called with.
func run(t *testing.T, argv ...string) (code int, ran, said string) {
	t.Helper()
	args := os.Args
	defer func() { os.Args = args }()
	var stderr bytes.Buffer
	app := App{
		Program: func(string) (func([]string) int, bool) {
			return func(argv []string) int {
				ran = os.Getenv("KUBECONFIG") + ": " + strings.Join(argv, " ")
				return 42
			}, true
		},
		Exit:   func(code int) { t.Errorf("exit %d", code) },
		Stdout: &bytes.Buffer{},
		Stderr: &stderr,
	}
	code = app.Run(t.Context(), argv)
	return code, ran, stderr.String()
}
