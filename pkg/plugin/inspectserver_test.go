// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"net/http"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// TestAnswered: what refuses an object is a finding; no answer is none.
func TestAnswered(t *testing.T) {
	status := func(code int32, reason metav1.StatusReason) error {
		return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: "no"}}
	}
	for name, tt := range map[string]struct {
		err error
		id  string // "" for none
	}{
		"taken":           {nil, ""},
		"a conflict":      {&rollout.Refusal{Message: "no"}, foundNotApplied},
		"an unknown one":  {&cluster.BadFile{Message: "no"}, foundRefused},
		"invalid":         {status(http.StatusUnprocessableEntity, metav1.StatusReasonInvalid), foundRefused},
		"denied":          {status(http.StatusForbidden, metav1.StatusReasonForbidden), foundRefused},
		"no namespace":    {status(http.StatusNotFound, metav1.StatusReasonNotFound), foundRefused},
		"too much":        {status(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests), ""},
		"a server's fall": {status(http.StatusInternalServerError, metav1.StatusReasonInternalError), ""},
		"no answer":       {errors.New("connection refused"), ""},
	} {
		findings, err := answered(manifest.Object{Kind: manifest.Service, Name: "web"}, tt.err)
		switch {
		case tt.id != "":
			if err != nil || len(findings) != 1 || findings[0].ID != tt.id || findings[0].Message != "no" {
				t.Errorf("%s: %+v, %v", name, findings, err)
			}
		case len(findings) > 0 || !errors.Is(err, tt.err):
			t.Errorf("%s: %+v, %v", name, findings, err)
		}
	}
}
