// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKept(t *testing.T) {
	const (
		ours = `{manager: sts-rollout, operation: Apply, fieldsV1: {f:spec: {f:template: {f:metadata: {f:labels: {f:app: {}}}, f:spec: {f:containers: {'k:{"name":"app"}': {.: {}, f:name: {}, f:image: {}}}}}}}}`
		// who made it: what the file names, and every default
		made = `{manager: kubectl-create, operation: Update, fieldsV1: {f:spec: {f:revisionHistoryLimit: {}, f:template: {f:metadata: {f:labels: {.: {}, f:app: {}}}, f:spec: {f:dnsPolicy: {}, f:securityContext: {}, f:containers: {'k:{"name":"app"}': {.: {}, f:name: {}, f:image: {}, f:resources: {}, f:imagePullPolicy: {}}}}}}}}`
		env  = `{manager: kubectl-set, operation: Update, fieldsV1: {f:spec: {f:template: {f:spec: {f:containers: {'k:{"name":"app"}': {f:env: {.: {}, 'k:{"name":"B"}': {.: {}, f:name: {}}, 'k:{"name":"A"}': {.: {}, f:name: {}, f:value: {}}}}}}}}}}`
		mesh = `{manager: mesh, operation: Apply, fieldsV1: {f:metadata: {f:labels: {f:x: {}}}, f:spec: {f:template: {f:metadata: {f:annotations: {f:mesh: {}}}, f:spec: {f:containers: {'k:{"name":"proxy"}': {.: {}, f:image: {}}}, f:nodeSelector: {f:disk: {}}}}}}}`
		// folded: the file alone says what stays
		kubectl = `{manager: kubectl-client-side-apply, operation: Update, fieldsV1: {f:spec: {f:template: {f:metadata: {f:annotations: {f:a: {}}}}}}}`
		status  = `{manager: controller, operation: Update, subresource: status, fieldsV1: {f:spec: {f:template: {f:metadata: {f:annotations: {f:b: {}}}}}}}`
	)
	const app = `spec.template.spec.containers.{"name":"app"}.env.`
	for name, tt := range map[string]struct {
		entries []string
		want    []Conflict
	}{
		"nobody else":            {[]string{ours}, nil},
		"who made it":            {[]string{made, ours}, nil},
		"folded, or in a status": {[]string{ours, kubectl, status}, nil},
		"a variable":             {[]string{made, env, ours}, []Conflict{{"kubectl-set", app + `{"name":"A"}`}, {"kubectl-set", app + `{"name":"B"}`}}},
		"whatever has a key": {[]string{mesh, ours}, []Conflict{
			{"mesh", "spec.template.metadata.annotations.mesh"}, {"mesh", `spec.template.spec.containers.{"name":"proxy"}`}, {"mesh", "spec.template.spec.nodeSelector.disk"},
		}},
	} {
		got, err := only(t, web).Kept(object(t, managedBy(tt.entries...)))
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s (%v): want -, got +\n%s", name, err, diff)
		}
	}
	if kept, err := only(t, disk).Kept(object(t, managedBy(mesh))); err != nil || kept != nil {
		t.Errorf("a volume has no template: %v", kept)
	}
}

func managedBy(entries ...string) string {
	return "{metadata: {managedFields: [" + strings.Join(entries, ", ") + "]}}"
}
