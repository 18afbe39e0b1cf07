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
	unserved                // nobody looked at it: the user is not known to the server by now, it has too much to do, or a webhook is away
	doubtful                // a test failed, or a path is missing: the answers are the same
)

// weigh reads an error that answered a write.
func weigh(err error) verdict {
	var answer apierrors.APIStatus
	if !errors.As(err, &answer) {
		return lost
	}
	status := answer.Status()
	switch {
	case status.Code == http.StatusUnauthorized, status.Code == http.StatusTooManyRequests, unadmitted(status):
		return unserved
	case status.Code >= http.StatusInternalServerError, foreign(err):
		return lost
	case status.Code == http.StatusConflict, status.Code == http.StatusNotFound:
		return moved
	case status.Code == http.StatusUnprocessableEntity:
		return weighInvalid(status)
	default:
		return refused
	}
}

// unadmitted says that an admission webhook could not be called, as its failurePolicy
// Fail has it (apiserver/pkg/util/webhook/error.go: ErrCallingWebhook). Admission comes
// before anything is stored.
func unadmitted(status metav1.Status) bool {
	return status.Reason == metav1.StatusReasonInternalError && strings.Contains(status.Message, "failed calling webhook ")
}

// foreign says that an answer is no Status of the API, which answers every write
// with one. A gateway made it: of the request, or in place of the server's answer.
func foreign(err error) bool { return apierrors.IsUnexpectedServerError(err) }

// transient says of an answer that the same request may get through a moment
// later. What is no answer of the API is not its no: a gateway has its own reasons.
func transient(err error) bool {
	var answer apierrors.APIStatus
	if err == nil || !errors.As(err, &answer) {
		return err != nil
	}
	switch code := answer.Status().Code; {
	case code == http.StatusUnauthorized, code == http.StatusTooManyRequests, code >= http.StatusInternalServerError:
		return true
	default:
		return code == http.StatusForbidden && foreign(err)
	}
}

// IsMissing is the API's own word that an object is not there; a gateway has no
// page for one that says so.
func IsMissing(err error) bool {
	return apierrors.IsNotFound(err) && !foreign(err)
}

// IsForbidden is the API's own no, by RBAC or admission.
func IsForbidden(err error) bool { return apierrors.IsForbidden(err) && !transient(err) }

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
	case unserved:
		return fmt.Errorf("%w: %w", rollout.ErrUnserved, err)
	case doubtful:
		return c.resolve(ctx, set, err)
	default:
		return legible(err)
	}
}

// unread turns the error of a read that a write waits for into one that the caller
// can act upon: nothing was written, and where the server does not answer, it is
// asked again.
func unread(err error) error {
	if transient(err) {
		return fmt.Errorf("%w: %w", rollout.ErrUnserved, err)
	}
	return err
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
	if errNow != nil && !IsMissing(errNow) {
		return unread(errNow)
	}
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
