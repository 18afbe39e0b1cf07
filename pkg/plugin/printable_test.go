// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestPrintable: a command line that is printed has no secret in it, whichever verb it is of.
func TestPrintable(t *testing.T) {
	const secret = "hunter2"
	for _, tt := range []struct{ in, want []string }{
		{[]string{"--token", secret}, nil},
		{[]string{"--token=" + secret}, nil},
		{[]string{"--username=u", "--password", secret}, nil},
		{[]string{"--env", "app:DB_PASSWORD=" + secret}, []string{"--env", "app:DB_PASSWORD=..."}},
		{[]string{"--env=app:DB_PASSWORD=" + secret + "=", "--count", "2"}, []string{"--env=app:DB_PASSWORD=...", "--count", "2"}},
		{[]string{"-p", `{"spec":{"template":{"spec":{"containers":[{"name":"app","env":[{"name":"P","value":"` + secret + `"}]}]}}}}`}, []string{"-p", "..."}},
		{[]string{`--patch={"env":"` + secret + `"}`}, []string{"--patch=..."}},
		{[]string{"-p{env: " + secret + "}"}, []string{"--patch=..."}},
		{[]string{"-p", "spec:\n  env:\n  - " + secret}, []string{"-p", "..."}},
		{[]string{"-p", `{"spec":{"template":{"spec":{"priorityClassName":"high"}}}}`, "-n", "env"}, []string{"-p", `{"spec":{"template":{"spec":{"priorityClassName":"high"}}}}`, "-n", "env"}},
		{[]string{"-f", "env/web.yaml", "--kubeconfig=/env:x/config"}, []string{"-f", "env/web.yaml", "--kubeconfig=/env:x/config"}},
	} {
		for _, v := range []string{"scale", "canary", "promote", "abort", "apply", "delete", "pv reserve"} {
			args := append(strings.Fields(v), tt.in...)
			got := strings.Join(printable(args), " ")
			if want := strings.Join(append(strings.Fields(v), tt.want...), " "); got != want || strings.Contains(got, secret) {
				t.Errorf("%q: %q, want %q", args, got, want)
			}
		}
	}
}

// TestConnectionFlagsWithoutSecrets: the flags that a printed command repeats are not secret.
func TestConnectionFlagsWithoutSecrets(t *testing.T) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, name := range []string{"token", "username", "password", "context"} {
		flags.String(name, "", "")
		if err := flags.Set(name, "x"); err != nil {
			t.Fatal(err)
		}
	}
	s := session{flags: flags, voice: newVoice(&bytes.Buffer{})}
	if got := s.connectionFlags(); got != " --context=x" {
		t.Errorf("%q", got)
	}
}

// TestOmittedEnv: what stands for a value in a printed command is not one.
func TestOmittedEnv(t *testing.T) {
	if _, err := (Canary{Env: []string{"app:KEY=..."}}).edits(); err == nil {
		t.Error("it is taken")
	}
}
