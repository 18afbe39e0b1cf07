// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestCheckTellsWhatIsUnderWay, what it waits for, and every way on.
func TestCheckTellsWhatIsUnderWay(t *testing.T) {
	canary := rollouttest.Set("web").Replicas(3).Revisions("a", "b").Partition(2).Record("canary", rollout.Open)
	another := func(r *rollout.Record) { r.ToDigest, r.Gen = "digest of c", 6 }
	finding := func(message, remedy string, details ...string) []rollout.Finding {
		return []rollout.Finding{{
			ID: foundUnderWay, Severity: rollout.FindingWarning, Object: "statefulset.apps/web", Message: message, Remedy: remedy, Details: details,
		}}
	}
	for name, tt := range map[string]struct {
		in   rollouttest.Sight
		want []rollout.Finding
	}{
		"settled": {rollouttest.Set("web"), nil},
		"a canary": {canary, finding(
			"a canary is under way since 08:00:00 UTC: it is canary, 1/3 on web-b, from web-a",
			"kubectl sts promote web --revision=web-b -n default",
		)},
		"one that was changed": {canary.Record("canary", rollout.Open, another), finding(
			"a canary is under way since 08:00:00 UTC: it is canary, 1/3 on web-b, from web-a; the template was changed",
			"kubectl sts abort web -n default", "another way: kubectl sts promote web --revision=web-b -n default",
		)},
		"a cut scale that waits": {rollouttest.Set("web").Replicas(2).Pods("a -").Record("scale", rollout.Open, args("replicas", "3")), finding(
			"a scale to 3 replicas (run 0000aaaa) wrote 60m ago: it is scaling, 1/2 on web-a", "",
			"waiting for web-1 to be Available",
			"a scale to 3 replicas (run 0000aaaa) wrote 60m ago: if it no longer runs, this command finishes it: kubectl sts scale web --replicas=3 -n default",
		)},
	} {
		s := session{Invocation: Invocation{Name: "kubectl sts"}, flags: pflag.NewFlagSet("", pflag.ContinueOnError)}
		if diff := cmp.Diff(tt.want, s.underWay(tt.in.State())); diff != "" {
			t.Errorf("%s: want -, got +:\n%s", name, diff)
		}
	}
}

// TestRemedyIsOneCommand: what has the program in front already is left as it is, and a
// rollout of a manifest's set is of the set, where its volumes are of the file.
func TestRemedyIsOneCommand(t *testing.T) {
	s := session{Invocation: Invocation{Name: "kubectl-sts"}, flags: pflag.NewFlagSet("", pflag.ContinueOnError)}
	set, file := rollout.Set{Namespace: "shop", Name: "web"}, Subject{SetName: "web", Manifest: "{}", Words: "-f web.yaml"}
	for in, want := range map[string]string{
		"":                              "",
		"kubectl get pv":                "kubectl get pv",
		"kubectl-sts abort web -n shop": "kubectl-sts abort web -n shop",
		"promote web --revision=web-b":  "kubectl-sts promote web --revision=web-b -n shop",
		"pv release web":                "kubectl-sts pv release -f web.yaml -n shop",
	} {
		if got := s.remedy(in, set, file); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}
