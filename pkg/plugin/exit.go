// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// The exit codes: an API, the same for every command.
const (
	ExitOK          = 0   // the asked state is reached, or there was nothing to do
	ExitError       = 1   // the API, the network, a permission, the kubeconfig
	ExitUsage       = 2   // the words of the command are wrong
	ExitFailed      = 3   // an ordinal is broken or stalled
	ExitRefused     = 4   // a safety check said no, and nothing was changed
	ExitSuperseded  = 5   // the spec is not what the record or this run left
	ExitTimeout     = 124 // --timeout is over, the set is left as it is
	ExitInterrupted = 130 // SIGINT
	ExitTerminated  = 143 // SIGTERM, SIGHUP
	exitPipe        = 141 // SIGPIPE: of what only shows something, its reader is gone
)

// The exit codes of status --exit-code, beside ExitOK and ExitFailed.
const (
	ExitRolling = 10
	ExitCanary  = 11
)

// UsageError says that the words of the command are wrong.
type UsageError struct {
	Message string
	InFile  bool // what is wrong is in a file, and not on the command line
}

func (e *UsageError) Error() string { return e.Message }

// fileError is a usage error in a file, about which no help of a command says more.
func fileError(format string, args ...any) error {
	return &UsageError{Message: fmt.Sprintf(format, args...), InFile: true}
}

func usage(format string, args ...any) error {
	return &UsageError{Message: fmt.Sprintf(format, args...)}
}

// setStays is what becomes of the set where a run is cut.
const setStays = "the set is left as it is"

// Interrupt is the cause of a context that a signal ended.
type Interrupt struct{ Signal os.Signal }

func (e *Interrupt) Error() string {
	return fmt.Sprintf("stopped by a signal (%s); %s", e.Signal, setStays)
}

// timeoutError is the cause of a context that --timeout ended.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string {
	return fmt.Sprintf("not done after %s (--timeout); %s", e.after, setStays)
}

// codeError ends a command with a code and nothing more to say.
type codeError int

func (e codeError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Reasons beside those of package rollout.
const (
	reasonReached     rollout.Reason = "Reached"
	reasonUnchanged   rollout.Reason = "NothingToDo"
	reasonPlanned     rollout.Reason = "Planned"
	reasonWritten     rollout.Reason = "WrittenNotAwaited"
	reasonUsage       rollout.Reason = "Usage"
	reasonTimeout     rollout.Reason = "Timeout"
	reasonInterrupted rollout.Reason = "Interrupted"
	reasonError       rollout.Reason = "Error"
	reasonImmutable                  = manifest.ImmutableField
	reasonUnsaved     rollout.Reason = "ManifestNotSaved"
	reasonNotAgreed   rollout.Reason = "NotAgreed"
)

// verdict is the one place where an error becomes an exit code, a stable reason
// and a hint.
func verdict(err error) (code int, reason rollout.Reason, hint string) {
	var (
		bad        *UsageError
		refusal    *rollout.Refusal
		failure    *rollout.Failure
		superseded *rollout.Superseded
		blind      *rollout.Unreachable
		late       *timeoutError
		stopped    *Interrupt
		plain      codeError
	)
	switch {
	case err == nil:
		return ExitOK, reasonReached, ""
	case errors.As(err, &plain):
		return int(plain), "", ""
	case errors.As(err, &bad):
		return ExitUsage, reasonUsage, ""
	case errors.As(err, &refusal) && refusal.Reason == volume.NoSuchVolume:
		return ExitError, refusal.Reason, refusal.Hint // as of any object that is not there
	case errors.As(err, &refusal):
		return ExitRefused, refusal.Reason, refusal.Hint
	case errors.As(err, &failure):
		return ExitFailed, failure.Reason, failure.Hint
	case errors.As(err, &superseded):
		return ExitSuperseded, superseded.Reason, superseded.Hint
	case errors.As(err, &blind):
		return ExitError, rollout.UnreachableServer, ""
	case errors.As(err, &late):
		return ExitTimeout, reasonTimeout, ""
	case errors.As(err, &stopped):
		return stopped.Code(), reasonInterrupted, ""
	default:
		return ExitError, serverReason(err), ""
	}
}

// Code is 128 and the signal's number, as a shell has it; a lost terminal counts as SIGTERM.
func (e *Interrupt) Code() int {
	if e.Signal == syscall.SIGTERM || e.Signal == syscall.SIGHUP {
		return ExitTerminated
	}
	return ExitInterrupted
}

// serverReason is the API's own word, where the error is the API's.
func serverReason(err error) rollout.Reason {
	if reason := apierrors.ReasonForError(err); reason != "" {
		return rollout.Reason(reason)
	}
	return reasonError
}

// sentence is the error in kubectl's words.
func sentence(err error) string {
	var (
		status apierrors.APIStatus
		failed *net.OpError
	)
	if undialled(err) && errors.As(err, &failed) {
		return fmt.Sprintf("error: the API server cannot be reached (%s); check the network, and the server that kubectl config view --minify names", failed)
	}
	if errors.As(err, &status) && status.Status().Reason != "" {
		return fmt.Sprintf("Error from server (%s): %s", status.Status().Reason, err)
	}
	return "error: " + err.Error()
}

// undialled says that no connection to the server came about.
func undialled(err error) bool {
	var failed *net.OpError
	return errors.As(err, &failed) && failed.Op == "dial"
}

// withTimeout ends a context with a cause that says which flag it was; 0 never.
func withTimeout(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, limit, &timeoutError{after: limit})
}
