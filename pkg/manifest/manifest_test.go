// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

const (
	web  = "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {serviceName: web, replicas: 3}}"
	svc  = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: None}}"
	disk = "{apiVersion: v1, kind: PersistentVolume, metadata: {name: d0}, spec: {capacity: {storage: 1Gi}}}"

	db        = "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {serviceName: web}}"
	configMap = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}"
)

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	if text == "" {
		return nil
	}
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatal(err)
	}
	return u
}

func parse(t *testing.T, documents ...string) (Bundle, error) {
	t.Helper()
	var raw [][]byte
	for _, text := range documents {
		raw = append(raw, asJSON(t, text))
	}
	f, err := Parse(raw)
	if err != nil {
		return Bundle{}, err
	}
	return f.Bundles()[0], nil
}

func asJSON(t *testing.T, text string) []byte {
	t.Helper()
	var tree any
	if err := yaml.Unmarshal([]byte(text), &tree); err != nil {
		t.Fatal(err)
	}
	document, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func TestParseOrders(t *testing.T) {
	for name, documents := range map[string][]string{
		"documents": {web, svc, disk},
		"a List":    {"{apiVersion: v1, kind: List, items: [" + web + ", " + disk + "]}", svc},
		"Lists":     {"{apiVersion: v1, kind: List, items: [{kind: List, items: [" + web + "]}, " + svc + "]}", "{kind: PersistentVolumeList, items: [" + disk + "]}"},
	} {
		b, err := parse(t, documents...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, o := range append(b.Beside(), b.Set) {
			got = append(got, o.String())
		}
		if diff := cmp.Diff([]string{"persistentvolume/d0", "service/web", "statefulset.apps/web"}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if !b.HasService("web") || b.HasService("other") {
			t.Errorf("%s: its Service is not found by its name", name)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		want      string
		documents []string
	}{
		"nothing":              {"there is no StatefulSet in it", nil},
		"no set":               {"there is no StatefulSet in it", []string{svc, disk}},
		"a set twice":          {"statefulset.apps/web is there a second time", []string{web, db, strings.ReplaceAll(web, "name: web}", "name: web, namespace: shop}")}},
		"twice":                {"service/web is there a second time", []string{web, svc, svc}},
		"another's set":        {`there is no StatefulSet of apps/v1 in it; the StatefulSet "web" is one of apps.kruise.io, which is another kind`, []string{strings.ReplaceAll(web, "apps/v1", "apps.kruise.io/v1beta1")}},
		"another kind twice":   {"configmap/c is there a second time", []string{web, configMap, configMap}},
		"no kind":              {"a document has no kind", []string{"{a: b}"}},
		"no object":            {"a document is no object", []string{"[]"}},
		"null":                 {"a document is null", []string{"null"}},
		"an item of no object": {"an item of a List is no object", []string{"{kind: List, items: [1]}"}},
		"an old version":       {`the StatefulSet "web" has apiVersion "apps/v1beta1", which Kubernetes 1.16 removed; write "apps/v1"`, []string{strings.ReplaceAll(web, "apps/v1", "apps/v1beta1")}},
		"no version":           {`the StatefulSet "web" has apiVersion "", "apps/v1" is the one`, []string{strings.ReplaceAll(web, "apiVersion: apps/v1, ", "")}},
		"another's version":    {`the StatefulSet "web" has apiVersion "v1", "apps/v1" is the one`, []string{strings.ReplaceAll(web, "apps/v1", "v1")}},
		"a number for a kind":  {"kind is a number (7), where text is needed", []string{"{apiVersion: v1, kind: 7}"}},
		"a number for a port":  {`the StatefulSet "web": spec.template.spec.containers.env.value is a number, where text is needed; put it in quotes`, []string{strings.ReplaceAll(web, "replicas: 3", "template: {spec: {containers: [{name: a, env: [{name: P, value: 5432}]}]}}")}},
		"no name":              {"a StatefulSet has no name", []string{strings.ReplaceAll(web, "{name: web}", "{}")}},
		"a name to be made":    {"metadata.generateName", []string{strings.ReplaceAll(web, "{name: web}", "{generateName: web}")}},
		"no name of anything":  {`"We B" is no name of a StatefulSet`, []string{strings.ReplaceAll(web, "{name: web}", "{name: We B}")}},
		"no spec":              {`the StatefulSet "web" has no spec`, []string{"{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}}"}},
		"a size of Gb":         {`the StatefulSet "web": spec.volumeClaimTemplates[0].spec.resources.requests.storage is "2Gb", which is no quantity`, []string{strings.ReplaceAll(web, "replicas: 3", "volumeClaimTemplates: [{metadata: {name: data}, spec: {resources: {requests: {storage: 2Gb}}}}]")}},
		"a capacity of words":  {`the PersistentVolume "d0": spec.capacity.storage is "much"`, []string{web, strings.ReplaceAll(disk, "1Gi", "much")}},
		"a word for strategy":  {`the StatefulSet "web": spec.updateStrategy is text, where an object is needed`, []string{strings.ReplaceAll(web, "replicas: 3", "updateStrategy: RollingUpdate")}},
		"a word for replicas":  {`the StatefulSet "web": spec.replicas is text, where a whole number is needed`, []string{strings.ReplaceAll(web, "replicas: 3", "replicas: three")}},
		"too many":             {"has 50001 replicas", []string{strings.ReplaceAll(web, "replicas: 3", "replicas: 50001")}},
		"fewer than none":      {"has -1 replicas", []string{strings.ReplaceAll(web, "replicas: 3", "replicas: -1")}},
		"a negative partition": {"partition -1", []string{strings.ReplaceAll(web, "replicas: 3", "updateStrategy: {rollingUpdate: {partition: -1}}")}},
		"a volume somewhere":   {`the PersistentVolume "d0" has a namespace`, []string{web, strings.ReplaceAll(disk, "name: d0", "name: d0, namespace: shop")}},
	} {
		if _, err := parse(t, tt.documents...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// TestNotText: whatever YAML takes for something else than text would count as
// nothing, and the object would go to the current namespace.
func TestNotText(t *testing.T) {
	for value, taken := range map[string]string{
		"2026": "a number (2026)", "1e3": "a number (1000)", "true": "true or false (true)", "[a]": "a list", "{a: b}": "an object",
	} {
		for _, document := range []string{web, svc, disk, configMap, "{apiVersion: v1, kind: List, items: [" + svc + "]}"} {
			for _, field := range []string{"name", "namespace", "generateName"} {
				wrong := strings.Replace(document, "metadata: {name: ", "metadata: {"+field+": "+value+", x: ", 1)
				want := "metadata." + field + " is " + taken + ", where text is needed"
				if _, err := parse(t, web, wrong); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v, want %q", wrong, err, want)
				}
			}
		}
	}
}

// TestOthers: what an apply does not manage is kept apart, by kind and group.
func TestOthers(t *testing.T) {
	b, err := parse(t, strings.ReplaceAll(svc, "v1,", "serving.knative.dev/v1,"), "{apiVersion: example.com/v1, kind: PersistentVolume, metadata: {generateName: x}}",
		"{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}}", configMap, web,
		strings.ReplaceAll(web, "apps/v1", "apps.kruise.io/v1beta1"), "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range InstallOrder(b.Others) {
		names = append(names, o.String())
	}
	want := []string{"namespace/shop", "poddisruptionbudget.policy/web", "configmap/c", "service.serving.knative.dev/web", "persistentvolume.example.com/", "statefulset.apps.kruise.io/web"}
	if diff := cmp.Diff(want, names); diff != "" || b.HasService("web") || len(b.Volumes) > 0 {
		t.Errorf("%s; %+v", diff, b)
	}
}

func TestNamespace(t *testing.T) {
	in := func(document, namespaceName string) string {
		return strings.ReplaceAll(document, "{name: web}", "{name: web, namespace: "+namespaceName+"}")
	}
	for name, tt := range map[string]struct {
		documents []string
		want, err string
	}{
		"none says":            {[]string{web, svc, disk}, "default", ""},
		"both say":             {[]string{in(web, "shop"), in(svc, "shop")}, "shop", ""},
		"one says the current": {[]string{web, in(svc, "default")}, "default", ""},
		"the Service alone":    {[]string{web, in(svc, "shop")}, "", `service/web is in namespace "shop", and statefulset.apps/web in "default"`},
		"the set alone":        {[]string{in(web, "shop"), svc}, "", `service/web is in namespace "default", and statefulset.apps/web in "shop"`},
		"two":                  {[]string{in(web, "a"), in(svc, "b")}, "", `service/web is in namespace "b", and statefulset.apps/web in "a"`},
	} {
		b, err := parse(t, tt.documents...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.Namespace("default")
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %q, %v; want %q, %q", name, got, err, tt.want, tt.err)
		}
	}
}

func TestAsked(t *testing.T) {
	for text, want := range map[string]Asked{
		"{serviceName: web}": {ServiceName: "web"},
		"{replicas: 3, updateStrategy: {rollingUpdate: {partition: 2}}}": {Replicas: new(int32(3)), Partition: new(int32(2))},
		"{updateStrategy: {type: OnDelete, rollingUpdate: {}}}":          {Strategy: "OnDelete"},
	} {
		b, err := parse(t, "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: "+text+"}")
		if err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(b.Asked, want) {
			t.Errorf("%s: %+v", text, b.Asked)
		}
	}
}

func TestBody(t *testing.T) {
	const record = "kubectl-sts/rollout: live"
	for name, tt := range map[string]struct{ document, live, want string }{
		"a set that is not there": {
			`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web, uid: u, resourceVersion: "1", annotations: {a: b, kubectl-sts/rollout: old, kubectl.kubernetes.io/last-applied-configuration: x}}, spec: {replicas: 3}, status: {replicas: 1}}`,
			"",
			`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web, namespace: shop, annotations: {a: b}}, spec: {replicas: 3}}`,
		},
		"a set keeps what is steered": {
			`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {replicas: 3, updateStrategy: {rollingUpdate: {maxUnavailable: 2, partition: 0}}}}`,
			`{metadata: {uid: u, resourceVersion: "7", annotations: {` + record + `}}, spec: {replicas: 5, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 4}}}}`,
			`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web, namespace: shop, uid: u, resourceVersion: "7", annotations: {` + record + `}}, spec: {replicas: 5, updateStrategy: {rollingUpdate: {maxUnavailable: 2, partition: 4}}}}`,
		},
		"a set that says nothing of it": {
			`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {serviceName: web}}`,
			`{metadata: {uid: u, resourceVersion: "7"}, spec: {replicas: 5, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 4}}}}`,
			`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web, namespace: shop, uid: u, resourceVersion: "7"}, spec: {serviceName: web, replicas: 5, updateStrategy: {rollingUpdate: {partition: 4}}}}`,
		},
		"a set with nulls for what is steered": {
			`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web, annotations: null}, spec: {replicas: 3, updateStrategy: null}}`,
			`{metadata: {uid: u, resourceVersion: "7", annotations: {` + record + `}}, spec: {replicas: 5, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 4}}}}`,
			`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web, namespace: shop, uid: u, resourceVersion: "7", annotations: {` + record + `}}, spec: {replicas: 5, updateStrategy: {rollingUpdate: {partition: 4}}}}`,
		},
		"a set without the block": {
			`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 4}}}}`,
			`{metadata: {uid: u, resourceVersion: "7"}, spec: {replicas: 5, updateStrategy: {type: RollingUpdate}}}`,
			`{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web, namespace: shop, uid: u, resourceVersion: "7"}, spec: {replicas: 5, updateStrategy: {type: RollingUpdate, rollingUpdate: {}}}}`,
		},
		"a Service": {svc, `{metadata: {uid: u, resourceVersion: "7"}}`, `{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop, uid: u, resourceVersion: "7"}, spec: {clusterIP: None}}`},
		"a volume keeps its claim": {
			disk, `{metadata: {uid: u, resourceVersion: "7"}, spec: {claimRef: {namespace: shop, name: c, uid: cu, resourceVersion: "3"}}}`,
			`{apiVersion: v1, kind: PersistentVolume, metadata: {name: d0, uid: u, resourceVersion: "7"}, spec: {capacity: {storage: 1Gi}, claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: shop, name: c, uid: cu, resourceVersion: "3"}}}`,
		},
		"a volume that is reserved by the file": {
			`{apiVersion: v1, kind: PersistentVolume, metadata: {name: d0}, spec: {claimRef: {namespace: shop, name: c}}}`, "",
			`{apiVersion: v1, kind: PersistentVolume, metadata: {name: d0}, spec: {claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: shop, name: c}}}`,
		},
		"a volume as get prints it": {
			`{apiVersion: v1, kind: PersistentVolume, metadata: {name: d0, uid: u}, spec: {claimRef: {namespace: shop, name: c, uid: cu, resourceVersion: "3"}}, status: {phase: Bound}}`,
			`{metadata: {uid: u, resourceVersion: "7"}, spec: {claimRef: {namespace: shop, name: c, uid: cu}}}`,
			`{apiVersion: v1, kind: PersistentVolume, metadata: {name: d0, uid: u, resourceVersion: "7"}, spec: {claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: shop, name: c, uid: cu}}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			body, err := only(t, tt.document).Body("shop", object(t, tt.live))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(plain(t, tree(t, tt.want)), plain(t, tree(t, string(body)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// tree reads YAML, which JSON is too.
func tree(t *testing.T, text string) map[string]any {
	t.Helper()
	var tree map[string]any
	if err := yaml.Unmarshal([]byte(text), &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// plain makes the numbers of two trees comparable.
func plain(t *testing.T, tree map[string]any) string {
	t.Helper()
	text, err := json.MarshalIndent(tree, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// only is the object of a document.
func only(t *testing.T, document string) Object {
	t.Helper()
	documents := []string{document}
	if !strings.Contains(document, "StatefulSet") {
		documents = append(documents, web)
	}
	b, err := parse(t, documents...)
	if err != nil {
		t.Fatal(err)
	}
	return append(b.Beside(), b.Set)[0]
}

func TestBodyRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ claimRef, live, want string }{
		"the uid of a claim that is gone": {`{namespace: shop, name: c, uid: old}`, `{spec: {claimRef: {namespace: shop, name: c, uid: new}}}`, "its reclaim policy would run"},
		"a uid and no claim":              {`{namespace: shop, name: c, uid: old}`, `{spec: {}}`, "its reclaim policy would run"},
		"a uid and no volume":             {`{namespace: shop, name: c, uid: old}`, "", "its reclaim policy would run"},
		"another claim":                   {`{namespace: shop, name: d}`, `{spec: {claimRef: {namespace: shop, name: c, uid: u}}}`, "it is for claim shop/c, and the file gives it to shop/d"},
		"another namespace":               {`{namespace: m, name: c}`, `{spec: {claimRef: {namespace: shop, name: c}}}`, "it is for claim shop/c, and the file gives it to m/c"},
	} {
		o := only(t, "{apiVersion: v1, kind: PersistentVolume, metadata: {name: d0}, spec: {claimRef: "+tt.claimRef+"}}")
		_, err := o.Body("shop", object(t, tt.live))
		var refusal *rollout.Refusal
		if !errors.As(err, &refusal) || refusal.Reason != VolumeTaken || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestBodyKeepsData(t *testing.T) {
	const claimed = "claimRef: {namespace: shop, name: c, uid: u}"
	for name, tt := range map[string]struct{ file, live, want string }{
		"Released":               {"Delete", "{spec: {persistentVolumeReclaimPolicy: Retain, " + claimed + "}, status: {phase: Released}}", "it is Released, and the file's persistentVolumeReclaimPolicy Delete would destroy its data at once"},
		"Released, and Recycle":  {"Recycle", "{spec: {persistentVolumeReclaimPolicy: Retain, " + claimed + "}, status: {phase: Released}}", "Recycle would destroy its data at once"},
		"Failed":                 {"Delete", "{spec: {persistentVolumeReclaimPolicy: Recycle}, status: {phase: Failed}}", "it is Failed"},
		"Bound":                  {"Delete", "{spec: {persistentVolumeReclaimPolicy: Retain, " + claimed + "}, status: {phase: Bound}}", "claim shop/c has it"},
		"no phase yet":           {"Delete", "{spec: {persistentVolumeReclaimPolicy: Retain, " + claimed + "}}", "claim shop/c has it"},
		"Available":              {"Delete", "{spec: {persistentVolumeReclaimPolicy: Retain}, status: {phase: Available}}", ""},
		"reserved":               {"Delete", "{spec: {persistentVolumeReclaimPolicy: Retain, claimRef: {namespace: shop, name: c}}, status: {phase: Available}}", ""},
		"as it is":               {"Delete", "{spec: {persistentVolumeReclaimPolicy: Delete, " + claimed + "}, status: {phase: Bound}}", ""},
		"safe again":             {"Retain", "{spec: {persistentVolumeReclaimPolicy: Delete, " + claimed + "}, status: {phase: Released}}", ""},
		"the file does not say":  {"", "{spec: {persistentVolumeReclaimPolicy: Retain, " + claimed + "}, status: {phase: Released}}", ""},
		"a volume not yet there": {"Delete", "", ""},
	} {
		spec := "{}"
		if tt.file != "" {
			spec = "{persistentVolumeReclaimPolicy: " + tt.file + "}"
		}
		_, err := only(t, "{apiVersion: v1, kind: PersistentVolume, metadata: {name: d0}, spec: "+spec+"}").Body("shop", object(t, tt.live))
		var refusal *rollout.Refusal
		refused := errors.As(err, &refusal) && refusal.Reason == WouldDeleteVolume && strings.Contains(err.Error(), tt.want)
		if tt.want == "" && err != nil || tt.want != "" && !refused {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestLeft(t *testing.T) {
	after := func(entries ...string) *unstructured.Unstructured {
		return object(t, "{metadata: {managedFields: ["+strings.Join(entries, ", ")+"]}}")
	}
	const (
		ours    = `{manager: sts-rollout, operation: Apply, fieldsV1: {f:spec: {f:replicas: {}, f:template: {f:spec: {f:containers: {'k:{"name":"app"}': {.: {}, f:image: {}}}}}}}}`
		kubectl = `{manager: kubectl-client-side-apply, operation: Update, fieldsV1: {f:metadata: {f:annotations: {.: {}, f:kubectl.kubernetes.io/last-applied-configuration: {}}}, f:spec: {f:replicas: {}, f:template: {f:spec: {f:containers: {'k:{"name":"app"}': {.: {}, f:image: {}, f:env: {'k:{"name":"A"}': {.: {}, f:name: {}}}}}}}}}}`
		steps   = `{manager: sts-rollout, operation: Update, fieldsV1: {f:spec: {f:replicas: {}, f:minReadySeconds: {}}}}`
		status  = `{manager: sts-rollout, operation: Update, subresource: status, fieldsV1: {f:status: {f:x: {}}}}`
		helm    = `{manager: helm, operation: Update, fieldsV1: {f:spec: {f:paused: {}}}}`
		former  = `{manager: kubectl-sts, operation: Update, fieldsV1: {f:spec: {f:replicas: {}, f:minReadySeconds: {}}}}`
		filed   = `{manager: kubectl-sts, operation: Apply, fieldsV1: {f:spec: {f:replicas: {}, f:serviceName: {}}}}`
		applied = `{manager: kubectl-client-side-apply, operation: Update, fieldsV1: {f:spec: {f:replicas: {}}}}`
	)
	for name, tt := range map[string]struct {
		after *unstructured.Unstructured
		want  []string
	}{
		"nobody else":      {after(ours), nil},
		"the same fields":  {after(ours, applied, helm, status), nil},
		"kubectl apply's":  {after(ours, kubectl), []string{`spec.template.spec.containers.{"name":"app"}.env.{"name":"A"}.name`}},
		"our own":          {after(steps, ours), []string{"spec.minReadySeconds"}},
		"we never applied": {after(applied), []string{"spec.replicas"}},
		"our own, of old":  {after(former, ours), []string{"spec.minReadySeconds"}},
		"applied of old":   {after(filed, ours), []string{"spec.serviceName"}},
	} {
		got, err := only(t, web).Left(tt.after)
		if err != nil || !cmp.Equal(got, tt.want) {
			t.Errorf("%s: %q (%v), want %q", name, got, err, tt.want)
		}
	}
	if left, err := only(t, disk).Left(after(steps)); err != nil || left != nil {
		t.Errorf("of a volume, our own reservations count too: %q (%v)", left, err)
	}
}

func TestChanges(t *testing.T) {
	const live = `{metadata: {name: web, uid: u, resourceVersion: "1", generation: 1, labels: {a: b}}, spec: {replicas: 3, template: {a: 1}}, status: {replicas: 3}}`
	for edit, want := range map[string][]string{
		"":                        nil,
		`resourceVersion: "1"=>2`: nil,
		"generation: 1=>2":        nil,
		"a: b=>a: c":              {"metadata.labels"},
		"a: 1=>a: 2":              {"spec.template"},
		"replicas: 3, t=>t":       {"spec.replicas"},
		", labels: {a: b}=>":      {"metadata.labels"},
	} {
		from, to, _ := strings.Cut(edit, "=>")
		got := Changes(object(t, live), object(t, strings.Replace(live, from, to, 1)))
		if edit != "" && !cmp.Equal(got, want) {
			t.Errorf("%s: %q, want %q", edit, got, want)
		}
	}
}

func TestConflicts(t *testing.T) {
	status := metav1.Status{Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{
		{Type: metav1.CauseTypeFieldManagerConflict, Message: `conflict with "helm" using apps/v1`, Field: ".spec.replicas"},
		{Type: metav1.CauseTypeFieldManagerConflict, Message: `conflict with "kubectl-client-side-apply" using apps/v1 at 2026-01-02T03:04:05Z`, Field: ".spec.template"},
		{Type: metav1.CauseTypeFieldManagerConflict, Message: `conflict with "helm" using apps/v1`, Field: ".metadata.labels.a"},
		{Type: metav1.CauseTypeFieldValueInvalid, Message: "no", Field: "spec.x"},
	}}}
	o := only(t, web)
	conflicts := ConflictsOf(status)
	if len(conflicts) != 3 {
		t.Fatalf("it reads %+v", conflicts)
	}
	err := o.Contested(o.Foreign(conflicts))
	const want = `statefulset.apps/web: the file has other values than those of another manager: "helm" manages spec.replicas, metadata.labels.a; take them out of the file, or take them over with --force-conflicts`
	if err.Error() != want {
		t.Errorf("it says\n%v, want\n%s", err, want)
	}
	if found := ConflictsOf(metav1.Status{Code: 409}); found != nil {
		t.Errorf("a conflict of versions reads as %+v", found)
	}
}

// TestWithheld: whose the replicas and the partition are, no server tells, since
// no body has the file's.
func TestWithheld(t *testing.T) {
	const (
		both    = `{"f:spec": {"f:replicas": {}, "f:updateStrategy": {"f:rollingUpdate": {"f:partition": {}}}}}`
		steered = "spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 0}}}"
	)
	entry := func(managerName, operation, more string) string {
		return "{manager: " + managerName + ", operation: " + operation + ", fieldsType: FieldsV1, fieldsV1: " + both + more + "}"
	}
	argo := entry("argocd", "Apply", "")
	for name, tt := range map[string]struct {
		file, entry string
		want        string
	}{
		"applied, another number":     {"{replicas: 2}", argo, "argocd spec.replicas"},
		"applied, another partition":  {"{updateStrategy: {rollingUpdate: {partition: 1}}}", argo, "argocd spec.updateStrategy.rollingUpdate.partition"},
		"applied, both":               {"{replicas: 2, updateStrategy: {rollingUpdate: {partition: 1}}}", argo, "argocd spec.replicas, argocd spec.updateStrategy.rollingUpdate.partition"},
		"applied, the live ones":      {"{replicas: 3, updateStrategy: {rollingUpdate: {partition: 0}}}", argo, ""},
		"applied, the file is silent": {"{serviceName: web}", argo, ""},
		"applied by kubectl":          {"{replicas: 2}", entry("kubectl", "Apply", ""), "kubectl spec.replicas"},
		"updated by another tool":     {"{replicas: 2}", entry("helm", "Update", ""), "helm spec.replicas"},
		"kubectl scale, autoscaler":   {"{replicas: 2}", entry("kube-controller-manager", "Update", ", subresource: scale"), ""},
		"kubectl edit, fewer":         {"{replicas: 2}", entry("kubectl-edit", "Update", ""), "kubectl-edit spec.replicas"},
		"kubectl edit, more":          {"{replicas: 4}", entry("kubectl-edit", "Update", ""), ""},
		"kubectl scale, fewer":        {"{replicas: 2}", entry("kubectl", "Update", ", subresource: scale"), "kubectl spec.replicas"},
		"kubectl scale, more":         {"{replicas: 4}", entry("kubectl", "Update", ", subresource: scale"), ""},
		"kubectl create":              {"{replicas: 2}", entry("kubectl-create", "Update", ""), ""},
		"kubectl apply":               {"{replicas: 2}", entry("kubectl-client-side-apply", "Update", ""), ""},
		"ours, applied":               {"{replicas: 2}", entry(rollout.FieldManager, "Apply", ""), ""},
		"ours, updated":               {"{replicas: 2}", entry(rollout.FieldManager, "Update", ""), ""},
		"ours of old, applied":        {"{replicas: 2}", entry(rollout.FormerFieldManager, "Apply", ""), ""},
		"ours of old, updated":        {"{replicas: 2}", entry(rollout.FormerFieldManager, "Update", ""), ""},
		"another's, another field":    {"{replicas: 2}", "{manager: helm, operation: Apply, fieldsV1: {\"f:spec\": {\"f:serviceName\": {}}}}", ""},
	} {
		o := only(t, "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: "+tt.file+"}")
		conflicts, err := o.Withheld(object(t, "{metadata: {managedFields: ["+tt.entry+"]}, "+steered+"}"))
		var got []string
		for _, c := range conflicts {
			got = append(got, c.Manager+" "+c.Field)
		}
		if err != nil || strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: %q (%v), want %q", name, got, err, tt.want)
		}
	}
	if conflicts, err := only(t, disk).Withheld(object(t, "{}")); err != nil || conflicts != nil {
		t.Errorf("of a volume: %v (%v)", conflicts, err)
	}
}

func TestDiffering(t *testing.T) {
	live := object(t, `{metadata: {labels: {a: b}}, spec: {n: 1, claims: [{name: data, mode: x}], template: {containers: [{name: app, image: a}]}}}`)
	after := object(t, `{metadata: {labels: {a: b}}, spec: {n: 2, claims: [{name: data, mode: x}], template: {containers: [{name: app, image: b}]}, new: 1}}`)
	for field, differs := range map[string]bool{
		"spec.claims": false, `spec.claims[name="data"].mode`: false, "metadata.labels.a": false,
		"spec.n": true, "spec.new": true, `spec.template.containers[name="app"].image`: true, "spec.n.deeper": true, "metadata.labels.a.b/c": true, "": true,
	} {
		if got := Differing([]Conflict{{Manager: "helm", Field: field}}, live, after); (len(got) > 0) != differs {
			t.Errorf("%q: %v", field, got)
		}
	}
}

// TestFixed: of what the server minds, what cannot be changed is refused, in the
// file's words.
func TestFixed(t *testing.T) {
	cause := func(field, message string) metav1.StatusCause {
		return metav1.StatusCause{Type: metav1.CauseTypeFieldValueInvalid, Field: field, Message: message}
	}
	address := cause("spec.clusterIPs[0]", `Invalid value: ["None"]: may not change once set`)
	family := cause("spec.ipFamilies[0]", "Invalid value: [\"IPv6\"]: may not change once set")
	source := cause("spec.persistentvolumesource", "Forbidden: spec.persistentvolumesource is immutable after creation\n-a\n+b")
	volume := strings.ReplaceAll(disk, "spec: {", "spec: {nodeAffinity: {}, nfs: {server: s, path: /x}, ")
	for name, tt := range map[string]struct {
		document string
		causes   []metav1.StatusCause
		want     string
	}{
		"an address":           {svc, []metav1.StatusCause{address, address}, "service/web: the file changes spec.clusterIPs, which cannot be changed on a Service that exists; let the file say what is live, or delete"},
		"two fields":           {svc, []metav1.StatusCause{family, address}, "changes spec.clusterIPs, spec.ipFamilies, which"},
		"and something else":   {svc, []metav1.StatusCause{cause("spec.ports[0].port", "must be between 1 and 65535"), address}, "changes spec.clusterIPs, which"},
		"the source":           {volume, []metav1.StatusCause{source}, "persistentvolume/d0: the file changes spec.nfs, which cannot be changed on a PersistentVolume that exists; let the file say what is live, or give the volume another name"},
		"a source left out":    {disk, []metav1.StatusCause{source}, "changes spec.persistentvolumesource, which"},
		"a mode":               {disk, []metav1.StatusCause{cause("volumeMode", "Invalid value: \"Block\": field is immutable")}, "changes volumeMode, which"},
		"another wrong value":  {svc, []metav1.StatusCause{cause("spec.ports[0].port", "must be between 1 and 65535")}, ""},
		"an answer about none": {svc, nil, ""},
	} {
		b, err := parse(t, web, tt.document)
		if err != nil {
			t.Fatal(err)
		}
		status := metav1.Status{Reason: metav1.StatusReasonInvalid, Details: &metav1.StatusDetails{Causes: tt.causes}}
		err = b.Beside()[0].Fixed(status)
		var refusal *rollout.Refusal
		if (tt.want == "") != (err == nil) || err != nil && (!errors.As(err, &refusal) || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// TestAddSaysWhich: what is wrong is said of the document that it is in.
func TestAddSaysWhich(t *testing.T) {
	var f File
	for _, document := range []string{web, svc} {
		if err := f.Add(asJSON(t, document)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Add(asJSON(t, svc)); err == nil || !strings.Contains(err.Error(), "service/web is there a second time") {
		t.Errorf("the same again: %v", err)
	}
	if err := f.Check(); err != nil {
		t.Error(err)
	}
}

// TestBundles: what comes before which set.
func TestBundles(t *testing.T) {
	in := func(text, namespaceName string) string {
		return strings.Replace(text, "name: web}", "name: web, namespace: "+namespaceName+"}", 1)
	}
	for name, tt := range map[string]struct {
		documents []string
		want      []string
	}{
		"one":                 {[]string{svc, disk, web}, []string{"persistentvolume/d0 service/web statefulset.apps/web"}},
		"two":                 {[]string{db, svc, web, disk, configMap}, []string{"configmap/c persistentvolume/d0 service/web statefulset.apps/db", "statefulset.apps/web"}},
		"of two namespaces":   {[]string{in(web, "a"), in(svc, "b"), in(web, "b")}, []string{"statefulset.apps/web", "service/web statefulset.apps/web"}},
		"a Service elsewhere": {[]string{in(web, "a"), in(svc, "c"), in(web, "b")}, []string{"service/web statefulset.apps/web", "statefulset.apps/web"}},
	} {
		var raw [][]byte
		for _, text := range tt.documents {
			raw = append(raw, asJSON(t, text))
		}
		f, err := Parse(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, b := range f.Bundles() {
			var names []string
			for _, o := range append(slices.Concat(b.Others, b.Beside()), b.Set) {
				names = append(names, o.String())
			}
			got = append(got, strings.Join(names, " "))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
		last := f.Bundles()[len(got)-1]
		if want := name != "a Service elsewhere"; last.HasService("web") != want {
			t.Errorf("%s: the last one has its Service: %t, want %t", name, !want, want)
		}
	}
}

// TestPrune: what says nothing is not sent; what says something by being empty is.
func TestPrune(t *testing.T) {
	b, err := parse(t, `{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web, annotations: {}, labels: {a: null}}, spec: {serviceName: null, template: {
		metadata: {annotations: {sum: null, b: ""}}, spec: {nodeSelector: {}, tolerations: [], volumes: [{name: v, emptyDir: {}}, {name: w, hostPath: null}],
		affinity: {podAntiAffinity: {x: [{namespaceSelector: {}, labelSelector: {matchLabels: {}}}]}},
		containers: [{name: app, args: null, env: [], securityContext: {}, resources: {limits: {cpu: null}}}]}}}}`,
		"{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: null, b: c}, binaryData: {}}")
	if err != nil {
		t.Fatal(err)
	}
	want := object(t, `{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {template: {
		metadata: {annotations: {b: ""}}, spec: {volumes: [{name: v, emptyDir: {}}, {name: w}],
		affinity: {podAntiAffinity: {x: [{namespaceSelector: {}, labelSelector: {}}]}},
		containers: [{name: app, securityContext: {}, resources: {}}]}}}}`).Object
	if diff := cmp.Diff(want, b.Set.tree); diff != "" {
		t.Error(diff)
	}
}
