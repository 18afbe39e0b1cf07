// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// sendings is how often one write was sent. client-go sends it again by itself
// after an answer with Retry-After (client-go/rest/with_retry.go: checkWait), and
// a write that was stored before that answer then fails on its own precondition.
type sendings struct{ number atomic.Int32 }

type sendingsKey struct{}

// counting is a context whose one write is counted.
func counting(ctx context.Context) (context.Context, *sendings) {
	count := &sendings{}
	return context.WithValue(ctx, sendingsKey{}, count), count
}

// doubt takes the answer to a write that was sent more than once for none, where
// it says that a precondition did not hold: it may be by this very write.
func (s *sendings) doubt(err error) error {
	if number := s.number.Load(); number > 1 && errors.Is(err, rollout.ErrMoved) {
		return fmt.Errorf("%w that can be relied on: it was sent %d times, the last one was told: %w", rollout.ErrLost, number, err)
	}
	return err
}

// countSendings makes a transport count the writes of a counting context.
func countSendings(next http.RoundTripper) http.RoundTripper { return counter{next} }

type counter struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (c counter) RoundTrip(request *http.Request) (*http.Response, error) {
	if count, ok := request.Context().Value(sendingsKey{}).(*sendings); ok && request.Method != http.MethodGet {
		count.number.Add(1)
	}
	return c.next.RoundTrip(request)
}

// WrappedRoundTripper lets client-go find the transport below.
func (c counter) WrappedRoundTripper() http.RoundTripper { return c.next }
