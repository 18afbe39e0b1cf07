// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// pod is a StatefulSet whose pod has a spec.
func pod(t *testing.T, spec string) *unstructured.Unstructured {
	t.Helper()
	return object(t, "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {template: {spec: "+spec+"}}}")
}

func specOf(t *testing.T, template map[string]any) map[string]any {
	t.Helper()
	spec, _ := template["spec"].(map[string]any)
	return spec
}

// setOf is the StatefulSet of a file.
func setOf(t *testing.T, u *unstructured.Unstructured) Object {
	t.Helper()
	return Object{Kind: Set, Name: "web", tree: u.Object}
}

// TestExclusions: what the file has takes the place of what it excludes, and only that.
func TestExclusions(t *testing.T) {
	const app = "containers: [{name: app, "
	for name, tt := range map[string]struct{ file, live, sent, want string }{
		"value to valueFrom": {
			app + "env: [{name: T, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: M, value: b}]}]",
			app + "env: [{name: T, value: plain}, {name: M, value: a}]}]",
			app + "env: [{name: T, value: plain}, {name: M, value: b}]}]",
			app + "env: [{name: T, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: M, value: b}]}]",
		},
		"valueFrom to value": {
			app + "env: [{name: T, value: plain}]}]", app + "env: [{name: T, valueFrom: {fieldRef: {fieldPath: a}}}]}]",
			app + "env: [{name: T, valueFrom: {fieldRef: {fieldPath: a}}}]}]", app + "env: [{name: T, value: plain}]}]",
		},
		"another source of a value": {
			app + "env: [{name: T, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]", app + "env: [{name: T, valueFrom: {configMapKeyRef: {name: s, key: k}}}]}]",
			app + "env: [{name: T, valueFrom: {configMapKeyRef: {name: s, key: k}}}]}]", app + "env: [{name: T, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]",
		},
		"a probe": {
			app + "readinessProbe: {httpGet: {port: 80}, periodSeconds: 3}}]", app + "readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 9}}]",
			app + "readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 3}}]", app + "readinessProbe: {httpGet: {port: 80}, periodSeconds: 3}}]",
		},
		"an init container's hook": {
			"initContainers: [{name: i, lifecycle: {preStop: {exec: {command: [a]}}}}]", "initContainers: [{name: i, lifecycle: {preStop: {sleep: {seconds: 1}}}}]",
			"initContainers: [{name: i, lifecycle: {preStop: {sleep: {seconds: 1}}}}]", "initContainers: [{name: i, lifecycle: {preStop: {exec: {command: [a]}}}}]",
		},
		"a volume": {
			"volumes: [{name: v, hostPath: {path: /a}}]", "volumes: [{name: v, emptyDir: {}}]",
			"volumes: [{name: v, emptyDir: {}}]", "volumes: [{name: v, hostPath: {path: /a}}]",
		},
		"a resource claim": {
			"resourceClaims: [{name: g, resourceClaimName: a}]", "resourceClaims: [{name: g, resourceClaimTemplateName: b}]",
			"resourceClaims: [{name: g, resourceClaimTemplateName: b}]", "resourceClaims: [{name: g, resourceClaimName: a}]",
		},
		"a profile": {
			"securityContext: {seccompProfile: {type: RuntimeDefault}}", "securityContext: {seccompProfile: {type: Localhost, localhostProfile: p}}",
			"securityContext: {seccompProfile: {type: Localhost, localhostProfile: p}}", "securityContext: {seccompProfile: {type: RuntimeDefault}}",
		},
	} {
		file, live := pod(t, "{"+tt.file+"}"), pod(t, "{"+tt.live+"}")
		o := setOf(t, file)
		found := o.Exclusions(live)
		body, err := o.JSON()
		if err != nil {
			t.Fatal(err)
		}
		sent, err := AsLive(body, found, live)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(pod(t, "{"+tt.sent+"}").Object, object(t, string(sent)).Object); diff != "" {
			t.Errorf("%s: it asks the server of\n%s", name, diff)
		}
		template, _, err := o.Resulting(object(t, string(sent)), found)
		if err != nil {
			t.Fatal(err)
		}
		want := pod(t, "{"+tt.want+"}").Object["spec"].(map[string]any)["template"]
		if diff := cmp.Diff(want, any(template)); diff != "" {
			t.Errorf("%s: it comes to\n%s", name, diff)
		}
	}
}

