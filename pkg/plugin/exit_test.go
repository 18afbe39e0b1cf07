// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
)

// TestSentenceOfAServerThatIsAway says what to look at, and no URL of a request.
func TestSentenceOfAServerThatIsAway(t *testing.T) {
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	err := fmt.Errorf("permissions: %w", &url.Error{Op: "Post", URL: "https://127.0.0.1:1/apis/x", Err: dial})
	if got := sentence(err); strings.Contains(got, "https://") || !strings.Contains(got, "cannot be reached (dial tcp: connection refused); check the network") {
		t.Errorf("it says %q", got)
	}
}
