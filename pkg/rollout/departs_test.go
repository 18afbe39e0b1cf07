// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"fmt"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// TestDeparts: what the server fills in is no other template, and what pods run is.
func TestDeparts(t *testing.T) {
	const was = `{"metadata":{"annotations":{"at":"1"}},"spec":{"containers":[{"name":"app","image":"app:v1","resources":{"limits":{"cpu":"1"}}}],"hostNetwork":null}}`
	for name, tt := range map[string]struct{ now, want string }{
		"itself":            {was, "[]"},
		"an annotation":     {`{"metadata":{"annotations":{"at":"2"}},"spec":{"containers":[{"name":"app","image":"app:v1","resources":{"limits":{"cpu":"1"}}}]}}`, "[]"},
		"defaults":          {`{"spec":{"containers":[{"name":"app","image":"app:v1","imagePullPolicy":"Always","resources":{"limits":{"cpu":"1"},"requests":{"cpu":"1"}}}],"dnsPolicy":"ClusterFirst","securityContext":{}}}`, "[]"},
		"an image":          {`{"spec":{"containers":[{"name":"app","image":"app:v9","resources":{"limits":{"cpu":"1"}}}]}}`, "[image app: v1 -> v9]"},
		"a container":       {`{"spec":{"containers":[{"name":"app","image":"app:v1","resources":{"limits":{"cpu":"1"}}},{"name":"side","image":"side:v1"}]}}`, "[container side added]"},
		"an init container": {`{"spec":{"initContainers":[{"name":"init","image":"init:v1"}],"containers":[{"name":"app","image":"app:v1","resources":{"limits":{"cpu":"1"}}}]}}`, "[initContainers added]"},
		"a place":           {`{"spec":{"nodeSelector":{"disk":"ssd"},"containers":[{"name":"app","image":"app:v1","resources":{"limits":{"cpu":"1"}}}]}}`, "[nodeSelector added]"},
		"an account":        {`{"spec":{"serviceAccountName":"other","containers":[{"name":"app","image":"app:v1","resources":{"limits":{"cpu":"1"}}}]}}`, "[serviceAccountName added]"},
		"less":              {`{"spec":{"containers":[{"name":"app","image":"app:v1"}]}}`, "[container app resources removed]"},
		"nothing":           {"", "[]"},
	} {
		if got := fmt.Sprint(rollout.Departs([]byte(was), []byte(tt.now))); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