// TestNoExclusions: what the file leaves out, or has as it is, excludes nothing.
func TestNoExclusions(t *testing.T) {
	for _, spec := range []string{
		"{containers: [{name: app, env: [{name: T, value: a}], readinessProbe: {tcpSocket: {port: 80}}}], volumes: [{name: v, emptyDir: {}}]}",
		"{containers: [{name: app, env: [{name: T}], readinessProbe: {periodSeconds: 1}}], volumes: [{name: v}]}",
		"{containers: [{name: other, env: [{name: T, valueFrom: {fieldRef: {fieldPath: a}}}]}]}",
		"{}",
	} {
		live := pod(t, "{containers: [{name: app, env: [{name: T, value: b}], readinessProbe: {tcpSocket: {port: 1}}}], volumes: [{name: v, emptyDir: {}}]}")
		if found := setOf(t, pod(t, spec)).Exclusions(live); len(found) > 0 {
			t.Errorf("%s excludes %+v", spec, found)
		}
	}
}

// manages adds a manager of fields.
func manages(u *unstructured.Unstructured, managerName, fields string) {
	u.SetManagedFields(append(u.GetManagedFields(), metav1.ManagedFieldsEntry{
		Manager: managerName, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "apps/v1", FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(fields),
	}))
}

// TestLeftovers: what only the server has put back goes, what somebody manages stays.
func TestLeftovers(t *testing.T) {
	const ported = "{containers: [{name: app, ports: [{containerPort: 80, hostPort: 80, protocol: TCP}]}]}"
	for name, tt := range map[string]struct{ file, after, manager, fields, want string }{
		"the old name of an account": {"{}", "{serviceAccountName: a, serviceAccount: a}", "", "", "{}"},
		"somebody's account":         {"{}", "{serviceAccountName: a, serviceAccount: a}", "helm", `{"f:spec":{"f:template":{"f:spec":{"f:serviceAccountName":{}}}}}`, ""},
		"kubectl apply's account":    {"{}", "{serviceAccountName: a, serviceAccount: a}", clientSide, `{"f:spec":{"f:template":{"f:spec":{"f:serviceAccountName":{}}}}}`, "{}"},
		"the file's account":         {"{serviceAccount: a}", "{serviceAccountName: a, serviceAccount: a}", "", "", ""},
		"no account":                 {"{}", "{}", "", "", ""},
		"host ports":                 {"{containers: [{name: app, ports: [{containerPort: 80}]}]}", ported, "", "", "{containers: [{name: app, ports: [{containerPort: 80, protocol: TCP}]}]}"},
		"the file's host ports":      {ported, ported, "", "", ""},
		"the host's network":         {"{hostNetwork: true, containers: [{name: app, ports: [{containerPort: 80}]}]}", "{hostNetwork: true, " + ported[1:], "", "", ""},
		"somebody's host ports": {
			"{containers: [{name: app, ports: [{containerPort: 80}]}]}", ported, "helm",
			`{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"app\"}":{"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{"f:hostPort":{}}}}}}}}}`, "",
		},
	} {
		after := pod(t, tt.after)
		if tt.manager != "" {
			manages(after, tt.manager, tt.fields)
		}
		template, _, err := setOf(t, pod(t, tt.file)).Resulting(after, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tt.want == "" {
			if template != nil {
				t.Errorf("%s: %v", name, template)
			}
			continue
		}
		if diff := cmp.Diff(object(t, tt.want).Object, specOf(t, template)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestReplacedBy names what of others goes.
func TestReplacedBy(t *testing.T) {
	file := pod(t, "{containers: [{name: app, env: [{name: T, valueFrom: {fieldRef: {fieldPath: a}}}]}]}")
	live := pod(t, "{containers: [{name: app, env: [{name: T, value: a}]}]}")
	const fields = `{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"app\"}":{"f:env":{"k:{\"name\":\"T\"}":{"f:value":{}}}}}}}}}`
	manages(live, "kubectl-set", fields)
	manages(live, clientSide, fields)
	_, gone, err := setOf(t, file).Resulting(live, setOf(t, file).Exclusions(live))
	if err != nil || len(gone) != 1 || gone[0].Manager != "kubectl-set" || !strings.HasSuffix(gone[0].Field, `env.{"name":"T"}.value`) {
		t.Errorf("%+v, %v", gone, err)
	}
}

// TestRenumbered: a port that has another number in the file takes the place of the
// one of its name.
func TestRenumbered(t *testing.T) {
	service := func(ports string) *unstructured.Unstructured {
		return object(t, "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: "+ports+"}}")
	}
	for name, tt := range map[string]struct{ file, live, sent, want string }{
		"a number":           {"[{name: http, port: 81}]", "[{name: http, port: 80, protocol: TCP}]", "[{name: http, port: 80, protocol: TCP}]", "[{name: http, port: 81}]"},
		"without a name":     {"[{port: 81}]", "[{port: 80, protocol: TCP}]", "[{port: 80, protocol: TCP}]", "[{port: 81}]"},
		"a protocol":         {"[{name: dns, port: 53, protocol: UDP}]", "[{name: dns, port: 53, protocol: TCP}]", "[{name: dns, port: 53, protocol: TCP}]", "[{name: dns, port: 53, protocol: UDP}]"},
		"the same":           {"[{name: http, port: 80}]", "[{name: http, port: 80, protocol: TCP}]", "", ""},
		"another's stays":    {"[{name: http, port: 81}]", "[{name: http, port: 80, protocol: TCP}, {name: m, port: 9, protocol: TCP}]", "[{name: http, port: 80, protocol: TCP}]", "[{name: http, port: 81}, {name: m, port: 9, protocol: TCP}]"},
		"another's number":   {"[{name: http, port: 9}]", "[{name: http, port: 80, protocol: TCP}, {name: m, port: 9, protocol: TCP}]", "[{name: m, port: 9, protocol: TCP}]", "[{name: http, port: 9, protocol: TCP}]"},
		"one more in a file": {"[{name: http, port: 81}, {name: m, port: 9}]", "[{name: http, port: 80, protocol: TCP}]", "[{name: http, port: 80, protocol: TCP}, {name: m, port: 9}]", "[{name: http, port: 81}, {name: m, port: 9}]"},
	} {
		file, live := service(tt.file), service(tt.live)
		r, err := Object{Kind: Service, Name: "web", tree: file.Object}.Renumbered(live)
		if err != nil || r.None() != (tt.sent == "") {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if tt.sent == "" {
			continue
		}
		sent, err := r.AsLive(asJSON(t, "{spec: {ports: "+tt.file+"}}"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(object(t, "{spec: {ports: "+tt.sent+"}}").Object, object(t, string(sent)).Object); diff != "" {
			t.Errorf("%s: it asks the server of\n%s", name, diff)
		}
		after := service(tt.live)
		sum(after, object(t, string(sent)))
		if diff := cmp.Diff(service(tt.want).Object["spec"].(map[string]any)["ports"], any(r.Resulting(after))); diff != "" {
			t.Errorf("%s: it comes to\n%s", name, diff)
		}
	}
}

// sum adds the ports that were sent to those that are live, as a server answers.
func sum(live, sent *unstructured.Unstructured) {
	spec := live.Object["spec"].(map[string]any)
	for _, port := range portsOf(sent.Object) {
		if portAt(portsOf(live.Object), servicePort(port)) == nil {
			spec["ports"] = append(spec["ports"].([]any), port)
		}
	}
}
