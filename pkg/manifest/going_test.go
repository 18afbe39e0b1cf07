// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGoing: of what kubectl apply has written, the server's defaults stay as they are.
func TestGoing(t *testing.T) {
	const (
		ours    = `{manager: sts-rollout, operation: Apply, fieldsV1: {f:spec: {f:serviceName: {}, f:template: {f:spec: {f:containers: {'k:{"name":"app"}': {.: {}, f:name: {}, f:image: {}}}}}}}}`
		kubectl = `{manager: kubectl-client-side-apply, operation: Update, fieldsV1: {f:metadata: {f:labels: {f:tier: {}}, f:finalizers: {'v:"a"': {}}}, f:spec: {f:serviceName: {},
			f:template: {f:spec: {f:dnsPolicy: {}, f:containers: {'k:{"name":"app"}': {f:imagePullPolicy: {}, f:ports: {'k:{"containerPort":80,"protocol":"TCP"}': {f:protocol: {}}}, f:env: {'k:{"name":"A"}': {.: {}, f:name: {}, f:value: {}}}}}}}}}}`
		live = `metadata: {labels: {tier: back}, finalizers: [a]}, spec: {serviceName: web, template: {spec: {dnsPolicy: ClusterFirst,
			containers: [{name: app, imagePullPolicy: IfNotPresent, ports: [{containerPort: 80, protocol: TCP}], env: [{name: A, value: x}]}]}}}`
	)
	const env = `spec.template.spec.containers.{"name":"app"}.env.{"name":"A"}.`
	for name, tt := range map[string]struct {
		fresh string
		want  []string
	}{
		"all is as it would be": {"{" + live + "}", nil},
		"a variable, a label and an item": {
			`{metadata: {}, spec: {serviceName: web, template: {spec: {dnsPolicy: ClusterFirst, containers: [{name: app, imagePullPolicy: IfNotPresent, ports: [{containerPort: 80, protocol: TCP}]}]}}}}`,
			[]string{`metadata.finalizers."a"`, "metadata.labels.tier", env + "name", env + "value"},
		},
		"another default": {
			`{metadata: {labels: {tier: back}, finalizers: [a]}, spec: {serviceName: web, template: {spec: {dnsPolicy: Default, containers: [{name: app, imagePullPolicy: IfNotPresent, ports: [{containerPort: 80, protocol: TCP}], env: [{name: A, value: x}]}]}}}}`,
			[]string{"spec.template.spec.dnsPolicy"},
		},
	} {
		got, err := only(t, web).Going(object(t, "{"+live+"}"), object(t, managedBy(ours, kubectl)), object(t, tt.fresh))
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s (%v): want -, got +\n%s", name, err, diff)
		}
	}
}
