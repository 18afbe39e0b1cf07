// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package binder

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
)

const (
	ordinals  = 50
	templates = 3
)

// BenchmarkFifty makes the volumes of 50 ordinals with three claim templates,
// and beside it has kubectl create the same 150 manifests, which asserts nothing.
// Both go through a proxy that counts.
func BenchmarkFifty(b *testing.B) {
	f := openFifty(b)
	var ours, theirs, ratios []float64
	var cost, theirCost map[faultproxy.Kind]int
	for b.Loop() {
		took, requests := f.made("kubectl-sts", slices.Concat([]string{"kubectl", "sts", "pv", "create"}, f.recipe)...)
		theirTook, theirRequests := f.made("kubectl/", "kubectl", "create", "-f", f.manifests)
		cost, theirCost = requests, theirRequests
		ours, theirs, ratios = append(ours, took), append(theirs, theirTook), append(ratios, took/theirTook)
	}
	b.ReportMetric(0, "ns/op") // includes taking the volumes away again
	b.ReportMetric(median(ours), "s")
	b.ReportMetric(median(theirs), "s-kubectl-create")
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(float64(sum(cost)), "requests")
	b.ReportMetric(float64(sum(theirCost)), "requests-kubectl-create")
	b.Logf("requests: %v; of kubectl create: %v", cost, theirCost)
	if cost[faultproxy.Write] != ordinals*templates || cost[faultproxy.Read] != 3 {
		b.Errorf("not one list each and one write a volume: %v", cost)
	}
}

// fifty is the set, and the way to the cluster.
type fifty struct {
	*testing.B
	wire       *faultproxy.Server
	kubeconfig string
	recipe     []string // arguments of pv plan and pv create
	label      string   // of the volumes that are made
	manifests  string   // a file with what pv plan prints
}

func openFifty(b *testing.B) *fifty {
	b.Helper()
	if os.Getenv("LOCALKUBE_DIR") == "" {
		b.Fatal("no cluster to play on, and none of yours will be taken")
	}
	f := &fifty{B: b, label: fmt.Sprintf("%s=fifty-%x", labelRun, rand.Uint32())}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	f.must(err)
	f.wire, err = faultproxy.Listen(config)
	f.must(err)
	b.Cleanup(func() { f.must(f.wire.Close()) })
	folder := b.TempDir()
	f.kubeconfig, f.manifests = filepath.Join(folder, "kubeconfig"), filepath.Join(folder, "volumes.yaml")
	f.must(f.wire.WriteKubeconfig(f.kubeconfig, "default"))
	set := filepath.Join(folder, "set.yaml")
	f.must(os.WriteFile(set, []byte(fiftySet()), 0o600))
	f.recipe = []string{"-f", set, "--type", "nfs", "--server", "nfs1", "--path", "/{{.Claim}}", "--labels", f.label}
	f.must(os.WriteFile(f.manifests, f.run(slices.Concat([]string{"kubectl", "sts", "pv", "plan", "-o", "yaml"}, f.recipe)...), 0o600))
	return f
}

func (f *fifty) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// run returns what a command prints.
func (f *fifty) run(args ...string) []byte {
	f.Helper()
	command := exec.CommandContext(f.Context(), args[0], args[1:]...)
	command.Env = append(os.Environ(), "KUBECONFIG="+f.kubeconfig)
	var errs bytes.Buffer
	command.Stderr = &errs
	out, err := command.Output()
	if err != nil {
		f.Fatalf("%q: %v\n%s", args, err, errs.String())
	}
	return out
}

// made says how many seconds a command takes to make the volumes, and how many
// requests its user agent makes. Then it takes them away.
func (f *fifty) made(agent string, args ...string) (float64, map[faultproxy.Kind]int) {
	f.Helper()
	before, began := f.requests(agent), f.Elapsed()
	f.run(args...)
	took := (f.Elapsed() - began).Seconds()
	requests := f.requests(agent)
	for kind := range requests {
		requests[kind] -= before[kind]
	}
	if n := bytes.Count(f.run("kubectl", "get", "pv", "-l", f.label, "-o", "name"), []byte("\n")); n != ordinals*templates {
		f.Fatalf("%d volumes were made", n)
	}
	f.run("kubectl", "delete", "--raw", "/api/v1/persistentvolumes?labelSelector="+url.QueryEscape(f.label))
	f.run("kubectl", "wait", "--for=delete", "pv", "-l", f.label)
	return took, requests
}

func (f *fifty) requests(agent string) map[faultproxy.Kind]int {
	sum := map[faultproxy.Kind]int{}
	for name, kinds := range f.wire.Counts() {
		if strings.HasPrefix(name, agent) {
			for kind, n := range kinds {
				sum[kind] += n
			}
		}
	}
	return sum
}

func fiftySet() string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: fifty}\nspec:\n  replicas: %d\n  volumeClaimTemplates:\n", ordinals)
	for _, templateName := range []string{"data", "log", "wal"} {
		fmt.Fprintf(&b, "  - metadata: {name: %s}\n    spec: {storageClassName: fifty, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n", templateName)
	}
	return b.String()
}

func sum(counts map[faultproxy.Kind]int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
