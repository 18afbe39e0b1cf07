// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// TestAWriteThatWasSentAgainMayHaveMetItself: a 429 with Retry-After has client-go
// send a write once more, and what it meets then may be what it has stored.
func TestAWriteThatWasSentAgainMayHaveMetItself(t *testing.T) {
	busy := failure(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, "later")
	conflict := failure(http.StatusConflict, metav1.StatusReasonConflict, "modified")
	gone := failure(http.StatusNotFound, metav1.StatusReasonNotFound, "not found")
	end := func(s rollout.State) rollout.Change {
		return rollout.Change{End: &rollout.SetRemoval{UID: s.Set.UID, Version: s.Set.Version}}
	}
	scale := func(rollout.State) rollout.Change { return scaleTo(4) }
	for name, tt := range map[string]struct {
		change  func(rollout.State) rollout.Change
		answers []*metav1.Status
		lost    bool
		says    string
	}{
		"a patch, sent once":  {scale, []*metav1.Status{conflict}, false, "modified"},
		"a patch, sent twice": {scale, []*metav1.Status{busy, conflict}, true, "sent 2 times"},
		"an end, sent once":   {end, []*metav1.Status{gone}, false, "not found"},
		"an end, sent thrice": {end, []*metav1.Status{busy, busy, gone}, true, "sent 3 times"},
	} {
		t.Run(name, func(t *testing.T) {
			server := newStub(t, web()...)
			run := openWithClaims(t, server)
			s := run.Observe()
			server.answers(func(r request) any {
				if r.Method == http.MethodGet {
					return nil
				}
				next := tt.answers[0]
				tt.answers = tt.answers[1:]
				return next
			})
			_, err := run.Apply(t.Context(), s, tt.change(s))
			if !errors.Is(err, rollout.ErrMoved) || errors.Is(err, rollout.ErrLost) != tt.lost || !strings.Contains(err.Error(), tt.says) || len(tt.answers) > 0 {
				t.Errorf("%v, and %d answers are left; want it lost: %t", err, len(tt.answers), tt.lost)
			}
		})
	}
}
