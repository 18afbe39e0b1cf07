// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// longestAnswer: the server itself gives a request that is no stream a minute, and
// then says so (staging/src/k8s.io/apiserver/pkg/server/config.go: RequestTimeout).
// One that takes longer was lost on the way, as by a proxy that never answers.
const longestAnswer = 75 * time.Second

var errNoAnswer = errors.New("no answer within " + longestAnswer.String())

// deadlines ends requests that are not answered. A stream may last as long as it
// likes once it has begun.
func deadlines(next http.RoundTripper) http.RoundTripper { return deadline{next} }

type deadline struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (d deadline) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	alarm := time.AfterFunc(longestAnswer, func() { cancel(errNoAnswer) })
	end := func() { alarm.Stop(); cancel(nil) }
	response, err := d.next.RoundTrip(request.WithContext(ctx))
	if err != nil {
		defer end()
		if late := context.Cause(ctx); errors.Is(late, errNoAnswer) {
			return nil, late
		}
		return nil, err
	}
	if request.URL.Query().Has("watch") {
		alarm.Stop()
	}
	response.Body = &limited{response.Body, ctx, end}
	return response, nil
}

// WrappedRoundTripper lets client-go find the transport below.
func (d deadline) WrappedRoundTripper() http.RoundTripper { return d.next }

// limited is the body of an answer that has to come in time.
type limited struct {
	io.ReadCloser

	ctx context.Context
	end func()
}

// Read says what ended an answer that was cut for being late.
func (l *limited) Read(into []byte) (int, error) {
	n, err := l.ReadCloser.Read(into)
	if late := context.Cause(l.ctx); err != nil && errors.Is(late, errNoAnswer) {
		err = late
	}
	return n, err
}

// Close implements io.Closer.
func (l *limited) Close() error {
	defer l.end()
	return l.ReadCloser.Close()
}
