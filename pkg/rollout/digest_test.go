// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func TestDigestGoesByMeaning(t *testing.T) {
	const template = `{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"main","image":"web:1","env":[{"name":"N","value":"1"}]}]}}`
	for name, tt := range map[string]struct {
		other string
		same  bool // in meaning
		bytes bool // as the controller compares
	}{
		"itself":                  {template, true, true},
		"other blanks and order":  {`{ "spec": {"containers":[{"image":"web:1","name":"main","env":[{"value":"1","name":"N"}]}]}, "metadata":{"labels":{"app":"web"}} }`, true, true},
		"the patch's directive":   {`{"$patch":"replace","metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"main","image":"web:1","env":[{"name":"N","value":"1"}]}]}}`, true, true},
		"a null timestamp":        {`{"metadata":{"creationTimestamp":null,"labels":{"app":"web"}},"spec":{"containers":[{"name":"main","image":"web:1","env":[{"name":"N","value":"1"}]}]}}`, true, false},
		"nulls at any depth":      {`{"metadata":{"labels":{"app":"web"},"annotations":null},"spec":{"containers":[{"name":"main","image":"web:1","args":null,"env":[{"name":"N","value":"1"}]}]}}`, true, false},
		"another image":           {`{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"main","image":"web:2","env":[{"name":"N","value":"1"}]}]}}`, false, false},
		"an empty map is a value": {`{"metadata":{"labels":{"app":"web"}},"spec":{"securityContext":{},"containers":[{"name":"main","image":"web:1","env":[{"name":"N","value":"1"}]}]}}`, false, false},
		"a field more":            {`{"metadata":{"labels":{"app":"web"}},"spec":{"hostNetwork":false,"containers":[{"name":"main","image":"web:1","env":[{"name":"N","value":"1"}]}]}}`, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			a, errA := rollout.Digest([]byte(template))
			b, errB := rollout.Digest([]byte(tt.other))
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			if (a == b) != tt.same {
				t.Errorf("the digests say same %v, want %v", a == b, tt.same)
			}
			if got := rollout.SameBytes([]byte(template), []byte(tt.other)); got != tt.bytes {
				t.Errorf("the bytes say same %v, want %v", got, tt.bytes)
			}
		})
	}
}

// TestDigestKeepsLargeIntegers: a float would take these two for one.
func TestDigestKeepsLargeIntegers(t *testing.T) {
	a, errA := rollout.Digest([]byte(`{"spec":{"activeDeadlineSeconds":9007199254740993}}`))
	b, errB := rollout.Digest([]byte(`{"spec":{"activeDeadlineSeconds":9007199254740992}}`))
	if errA != nil || errB != nil || a == b {
		t.Errorf("%s and %s (%v, %v)", a, b, errA, errB)
	}
}

func TestDigestRefuses(t *testing.T) {
	for _, text := range []string{"", "null", "[]", `"web"`, "{"} {
		if digest, err := rollout.Digest([]byte(text)); err == nil {
			t.Errorf("%q has the digest %s", text, digest)
		}
		if rollout.SameBytes([]byte(text), []byte(text)) {
			t.Errorf("%q is a template like itself", text)
		}
	}
}
