// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func TestApplyRequest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "web.yaml")
	text := "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec: {replicas: 2}\n---\n# no more\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	const kept = `{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"web"},"spec":{"replicas":2}}` + "\n"
	for argv, want := range map[string]Request{
		"": {Intent: Apply{Manifest: kept, Step: "1"}, Run: soaking(nil)},
		"--canary 20% --step 2 --force-conflicts --confirm-data-loss web --soak 0": {
			Intent: Apply{Manifest: kept, Canary: "20%", Step: "2", Taking: cluster.Force, LosesClaimsOf: "web"}, Run: defaults(nil),
		},
	} {
		want.Verb, want.SetName = "apply", "web"
		got, err := askedOf(t, "apply -f "+file+" "+argv)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ApplyRequest{want}, got); diff != "" {
			t.Errorf("%q: want -, got +\n%s", argv, diff)
		}
	}
}

func TestApplyHeeds(t *testing.T) {
	for spec, want := range map[string]Heed{`{"replicas":2}`: Refuse, `{"serviceName":"web"}`: Warn} {
		document := `{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"web"},"spec":` + spec + "}\n"
		if got := (Apply{Manifest: document}).Heeds(rollout.ReplicasHand); got != want {
			t.Errorf("of an autoscaler and a file with %s it says %s, want %s", spec, got, want)
		}
	}
}
