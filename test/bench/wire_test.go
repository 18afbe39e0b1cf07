// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http/httptest"
	"testing"
	"time"
)

func TestNameOf(t *testing.T) {
	for _, c := range []struct{ target, want string }{
		{"/api/v1/namespaces/shop/pods?limit=500", "GET pods"},
		{"/api/v1/namespaces/shop/pods?continue=x", "GET pods (next page)"},
		{"/api/v1/namespaces/shop/pods/web-0/log", "GET pods/log"},
		{"/apis/apps/v1/namespaces/shop/statefulsets/web", "GET statefulsets"},
		{"/api/v1/nodes/node-0", "GET nodes"},
		{"/apis/storage.k8s.io/v1/storageclasses", "GET storageclasses"},
		{"/apis/apps/v1", "GET /apis/apps/v1"},
		{"/api", "GET /api"},
		{"/openapi/v3", "GET /openapi/v3"},
	} {
		if got := nameOf(httptest.NewRequest("GET", c.target, nil)); got != c.want {
			t.Errorf("%s is %q, not %q", c.target, got, c.want)
		}
	}
}

func TestTrips(t *testing.T) {
	begun := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(d time.Duration) request { return request{at: begun.Add(d)} }
	together := asking{at(0), at(time.Millisecond), at(heldBack), at(heldBack + time.Millisecond)}
	if got := together.trips(); got != 2 {
		t.Errorf("%d round trips, not 2", got)
	}
}
