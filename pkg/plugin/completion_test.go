// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestCalled: by the name of its file, kubectl runs the program or asks what
// completes a command line.
func TestCalled(t *testing.T) {
	for line, want := range map[string][]string{
		"/usr/bin/kubectl-sts status web":      {"kubectl sts", "status", "web"},
		"kubectl-sts.exe status":               {"kubectl sts", "status"},
		"kubectl-my_sts":                       {"kubectl my-sts"},
		"/home/a/kubectl_complete-sts status ": {"kubectl sts", "__complete", "status", ""},
		"./sts status":                         {"sts", "status"},
	} {
		name, args := Called(strings.Split(line, " "))
		if got := append([]string{name}, args...); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// TestFixedCompletions need no cluster, and name no file where none is meant.
func TestFixedCompletions(t *testing.T) {
	for line, want := range map[string]string{
		"stat|":                    "status\tShow every ordinal: what state, what blocks, why\n:4\n",
		"delete web --claims |":    "keep\ndelete\n:4\n",
		"status -o |":              "json\nyaml\nkyaml\nname\njsonpath=\ngo-template=\nwide\n:4\n",
		"pv create web --recl|":    "--reclaim\tRetain or Delete (default Retain)\n:4\n",
		"scale web other |":        ":4\n",
		"scale web --replicas |":   ":4\n",
		"apply -f |":               "json\nyaml\nyml\n:8\n",
		"scale web --kubeconfig |": ":0\n",
	} {
		words := strings.Split(strings.TrimSuffix(line, "|"), " ")
		if got := printedBy(t, append([]string{cobra.ShellCompRequestCmd}, words...)); got != want {
			t.Errorf("%s offers %q, want %q", line, got, want)
		}
	}
}

// TestEveryFlagCompletes: a shell is told what a flag takes, also that it is no file.
func TestEveryFlagCompletes(t *testing.T) {
	root, s := grow(Invocation{Name: "kubectl sts"})
	if err := (completer{s}).attach(root); err != nil {
		t.Fatal(err)
	}
	files := []string{"cache-dir", "certificate-authority", "client-certificate", "client-key", "filename", "kustomize", "kubeconfig", "save", "template"}
	var visit func(*cobra.Command)
	visit = func(command *cobra.Command) {
		command.LocalFlags().VisitAll(func(flag *pflag.Flag) {
			if _, known := command.GetFlagCompletionFunc(flag.Name); known == slices.Contains(files, flag.Name) {
				t.Errorf("%s --%s: a completion is known: %t", command.CommandPath(), flag.Name, known)
			}
		})
		for _, sub := range command.Commands() {
			visit(sub)
		}
	}
	visit(root)
}

// TestOffersOfASet in the words of its commands.
func TestOffersOfASet(t *testing.T) {
	s := rollouttest.Set("web").Revisions("a", "b").Partition(2).Pods("a a b!").Replicas(3).State()
	for want, got := range map[string][]string{
		"web-b\trevision 2, update|web-a\trevision 1, current":   revisionNames(s),
		"0\tweb-0 Available|1\tweb-1 Available|2\tweb-2 Failing": ordinals(s),
		"main=": containerNames("=")(s),
	} {
		if strings.Join(got, "|") != want {
			t.Errorf("offered are %q, want %q", got, want)
		}
	}
}

// TestListed: what stands before the last comma, or the key, stays.
func TestListed(t *testing.T) {
	names := func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return fitting([]string{"pv1", "pv2", "q"}, typed), cobra.ShellCompDirectiveNoFileComp
	}
	for typed, want := range map[string][]string{
		"": {"pv1", "pv2", "q"}, "p": {"pv1", "pv2"}, "pv1,p": {"pv1,pv1", "pv1,pv2"}, "data=pv1,q": {"data=pv1,q"}, "data=x": {},
	} {
		if got, _ := listed(names)(nil, nil, typed); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
