// SPDX-License-Identifier: Apache-2.0

package faultproxy

import (
	"net/http"
	"strings"
)

// Kind is what a request is, as far as faults tell them apart.
type Kind string

// The kinds.
const (
	Write  Kind = "write" // of a set or a Service, the removal of a pod, whatever changes a volume or a claim
	DryRun Kind = "dry-run"
	Watch  Kind = "watch"
	Read   Kind = "read"
	Other  Kind = "other" // such as a question about permissions
	Any    Kind = "any"
)

// KindOf says what a request is.
func KindOf(r *http.Request) Kind {
	query := r.URL.Query()
	patches := r.Method == http.MethodPatch && (strings.Contains(r.URL.Path, "/statefulsets/") || strings.Contains(r.URL.Path, "/services/"))
	removes := r.Method == http.MethodDelete && (strings.Contains(r.URL.Path, "/pods/") || strings.Contains(r.URL.Path, "/statefulsets/"))
	volumes := r.Method != http.MethodGet && strings.Contains(r.URL.Path, "/persistentvolume")
	watch := query.Get("watch")
	switch {
	case query.Has("dryRun"):
		return DryRun
	case patches || removes || volumes:
		return Write
	case watch == "true" || watch == "1":
		return Watch
	case r.Method == http.MethodGet:
		return Read
	default:
		return Other
	}
}
