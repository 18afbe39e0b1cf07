// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/lock"
)

func TestState(t *testing.T) {
	dir := Dir(t.TempDir())
	if _, err := dir.load(); !errors.Is(err, ErrNone) {
		t.Errorf("state of an empty directory: %v, want %v", err, ErrNone)
	}
	want := State{Nodes: 5, Life: UntilOwner, Ports: portsFrom(20000)}
	if err := dir.save(want); err != nil {
		t.Fatal(err)
	}
	got, err := dir.load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state (-saved +loaded):\n%s", diff)
	}
	if err := os.WriteFile(dir.state(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.load(); err == nil || !strings.Contains(err.Error(), "remove the directory") {
		t.Errorf("damaged state: %v, want what to do about it", err)
	}
}

// Where a run's cluster was, up makes a new one, but not while the run goes on.
func TestTakeOver(t *testing.T) {
	dir := newDir(t)
	left := State{Nodes: 5, Life: UntilOwner, Ports: portsFrom(20000)}
	if err := dir.save(left); err != nil {
		t.Fatal(err)
	}
	owner, err := lock.Acquire(t.Context(), dir.OwnerLock())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dir.prepare(State{Nodes: 1, Life: UntilDown}); err == nil || !strings.Contains(err.Error(), "choose another --dir") {
		t.Errorf("up where a run goes on: %v", err)
	}
	if err := owner.Release(); err != nil {
		t.Fatal(err)
	}
	state, err := dir.prepare(State{Nodes: 1, Life: UntilDown})
	if err != nil || state.Nodes != 1 || state.Life != UntilDown {
		t.Errorf("up where a run ended: %+v, %v", state, err)
	}
	if again, err := dir.prepare(State{Nodes: 9, Life: UntilDown}); err != nil || again != state {
		t.Errorf("up where a cluster is: %+v, %v, want %+v", again, err, state)
	}
}

func TestBlockFree(t *testing.T) {
	ports, err := freePorts()
	if err != nil {
		t.Fatal(err)
	}
	if ports != portsFrom(ports.Etcd) || ports.Etcd < lowestPort || ports.DNSHealth >= 32768 {
		t.Errorf("free ports %+v are no block below the outgoing ones", ports)
	}
	listener, err := net.Listen("tcp", address(ports.DNS))
	if err != nil {
		t.Fatal(err)
	}
	if blockFree(ports.Etcd) {
		t.Errorf("block %d is said to be free, but %s listens", ports.Etcd, listener.Addr())
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if !blockFree(ports.Etcd) {
		t.Errorf("block %d is said to be taken", ports.Etcd)
	}
}

// What a component is told to write lies in the cluster's directory, and what it
// is told to listen on is loopback.
func TestComponentsStayAtHome(t *testing.T) {
	path := regexp.MustCompile(`=(/\S+)`)
	host := regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b(/16)?`)
	for _, c := range Components() {
		args := strings.Join(c.args("/home/k", portsFrom(20000)), "\n") + "\n" + c.health(portsFrom(20000))
		for _, found := range path.FindAllStringSubmatch(args, -1) {
			if !strings.HasPrefix(found[1], "/home/k/") {
				t.Errorf("%s is told of %s", c.Name, found[1])
			}
		}
		for _, found := range host.FindAllString(args, -1) {
			if found != "127.0.0.1" && found != "10.96.0.0/16" {
				t.Errorf("%s is told of %s", c.Name, found)
			}
		}
	}
}

func TestFind(t *testing.T) {
	if c, err := Find("kwok"); err != nil || c.Name != "kwok" {
		t.Errorf("Find(kwok) = %q, %v", c.Name, err)
	}
	if _, err := Find("kubelet"); err == nil || !strings.Contains(err.Error(), `"kubelet"`) {
		t.Errorf("Find(kubelet): %v", err)
	}
}

func TestCredentials(t *testing.T) {
	dir := newDir(t)
	if err := dir.writeCredentials(portsFrom(20000)); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(read(t, dir.pki("ca.crt")))
	server := certificate(t, read(t, dir.pki("server.crt")))
	if _, err := server.Verify(x509.VerifyOptions{Roots: roots, DNSName: "127.0.0.1"}); err != nil {
		t.Errorf("server: %v", err)
	}
	for fileName, userName := range users() {
		config, err := clientcmd.BuildConfigFromFlags("", dir.kubeconfigOf(fileName))
		if err != nil {
			t.Fatal(err)
		}
		client := certificate(t, config.CertData)
		if client.Subject.CommonName != userName || config.Host != "https://127.0.0.1:20002" {
			t.Errorf("%s is %s at %s", fileName, client.Subject.CommonName, config.Host)
		}
		if _, err := client.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
			t.Errorf("%s: %v", fileName, err)
		}
	}
}

// Remove leaves what somebody else put into the directory.
func TestRemove(t *testing.T) {
	dir := newDir(t)
	if err := dir.writeConfiguration(portsFrom(20000)); err != nil {
		t.Fatal(err)
	}
	stranger := filepath.Join(string(dir), "thesis.tex")
	if err := os.WriteFile(stranger, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := dir.Remove(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(string(dir))
	if err != nil || len(left) != 1 || left[0].Name() != "thesis.tex" {
		t.Errorf("left: %v, %v", left, err)
	}
	if err := os.Remove(stranger); err != nil {
		t.Fatal(err)
	}
	if err := dir.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(string(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the empty directory stays: %v", err)
	}
}

func TestExitCode(t *testing.T) {
	for script, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -9 $$": 137, "kill -15 $$": 143} {
		got, err := exitCode(exec.CommandContext(t.Context(), "sh", "-c", script).Run())
		if got != want || err != nil {
			t.Errorf("%s: %d, %v, want %d", script, got, err, want)
		}
	}
	if _, err := exitCode(errors.New("no such command")); err == nil {
		t.Error("an error that is no exit was swallowed")
	}
}

func newDir(t *testing.T) Dir {
	t.Helper()
	dir := Dir(filepath.Join(t.TempDir(), "cluster"))
	if err := dir.make(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func certificate(t *testing.T, text []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(text)
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
