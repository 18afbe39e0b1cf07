// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func TestDifferences(t *testing.T) {
	const base = `{"metadata":{"creationTimestamp":null,"labels":{"app":"web"}},"spec":{"containers":[
		{"name":"app","image":"example.org:5000/app:v1","args":["-v"],"env":[{"name":"LEVEL","value":"info"},{"name":"OLD","value":"1"}],
		 "resources":{"limits":{"memory":"1Gi"}}},{"name":"log","image":"log@sha256:aa"}],"terminationGracePeriodSeconds":30}}`
	for name, c := range map[string]struct {
		now  string
		want []string
	}{
		"nothing": {base, nil},
		"noise": {`{"$patch":"replace","metadata":{"labels":{"app":"web"}},"spec":{"hostname":null,"containers":[
			{"name":"log","image":"log@sha256:aa"},
			{"name":"app","image":"example.org:5000/app:v1","args":["-v"],"env":[{"name":"LEVEL","value":"info"},{"name":"OLD","value":"1"}],
			 "resources":{"limits":{"memory":"1Gi"}}}],"terminationGracePeriodSeconds":30}}`, nil},
		"all sorts": {`{"metadata":{"labels":{"app":"web"},"annotations":{"token":"s3cret"}},"spec":{"containers":[
			{"name":"app","image":"example.org:5000/app:v2","args":["-q"],"env":[{"name":"LEVEL","value":"s3cret"},{"name":"NEW","value":"s3cret"}],
			 "resources":{"limits":{"memory":"2Gi"}}},{"name":"log","image":"other/log:3"},{"name":"extra","image":"x"}],
			 "terminationGracePeriodSeconds":60,"volumes":[{"name":"tmp","emptyDir":{}}]}}`, []string{
			"image app: v1 -> v2",
			"image log: log@sha256:aa -> other/log:3",
			"container app args changed",
			"env app LEVEL changed",
			"env app NEW added",
			"env app OLD removed",
			"container app resources.limits.memory: 1Gi -> 2Gi",
			"container extra added",
			"metadata.annotations added",
			"terminationGracePeriodSeconds: 30 -> 60",
			"volumes added",
		}},
		"no JSON": {"{", []string{"template"}},
	} {
		if diff := cmp.Diff(c.want, rollout.Differences([]byte(base), []byte(c.now))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A secret may stand anywhere that takes a value.
func TestDifferencesHideValues(t *testing.T) {
	template := func(value string) []byte {
		return []byte(`{"metadata":{"annotations":{"token":"` + value + `"}},"spec":{"containers":[{"name":"app","image":"localhost:5000/` + value + `",
			"livenessProbe":{"httpGet":{"httpHeaders":[{"name":"Authorization","value":"` + value + `"}]}}}]}}`)
	}
	want := []string{
		"image app: localhost:5000/a -> localhost:5000/b",
		"container app livenessProbe.httpGet.httpHeaders.Authorization.value changed",
		"metadata.annotations.token changed",
	}
	if diff := cmp.Diff(want, rollout.Differences(template("a"), template("b"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
