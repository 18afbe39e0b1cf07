// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// object reads a StatefulSet from YAML, as a server would send it.
func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		t.Fatal(err)
	}
	return o
}

const full = `
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web
  namespace: shop
  uid: set-1
  resourceVersion: "42"
  generation: 8
  finalizers: [shop/backup]
  annotations:
    kubectl-sts/rollout: '{"v":1,"uid":"set-1","op":"canary","state":"open","from":"web-a","gen":8}'
spec:
  serviceName: peers
  selector: {matchLabels: {app: web}}
  replicas: 5
  minReadySeconds: 10
  podManagementPolicy: Parallel
  ordinals: {start: 3}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 2}}
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain, whenScaled: Delete}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOncePod]}}, {metadata: {name: logs}}]
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: "web:b", someNewField: 7}], terminationGracePeriodSeconds: 30}
status:
  observedGeneration: 7
  currentRevision: web-a
  updateRevision: web-b
  currentReplicas: 3
  updatedReplicas: 2
  availableReplicas: 4
`

func TestLookSet(t *testing.T) {
	got, err := rollout.LookSet(object(t, full))
	if err != nil {
		t.Fatal(err)
	}
	want := rollout.Set{
		Spec: rollout.Spec{
			Template: got.Template, Partition: rollout.Partition{Index: 2}, Replicas: 5, Strategy: rollout.RollingUpdate, Start: 3,
		},
		Namespace: "shop", Name: "web", UID: "set-1", Version: "42", Generation: 8, Observed: 7, Annotated: true, Finalizers: []string{"shop/backup"},
		MinReadySeconds: 10, Current: "web-a", Update: "web-b", CurrentReplicas: 3, UpdatedReplicas: 2, AvailableReplicas: 4,
		ClaimModes:  map[string][]corev1.PersistentVolumeAccessMode{"data": {corev1.ReadWriteOncePod}, "logs": nil},
		ServiceName: "peers", ClaimTemplates: []string{"data", "logs"}, DeletesClaims: true, ClaimLabels: map[string]string{"app": "web"},
		Retention: rollout.Retention{WhenDeleted: "Retain", WhenScaled: "Delete"},
		Record:    &rollout.Record{V: 1, UID: "set-1", Op: "canary", State: rollout.Open, From: "web-a", Gen: 8},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(rollout.Set{}, "Live", "Whole")); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	if !strings.Contains(string(got.Live), `"someNewField":7`) {
		t.Errorf("a field that this client does not know is lost: %s", got.Live)
	}
	if digest, err := rollout.Digest(got.Live); err != nil || digest != got.Template {
		t.Errorf("its digest is %s (%v), want that of its template", got.Template, err)
	}
}

// TestClaimLabels: what tells the claims of a set from those of another.
func TestClaimLabels(t *testing.T) {
	for selector, want := range map[string]map[string]string{
		`{}`:                        {},
		`{matchLabels: {app: web}}`: {"app": "web"},
		`{matchLabels: {app: web}, matchExpressions: [{key: tier, operator: Exists}]}`:                               {"app": "web"},
		`{matchExpressions: [{key: app, operator: In, values: [web, shop]}]}`:                                        {"app": "web"},
		`{matchExpressions: [{key: tier, operator: Exists}, {key: app, operator: NotIn, values: [db]}]}`:             {"app": "web", "tier": "data"},
		`{matchExpressions: [{key: zone, operator: DoesNotExist}, {key: owner, operator: NotIn, values: [others]}]}`: {},
	} {
		got, err := rollout.LookSet(object(t, `{metadata: {name: web}, spec: {selector: `+selector+`, template: {metadata: {labels: {app: web, tier: data}}}}}`))
		if err != nil || got.ClaimLabels == nil || !maps.Equal(got.ClaimLabels, want) {
			t.Errorf("%s: %v (%v), want %v", selector, got.ClaimLabels, err, want)
		}
	}
}

// TestLookSetSoak: the soak that the live template needs.
func TestLookSetSoak(t *testing.T) {
	bare := strings.Replace(full, "minReadySeconds: 10", "minReadySeconds: 9", 1)
	for text, want := range map[string]time.Duration{
		full: 0,
		bare: 10 * time.Second,
		strings.Replace(bare, "{name: main,", "{name: main, readinessProbe: {},", 1): 0,
	} {
		if got, err := rollout.LookSet(object(t, text)); err != nil || got.Soak != want {
			t.Errorf("%s: it soaks for %s, want %s (%v)", text, got.Soak, want, err)
		}
	}
}

