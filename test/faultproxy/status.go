// SPDX-License-Identifier: Apache-2.0

package faultproxy

import (
	"encoding/json"
	"fmt"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// reasons are the API's words for what a server answers.
var reasons = map[int]metav1.StatusReason{
	http.StatusConflict:            metav1.StatusReasonConflict,
	http.StatusGone:                metav1.StatusReasonExpired,
	http.StatusTooManyRequests:     metav1.StatusReasonTooManyRequests,
	http.StatusInternalServerError: metav1.StatusReasonInternalError,
	http.StatusServiceUnavailable:  metav1.StatusReasonServiceUnavailable,
	http.StatusGatewayTimeout:      metav1.StatusReasonTimeout,
}

func statusOf(code int) *metav1.Status {
	return &metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure, Code: int32(code), Reason: reasons[code],
		Message: fmt.Sprintf("%d by schedule", code),
	}
}

// writeStatus answers as an API server does.
func writeStatus(rw http.ResponseWriter, f Fault) {
	if f.Retry > 0 {
		rw.Header().Set("Retry-After", fmt.Sprint(f.Retry))
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(f.Code)
	// A client that is gone does not miss it.
	_ = json.NewEncoder(rw).Encode(statusOf(f.Code))
}
