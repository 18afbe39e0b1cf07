// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"errors"
	"strings"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// FuzzRecipe: whatever stands in the templates of a recipe, it is refused, or
// makes for each ordinal a volume of a name that a server takes, reserved for
// its claim alone, and none that shares its data.
func FuzzRecipe(f *testing.F) {
	for _, seed := range [][3]string{
		{DefaultName, "/exports/{{.Claim}}", "kind: PersistentVolume\nspec: {nfs: {server: a, path: '/{{.Ordinal}}'}}"},
		{"{{.Ordinal}}", "/same", "kind: PersistentVolume\nmetadata: {name: '{{.Claim}}'}"},
		{"{{.Typo}}", "{{", "kind: PersistentVolume\nspec: {claimRef: {name: other}}"},
		{"{{.Claim}}\x1b[2J", "/{{printf \"%d\" .Ordinal}}", "kind: PersistentVolume\nmetadata: {uid: a}"},
		{"\u202e", "{{.Ordinal}}/..", "kind: Pod"},
		{"{{define \"a\"}}{{template \"a\"}}{{end}}{{template \"a\"}}", "{{index .Claim 99}}", "{{.Node}}: [*a]"},
		{"{{.Fields.Claim}}", "{{call .Claim}}", "kind: PersistentVolume\nspec: {capacity: {storage: -1e999}}"},
		{"{{slice .Claim 1 0}}", "{{.Namespace | html}}", "kind: PersistentVolume\ntypo: 1"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, name, path, manifest string) {
		if growing(name + path + manifest) {
			return
		}
		for _, r := range []Recipe{
			{Kind: NFS, Name: name, Server: "nfs", Path: path},
			{Kind: CSI, Name: name, Driver: "d", Handle: path},
			{Kind: Custom, Name: DefaultName, Manifest: manifest},
			{Kind: Custom, Name: name, Manifest: manifest},
		} {
			if r.Check() == nil {
				tryRecipe(t, r)
			}
		}
	})
}

// growing: a user may have a template that goes on for long, and waits for it;
// a fuzzer need not.
func growing(text string) bool {
	return strings.Contains(text, "range")
}

func tryRecipe(t *testing.T, r Recipe) {
	t.Helper()
	web := set(3, vct("data"), vct("log"))
	plan, err := PlanCreate(web, Stock{}, r, web.Ordinals())
	var refusal *rollout.Refusal
	if err != nil {
		if !errors.As(err, &refusal) {
			t.Errorf("%+v: an error that is no refusal: %v", r, err)
		}
		return
	}
	names, places := map[string]bool{}, map[string]bool{}
	for _, s := range plan.Steps {
		ref := s.After.Spec.ClaimRef
		if ref == nil || ref.Name != s.Claim.Name || ref.Namespace != web.Namespace || ref.UID != "" {
			t.Errorf("%+v: %s is for %+v, not for %s", r, s.After.Name, ref, s.Claim.Name)
		}
		names[s.After.Name], places[placeOf(s.After)] = true, true
	}
	if len(plan.Steps) != 6 || len(names) != 6 || len(places) != 6 {
		t.Errorf("%+v: %d volumes with %d names at %d places", r, len(plan.Steps), len(names), len(places))
	}
}
