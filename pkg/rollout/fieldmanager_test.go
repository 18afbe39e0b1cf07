// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Flux folds these before it applies (fluxcd/pkg/ssa: patch.go, matchFieldManager, and
// kustomize-controller's clean-up rules), and removes what they have and Git has not.
func TestFieldManagerIsNobodysPrefix(t *testing.T) {
	for _, prefix := range []string{"kubectl", "before-first-apply", "helm", "kustomize"} {
		if strings.HasPrefix(rollout.FieldManager, prefix) {
			t.Errorf("%q begins with %q", rollout.FieldManager, prefix)
		}
	}
}

func TestFormers(t *testing.T) {
	const replicas, partition = "{f:spec: {f:replicas: {}}}", "{f:spec: {f:updateStrategy: {f:rollingUpdate: {f:partition: {}}}}}"
	former := func(fields string) string { return entry(rollout.FormerFieldManager, "Update", at, fields) }
	now := func(operation string) string { return entry(rollout.FieldManager, operation, at, partition) }
	both := `{"f:spec":{"f:replicas":{},"f:updateStrategy":{"f:rollingUpdate":{"f:partition":{}}}}}`
	for name, tt := range map[string]struct {
		entries []string
		want    []rollout.Former
	}{
		"none":                 {[]string{now("Update")}, nil},
		"it alone":             {[]string{former(replicas)}, []rollout.Former{{Index: 0, Into: -1}}},
		"beside another's":     {[]string{entry("kubectl", "Apply", at, replicas), former(replicas)}, []rollout.Former{{Index: 1, Into: -1}}},
		"beside our apply":     {[]string{now("Apply"), former(replicas)}, []rollout.Former{{Index: 1, Into: -1}}},
		"beside ours":          {[]string{former(replicas), now("Update")}, []rollout.Former{{Index: 0, Into: 1, Fields: []byte(both)}}},
		"of a status":          {[]string{strings.Replace(former(replicas), "operation:", "subresource: status, operation:", 1)}, nil},
		"that cannot be read":  {[]string{former("[7]"), now("Update")}, nil},
		"that begins the same": {[]string{entry("kubectl-sts-2", "Update", at, replicas)}, nil},
	} {
		set, err := rollout.LookSet(object(t, "{metadata: {name: web, managedFields: ["+strings.Join(tt.entries, ", ")+"]}, spec: {template: {}}}"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, set.Formers); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}

const at = "2026-01-05T10:00:00Z"

// entry of managedFields, YAML.
func entry(managerName, operation, at, fields string) string {
	return "{manager: " + managerName + ", operation: " + operation + ", apiVersion: apps/v1, time: '" + at + "', fieldsType: FieldsV1, fieldsV1: " + fields + "}"
}
