// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"net/http"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What cannot be changed is refused of an object that is there, and of no other.
func TestServerSideRefusesWhatIsFixed(t *testing.T) {
	for name, tt := range map[string]serverSide{
		"what cannot be changed": {
			live:   liveService("10.0.0.1", fieldManager),
			answer: func(request, int) any { return fixed() },
			asked:  []string{"apply dryRun"},
			want:   "service/web: the file changes spec.clusterIPs, which cannot be changed on a Service that exists",
		},
		"another manager has it, and it cannot be changed": {
			live:   liveService("10.0.0.1", "helm"),
			answer: func(r request, _ int) any { return unforced(r, fixed()) },
			asked:  []string{"apply dryRun", "apply dryRun force"},
			want:   "the file changes spec.clusterIPs",
		},
		"what the server takes of none": {
			answer: func(request, int) any { return fixed() },
			asked:  []string{"apply dryRun"},
			want:   "is invalid",
		},
	} {
		t.Run(name, tt.try)
	}
}

// fixed is the answer to what cannot be changed.
func fixed() *metav1.Status {
	return failure(http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, `Service "web" is invalid`, metav1.StatusCause{
		Type: metav1.CauseTypeFieldValueInvalid, Field: "spec.clusterIPs[0]", Message: `Invalid value: ["None"]: may not change once set`,
	})
}
