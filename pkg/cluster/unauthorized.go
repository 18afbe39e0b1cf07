// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"io"
	"net/http"
)

// reauthorized sends a request once more that was answered with 401. A credential
// plugin gets new credentials because of that answer, and not before
// (client-go/plugin/pkg/client/auth/exec/exec.go: roundTripper.RoundTrip), so that
// a token which was revoked or has run out early costs no long run its end. It
// has to be outside of what adds the credentials.
type reauthorized struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (r reauthorized) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	if err != nil || response.StatusCode != http.StatusUnauthorized || request.Body != nil && request.GetBody == nil {
		return response, err
	}
	again := request.Clone(request.Context())
	if request.Body != nil {
		if again.Body, err = request.GetBody(); err != nil {
			return response, nil // the answer stands
		}
	}
	if err := discard(response.Body); err != nil {
		return nil, err
	}
	return r.next.RoundTrip(again)
}

// discard ends an answer, so that its connection can be used again.
func discard(body io.ReadCloser) error {
	const mostRead = 64 << 10
	_, err := io.CopyN(io.Discard, body, mostRead)
	if closed := body.Close(); closed != nil {
		return closed
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// WrappedRoundTripper lets client-go find the transport below.
func (r reauthorized) WrappedRoundTripper() http.RoundTripper { return r.next }