// TestLookSetDefaults: what is not there.
func TestLookSetDefaults(t *testing.T) {
	const head = "{metadata: {name: web, annotations: {kubectl-sts/rollout: garbage}}, spec: {template: {}, "
	for name, tt := range map[string]struct {
		spec string
		want rollout.Spec
	}{
		"no replicas":        {"}", rollout.Spec{Replicas: 1, Partition: rollout.Partition{Nil: true}}},
		"no block":           {"updateStrategy: {type: RollingUpdate}}", rollout.Spec{Replicas: 1, Strategy: rollout.RollingUpdate, Partition: rollout.Partition{Nil: true}}},
		"an empty block":     {"updateStrategy: {type: RollingUpdate, rollingUpdate: {}}}", rollout.Spec{Replicas: 1, Strategy: rollout.RollingUpdate}},
		"none at all":        {"replicas: 0, updateStrategy: {type: OnDelete}}", rollout.Spec{Strategy: rollout.OnDelete, Partition: rollout.Partition{Nil: true}}},
		"a strategy to come": {"updateStrategy: {type: Sideways}}", rollout.Spec{Replicas: 1, Strategy: "Sideways", Partition: rollout.Partition{Nil: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := rollout.LookSet(object(t, head+tt.spec+"}"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Spec, cmpopts.IgnoreFields(rollout.Spec{}, "Template")); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
			if !got.OrderedReady || got.Record != nil {
				t.Errorf("OrderedReady %v, record %v", got.OrderedReady, got.Record)
			}
		})
	}
	for _, text := range []string{"{metadata: {name: web}}", "{metadata: {name: web}, spec: {}}", "{metadata: {name: web}, spec: {replicas: many}}"} {
		if _, err := rollout.LookSet(object(t, text)); err == nil || !strings.Contains(err.Error(), `statefulset "web"`) {
			t.Errorf("%s: %v, want an error that names the set", text, err)
		}
	}
}

// TestWriters: who wrote each field last, by managedFields.
func TestWriters(t *testing.T) {
	o := object(t, full+`
`)
	entry := func(manager, operation, at, fields string) map[string]any {
		return map[string]any{
			"manager": manager, "operation": operation, "apiVersion": "apps/v1", "time": at, "fieldsType": "FieldsV1",
			"fieldsV1": object(t, fields).Object,
		}
	}
	if err := unstructured.SetNestedSlice(o.Object, []any{
		entry("helm", "Update", "2026-01-05T09:00:00Z", "{f:spec: {f:template: {}, f:replicas: {}, f:updateStrategy: {f:type: {}}}}"),
		entry("sts-rollout", "Update", "2026-01-05T10:00:00Z", "{f:spec: {f:updateStrategy: {f:rollingUpdate: {f:partition: {}}}}}"),
		entry("sts-rollout", "Update", "2026-01-05T11:00:00Z", "{f:spec: {f:template: {}}}"), // in the same second
		entry("argocd", "Apply", "2026-01-05T11:00:00Z", "{f:spec: {f:template: {f:spec: {}}}}"),
		entry("broken", "Update", "2026-01-05T12:00:00Z", "{f:spec: 7}"),
	}, "metadata", "managedFields"); err != nil {
		t.Fatal(err)
	}
	set, err := rollout.LookSet(o)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range set.Writers {
		got = append(got, fmt.Sprintf("%s by %s at %s, applies %v", w.Field, w.Manager, w.At.Format("15:04"), w.Applies))
	}
	want := []string{
		"template by argocd at 11:00, applies true", "partition by sts-rollout at 10:00, applies false",
		"replicas by helm at 09:00, applies false", "strategy by helm at 09:00, applies false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestLookRevision(t *testing.T) {
	cr := &appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{Name: "web-b", Annotations: map[string]string{
			rollout.RecordKey: `{"v":1,"op":"canary","state":"open","from":"web-a"}`,
		}},
		Revision: 4,
		Data:     runtime.RawExtension{Raw: []byte(`{"spec":{"template":{"$patch":"replace","metadata":{"creationTimestamp":null},"spec":{"n":9007199254740993}}}}`)},
	}
	got, err := rollout.LookRevision(cr)
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "web-b" || got.Number != 4 || got.Record == nil || got.Record.From != "web-a" {
		t.Errorf("it reads %+v", got)
	}
	if want := `{"metadata":{"creationTimestamp":null},"spec":{"n":9007199254740993}}`; string(got.Template) != want {
		t.Errorf("its template is %s, want %s", got.Template, want)
	}
	for _, data := range []string{"", "[]", `{"spec":{}}`, `{"spec":{"template":7}}`} {
		cr.Data.Raw = []byte(data)
		if r, err := rollout.LookRevision(cr); err == nil || !strings.Contains(err.Error(), `controllerrevision "web-b"`) {
			t.Errorf("%q reads as %+v (%v), want an error that names it", data, r, err)
		}
	}
}

// A block that has more than a partition is not taken away; what the server adds
// to one by itself is nobody's.
func TestLookSetSharesBlock(t *testing.T) {
	for block, want := range map[string]bool{
		`null`: false, `{}`: false, `{"partition":2}`: false, `{"partition":2,"maxUnavailable":1}`: false,
		`{"partition":2,"maxUnavailable":2}`: true, `{"maxUnavailable":"25%"}`: true, `{"partition":0,"more":{}}`: true,
	} {
		var object map[string]any
		text := `{"metadata":{"name":"web"},"spec":{"template":{},"updateStrategy":{"type":"RollingUpdate","rollingUpdate":` + block + `}}}`
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			t.Fatal(err)
		}
		set, err := rollout.LookSet(&unstructured.Unstructured{Object: object})
		if err != nil || set.SharesBlock != want {
			t.Errorf("%s: %v, %v", block, set.SharesBlock, err)
		}
		if block != `null` && set.Partition.Nil {
			t.Errorf("%s: taken for none", block)
		}
	}
}
