// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"io"

	"github.com/kubectl-sts/kubectl-sts/pkg/render"
)

// streams says that a watch tells its events as documents, a line each, and its end as
// one more.
func (r StatusRequest) streams() bool { return r.Watch && r.Output == "json" }

// stream watches with the events on standard output. A watch changes nothing, so it ends
// where nobody reads it any more.
func (s session) stream(ctx context.Context, r StatusRequest) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	s.Streams.Out = ending{s.Streams.Out, end}
	s.voice.events = render.NewStream(s.Streams.Out, r.SetName)
	return caused(ctx, s.statusOfOne(ctx, r))
}

// following is the progress of a watch: the events themselves where they are streamed.
func (s session) following(r StatusRequest, namespaceName string) (render.Progress, error) {
	if r.streams() {
		return s.voice.events, nil
	}
	return s.progress(r.Progress, render.Header{Command: "status", SetName: r.SetName, Namespace: namespaceName})
}

// ending is a writer whose first error ends a context.
type ending struct {
	io.Writer
	end context.CancelCauseFunc
}

// Write implements io.Writer.
func (w ending) Write(text []byte) (int, error) {
	n, err := w.Writer.Write(text)
	if err != nil {
		w.end(err)
	}
	return n, err
}
