// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// verdict is what an answer to a write means.
type verdict int

const (
	refused  verdict = iota // the server's own error says it
	moved                   // a precondition did not hold
	lost                    // nobody knows whether it was stored
	doubtful                // a test failed, or a path is missing: the answers are the same
)

// weigh reads an error that answered a write.
func weigh(err error) verdict {
	var answer apierrors.APIStatus
	if !errors.As(err, &answer) {
		return lost
	}
	status := answer.Status()
	switch status.Code {
	case http.StatusConflict, http.StatusNotFound:
		return moved
	case http.StatusUnprocessableEntity:
		return weighInvalid(status)
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return lost
	default:
		return refused
	}
}

// weighInvalid: validation and admission give causes; a JSON patch that does not
// apply gives none (apiserver/pkg/endpoints/handlers/patch.go: applyJSPatch).
func weighInvalid(status metav1.Status) verdict {
	if status.Details == nil || len(status.Details.Causes) == 0 {
		return doubtful
	}
	return refused
}

// answer turns the error that answered a write of the set into one that the
// caller can act upon. The server's own stays in it.
func (c *Client) answer(ctx context.Context, set rollout.Set, err error) error {
	switch weigh(err) {
	case moved:
		return fmt.Errorf("%w: %w", rollout.ErrMoved, err)
	case lost:
		return fmt.Errorf("%w: %w", rollout.ErrLost, err)
	case doubtful:
		return c.resolve(ctx, set, err)
	default:
		return legible(err)
	}
}

// strictness is where a server begins to say which fields it does not know. What
// comes before is the whole patch.
const strictness = "strict decoding error: "

// unknownFields is that answer without the patch.
type unknownFields struct {
	fields string
	error
}

func (u unknownFields) Error() string { return u.fields }
func (u unknownFields) Unwrap() error { return u.error }

func legible(err error) error {
	if _, fields, ok := strings.Cut(err.Error(), strictness); ok {
		return unknownFields{fields, err}
	}
	return err
}

// resolve looks at the set once more, to tell a failed test from a path that is
// not there.
func (c *Client) resolve(ctx context.Context, set rollout.Set, err error) error {
	now, errNow := c.look(ctx, set.Name)
	if errNow != nil || now.UID != set.UID || now.Generation != set.Generation || now.Current != set.Current || now.Annotated != set.Annotated {
		return fmt.Errorf("%w: %w", rollout.ErrMoved, err)
	}
	return fmt.Errorf("%s is as it was, so the patch does not fit it: %w", set, err)
}

// look reads the set once.
func (c *Client) look(ctx context.Context, setName string) (rollout.Set, error) {
	object, err := c.sets.Get(ctx, setName, metav1.GetOptions{})
	if err != nil {
		return rollout.Set{}, err
	}
	return rollout.LookSet(object)
}
