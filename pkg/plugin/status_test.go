// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// TestStatusOfADelete: one that was begun is not settled, and both ways out of it
// are told; of a set that is settled, or on its way out already, nothing is.
func TestStatusOfADelete(t *testing.T) {
	two := rollouttest.Set("web").Replicas(2)
	begun := two.Record("delete", rollout.Open)
	for name, tt := range map[string]struct {
		in   rollout.State
		code int
		told []string
	}{
		"settled":         {two.State(), ExitOK, nil},
		"begun":           {begun.State(), ExitRolling, []string{"next: kubectl sts delete web -n ", "apply the manifest that it saved: kubectl sts apply -f "}},
		"begun, broken":   {begun.Pods("a a!").State(), ExitFailed, []string{"next: kubectl sts delete web -n "}},
		"on its way out":  {begun.With(func(s *rollout.Set) { s.Deleting = true }).State(), ExitRolling, nil},
		"called off":      {two.Record("delete", rollout.Done).State(), ExitOK, nil},
		"a canary beside": {two.Record("canary", rollout.Open).State(), ExitOK, nil},
	} {
		var said bytes.Buffer
		s := session{Invocation: Invocation{Name: "kubectl sts"}, voice: newVoice(&said), flags: pflag.NewFlagSet("", pflag.ContinueOnError)}
		s.afterDelete(tt.in)
		for _, want := range tt.told {
			if !strings.Contains(said.String(), want) {
				t.Errorf("%s: it says %q, want %q", name, said.String(), want)
			}
		}
		if len(tt.told) == 0 && said.Len() > 0 {
			t.Errorf("%s: it says %q", name, said.String())
		}
		code := codeError(ExitOK)
		if err := (StatusRequest{ExitCode: true}).code(tt.in); err != nil && !errors.As(err, &code) {
			t.Fatal(err)
		}
		if int(code) != tt.code {
			t.Errorf("%s: the code is %d, want %d", name, code, tt.code)
		}
	}
}
