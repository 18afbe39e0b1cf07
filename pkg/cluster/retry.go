// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"io"
	"net/url"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// What is written beside the loop: the objects of a file, and volumes. As in the loop
// (pkg/rollout/drive.go: again), a request that was not served or whose answer was lost
// is made again by what is there by then. client-go does that by itself only where an
// answer says when (client-go/rest/with_retry.go: IsNextRetry, Retry-After).

const (
	// mostTurns: so often may an apply find that the object has moved on since it
	// was read, as a set does with each write of its status.
	mostTurns = 20
	// mostUnanswered: so often may its request not be answered.
	mostUnanswered = 10
	// retryAfter is the pause before it is made again.
	retryAfter = time.Second
)

// tries are the requests for one write.
type tries struct {
	pause             time.Duration
	moved, unanswered int
}

func (c *Client) tries() tries { return tries{pause: c.retryAfter} }

// again says that a write may be tried once more after this error, on what is there
// now, and waits until it is time to look.
func (t *tries) again(ctx context.Context, err error) bool {
	if apierrors.IsConflict(err) && !foreign(err) {
		t.moved++
		return t.moved < mostTurns
	}
	return t.unserved(ctx, err)
}

// unserved is the same for one that must be of the object as it was seen.
func (t *tries) unserved(ctx context.Context, err error) bool {
	if !unanswered(err) || t.unanswered == mostUnanswered {
		return false
	}
	t.unanswered++
	sleep(ctx, t.pause)
	return ctx.Err() == nil
}

// unanswered says that the API did not say what became of a request, or did not look
// at it. An error of our own is none.
func unanswered(err error) bool {
	var answer apierrors.APIStatus
	if errors.As(err, &answer) {
		verdict := weigh(err)
		return verdict == lost || verdict == unserved
	}
	var broken *url.Error
	return errors.As(err, &broken) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errNoAnswer)
}
