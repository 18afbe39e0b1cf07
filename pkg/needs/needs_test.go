// SPDX-License-Identifier: Apache-2.0

package needs

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func read[T any](t *testing.T, text string) T {
	t.Helper()
	var object T
	if err := yaml.Unmarshal([]byte(text), &object); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return object
}

// set is one whose pods have the label app=web.
func set(t *testing.T, spec, podSpec string) *appsv1.StatefulSet {
	t.Helper()
	s := read[appsv1.StatefulSet](t, "{metadata: {name: web, namespace: shop}, spec: "+spec+"}")
	s.Spec.Template = read[corev1.PodTemplateSpec](t, "{metadata: {labels: {app: web, tier: back}}, spec: "+podSpec+"}")
	return &s
}

// brief are the ids, each with its severity, and the message.
func brief(findings []rollout.Finding) string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, string(f.Severity)+" "+f.ID+" "+f.Object+": "+f.Message)
	}
	return strings.Join(lines, "\n")
}

func TestGoverning(t *testing.T) {
	for name, tt := range map[string]struct{ service, want string }{
		"it governs":     {"{clusterIP: None, selector: {app: web}}", ""},
		"one address":    {"{clusterIP: 10.0.0.1, selector: {app: web}}", FoundNotHeadless},
		"not given yet":  {"{selector: {app: web}}", FoundNotHeadless},
		"of others":      {"{clusterIP: None, selector: {app: db}}", FoundSelectsOthers},
		"of some":        {"{clusterIP: None, selector: {app: web, shard: a}}", FoundSelectsOthers},
		"of nobody":      {"{clusterIP: None}", FoundSelectsOthers},
		"wrong in both":  {"{selector: {app: db}}", FoundNotHeadless + " " + FoundSelectsOthers},
		"another's name": {"{type: ExternalName, externalName: example.com}", FoundNotHeadless + " " + FoundSelectsOthers},
	} {
		service := read[corev1.Service](t, "{metadata: {name: svc}, spec: "+tt.service+"}")
		var got []string
		for _, f := range Governing(set(t, "{}", "{}"), service) {
			got = append(got, f.ID)
		}
		if text := strings.Join(got, " "); text != tt.want {
			t.Errorf("%s: %q, want %q", name, text, tt.want)
		}
		fits := len(Fitting(set(t, "{}", "{}"), []corev1.Service{service})) == 1
		if fits != (tt.want == "") {
			t.Errorf("%s: it fits: %t", name, fits)
		}
	}
}

// TestCutOff: pods that are there, and a Service that is changed before them.
func TestCutOff(t *testing.T) {
	const live = "{clusterIP: 10.0.0.1, selector: {app: web}, ports: [{port: 80, targetPort: 8080}, {port: 53, protocol: UDP, targetPort: dns}]}"
	template := set(t, "{}", "{containers: [{name: c, ports: [{containerPort: 8081}, {name: dns, containerPort: 5353, protocol: UDP}]}]}").Spec.Template
	for name, tt := range map[string]struct{ live, after, want string }{
		"as it was":             {live, live, ""},
		"another selector":      {live, strings.Replace(live, "app: web", "app: web, v: two", 1), "its selector becomes app=web,v=two, and the pods that are there have app=web,tier=back"},
		"a selector that fits":  {live, strings.Replace(live, "app: web", "tier: back", 1), ""},
		"another port":          {live, strings.Replace(live, "8080", "9090", 1), "its port 80 leads to 9090, and the pods that are there serve it at 8080"},
		"one that they have":    {live, strings.Replace(live, "8080", "8081", 1), ""},
		"of the other protocol": {live, strings.Replace(live, "8080", "5353", 1), "its port 80 leads to 5353, and the pods that are there serve it at 8080"},
		"by default":            {live, strings.Replace(live, ", targetPort: 8080", "", 1), "its port 80 leads to 80, and the pods that are there serve it at 8080"},
		"a name of nobody":      {live, strings.Replace(live, "targetPort: dns", "targetPort: names", 1), `its port 53 leads to a port named "names", and the pods that are there serve it at 5353`},
		"the number of a name":  {live, strings.Replace(live, "targetPort: dns", "targetPort: 5353", 1), ""},
		"a port more":           {live, strings.Replace(live, "ports: [", "ports: [{port: 90}, ", 1), ""},
		"headless":              {strings.Replace(live, "10.0.0.1", "None", 1), strings.NewReplacer("10.0.0.1", "None", "8080", "9090").Replace(live), ""},
		"of others before":      {"{clusterIP: 10.0.0.1, selector: {app: db}}", live, ""},
		"of nobody before":      {"{clusterIP: 10.0.0.1}", live, ""},
	} {
		before, after := read[corev1.Service](t, "{spec: "+tt.live+"}"), read[corev1.Service](t, "{spec: "+tt.after+"}")
		if got := CutOff(template, before, after); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestReferences(t *testing.T) {
	got := References(set(t, "{volumeClaimTemplates: [{metadata: {name: data}}]}", `{
		serviceAccountName: robot,
		initContainers: [{name: i, envFrom: [{secretRef: {name: first}}, {configMapRef: {name: maybe, optional: true}}]}],
		containers: [{name: a, env: [{name: A, valueFrom: {secretKeyRef: {name: password, key: p}}}, {name: B, value: b}, {name: C, valueFrom: {configMapKeyRef: {name: settings, key: c}}}],
			envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: maybe, optional: true}}]}],
		volumes: [{name: v, persistentVolumeClaim: {claimName: shared}}, {name: data, persistentVolumeClaim: {claimName: other}}, {name: w, configMap: {name: files}},
			{name: x, secret: {secretName: maybe, optional: true}}, {name: y, emptyDir: {}}, {name: z, projected: {sources: [{secret: {name: tls}}, {configMap: {name: ca}}, {configMap: {name: kube-root-ca.crt}}, {downwardAPI: {}}]}}]}`))
	want := []Reference{
		{configMap, "ca"},
		{configMap, "files"},
		{configMap, "settings"},
		{claim, "shared"},
		{secret, "first"},
		{secret, "password"},
		{secret, "tls"},
		{serviceAccount, "robot"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	if got := References(set(t, "{}", "{serviceAccountName: default}")); len(got) > 0 {
		t.Errorf("what every namespace has: %v", got)
	}
	for _, r := range got {
		if f := r.Missing(set(t, "{}", "{}")); r.Resource() == "" || f.Severity != rollout.FindingError || !strings.Contains(f.Message, r.Name) {
			t.Errorf("%+v: %+v", r, f)
		}
	}
}

// A set makes the claims of its ordinals, and no object of another kind.
func TestMadeBy(t *testing.T) {
	db := set(t, "{ordinals: {start: 2}, replicas: 2, volumeClaimTemplates: [{metadata: {name: data}}]}", "{}")
	db.Name = "db"
	for r, want := range map[Reference]bool{
		{claim, "data-db-2"}: true, {claim, "data-db-3"}: true,
		{claim, "data-db-1"}: false, {claim, "data-db-4"}: false, {claim, "logs-db-2"}: false, {secret, "data-db-2"}: false,
	} {
		if got := r.MadeBy(db); got != want {
			t.Errorf("%+v: %t", r, got)
		}
	}
}

func TestPlaces(t *testing.T) {
	const (
		apart   = "{affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: host, labelSelector: {matchLabels: {app: web}}}]}}}"
		onZone  = "{affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: %}]}]}}}}"
		others  = "[{metadata: {name: a, labels: {host: a, zone: x, cores: '8'}}}, {metadata: {name: b, labels: {host: b, zone: y}}}"
		tainted = ", {metadata: {name: c, labels: {host: c, zone: z}}, spec: {taints: [{key: only, value: db, effect: NoSchedule}, {key: soft, effect: PreferNoSchedule}]}}]"
	)
	three := others + ", {metadata: {name: c, labels: {host: c, zone: z}}}]"
	for name, tt := range map[string]struct {
		spec, podSpec, nodes string
		want                 string
	}{
		"asks for nothing":       {"{replicas: 9}", "{}", three, ""},
		"a label that is there":  {"{}", "{nodeSelector: {zone: x}}", three, ""},
		"a label that is not":    {"{}", "{nodeSelector: {disk: ssd}}", three, FoundNoNode},
		"an affinity":            {"{}", strings.Replace(onZone, "%", "In, values: [x, q]", 1), three, ""},
		"another affinity":       {"{}", strings.Replace(onZone, "%", "NotIn, values: [x, y, z]", 1), three, FoundNoNode},
		"more than it has":       {"{}", strings.ReplaceAll(strings.Replace(onZone, "%", "Gt, values: ['8']", 1), "zone", "cores"), three, FoundNoNode},
		"less than it has":       {"{}", strings.ReplaceAll(strings.Replace(onZone, "%", "Gt, values: ['7']", 1), "zone", "cores"), three, ""},
		"by name":                {"{}", strings.Replace(strings.Replace(onZone, "key: zone, operator: %", "key: metadata.name, operator: In, values: [b]", 1), "matchExpressions", "matchFields", 1), three, ""},
		"an empty term":          {"{}", "{affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{}]}}}}", three, FoundNoNode},
		"apart, enough":          {"{replicas: 3}", apart, three, ""},
		"apart, too few":         {"{replicas: 4}", apart, three, FoundTooFewNodes},
		"apart, one is tainted":  {"{replicas: 3}", apart, others + tainted, FoundTooFewNodes},
		"apart, and tolerated":   {"{replicas: 3}", strings.Replace(apart, "{affinity", "{tolerations: [{key: only, value: db}], affinity", 1), others + tainted, ""},
		"tolerated by its key":   {"{replicas: 3}", strings.Replace(apart, "{affinity", "{tolerations: [{key: only, operator: Exists, effect: NoSchedule}], affinity", 1), others + tainted, ""},
		"another value":          {"{replicas: 3}", strings.Replace(apart, "{affinity", "{tolerations: [{key: only, value: web}], affinity", 1), others + tainted, FoundTooFewNodes},
		"another effect":         {"{replicas: 3}", strings.Replace(apart, "{affinity", "{tolerations: [{operator: Exists, effect: NoExecute}], affinity", 1), others + tainted, FoundTooFewNodes},
		"apart from others":      {"{replicas: 9}", strings.Replace(apart, "app: web", "app: db", 1), three, ""},
		"apart elsewhere":        {"{replicas: 9}", strings.Replace(apart, "{topologyKey", "{namespaces: [db], topologyKey", 1), three, ""},
		"a node without the key": {"{replicas: 9}", apart, others + ", {metadata: {name: c}}]", ""},
		"preferred":              {"{replicas: 9}", "{affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: {topologyKey: host, labelSelector: {matchLabels: {app: web}}}}]}}}", three, ""},
	} {
		s := set(t, tt.spec, tt.podSpec)
		findings := Places(s, read[[]corev1.Node](t, tt.nodes))
		if got := brief(findings); (got == "") != (tt.want == "") || !strings.Contains(got, "warning "+tt.want) && tt.want != "" {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
		if len(findings) > 0 && !AsksForNodes(s) {
			t.Errorf("%s: nobody would have asked for the nodes", name)
		}
	}
	for _, free := range []string{"{}", "{tolerations: [{operator: Exists}]}"} {
		if AsksForNodes(set(t, "{}", free)) {
			t.Errorf("%s asks for nodes", free)
		}
	}
}

// Pods of the live set keep those of another template from their nodes, as long as there
// are so many of them.
func TestBeside(t *testing.T) {
	const (
		strict  = "{affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: host, labelSelector: {matchLabels: {app: web}}}]}}}"
		three   = "[{metadata: {name: a, labels: {host: a, zone: x}}}, {metadata: {name: b, labels: {host: b, zone: y}}}, {metadata: {name: c, labels: {host: c, zone: y}}}]"
		zones   = "[{metadata: {name: a, labels: {host: a, zone: x}}}, {metadata: {name: b, labels: {host: b, zone: y}}}, {metadata: {name: c, labels: {host: c, zone: y}}}, {metadata: {name: d, labels: {host: d, zone: y}}}]"
		tainted = "[{metadata: {name: a, labels: {host: a}}}, {metadata: {name: b, labels: {host: b}}}, {metadata: {name: c, labels: {host: c}}}, {metadata: {name: d, labels: {host: d}}, spec: {taints: [{key: only, value: db, effect: NoSchedule}]}}]"
	)
	zonal := strings.Replace(strict, "topologyKey: host", "topologyKey: zone", 1)
	for name, tt := range map[string]struct {
		old, asked, nodes, on string // on: the nodes of the pods, "-" for none
		says                  string
	}{
		"becomes strict":             {"{}", strict, three, "a b c b", "beside web-0, web-1, web-2 there is no node .* with 3 replicas"},
		"becomes strict, with room":  {"{}", strict, three, "a b b", ""},
		"becomes lenient":            {strict, "{}", three, "a b c -", "beside web-0, web-1, web-2 .* with 3 replicas"},
		"stays strict, and stands":   {strict, strict, three, "a b c", ""},
		"stays lenient":              {"{}", "{}", three, "a b c a", ""},
		"even fewer":                 {"{}", strict, three, "a b c a b c", "beside web-0, web-1, web-2, web-3, web-4 .* with 3 replicas"},
		"by zones":                   {"{}", zonal, zones, "a b c d", "beside web-0, web-1, web-2 .* with 2 replicas"},
		"another node is tainted":    {"{}", strict, tainted, "a b c b", "with 3 replicas"},
		"no node takes it":           {"{}", strings.Replace(strict, "{affinity", "{nodeSelector: {x: y}, affinity", 1), three, "a b c b", ""},
		"a node that is gone":        {"{}", strict, three, "a b gone b", ""},
		"a single one":               {"{}", strict, "[{metadata: {name: a, labels: {host: a}}}]", "a", ""},
		"beside others, not its own": {"{}", strings.Replace(strict, "app: web", "app: db", 1), three, "a b c b", ""},
	} {
		file, old := set(t, "{}", tt.asked), set(t, "{}", tt.old)
		var standing []Standing
		ordinals := strings.Fields(tt.on)
		for i, nodeName := range ordinals {
			if nodeName != "-" {
				standing = append(standing, Standing{Index: int32(i), PodName: fmt.Sprintf("web-%d", i), NodeName: nodeName, Apart: rollout.ApartnessOf(old.Spec.Template, "web-a", "")})
			}
		}
		got := brief(Beside(file, "", read[[]corev1.Node](t, tt.nodes), standing, int32(len(ordinals))))
		if (got == "") != (tt.says == "") || !regexp.MustCompile("(?s)"+tt.says).MatchString(got) {
			t.Errorf("%s: %q, want %q", name, got, tt.says)
		}
	}
}

func TestRetention(t *testing.T) {
	const claims = ", volumeClaimTemplates: [{metadata: {name: data}}]}"
	for spec, want := range map[string]string{
		"{replicas: 1" + claims: "",
		"{persistentVolumeClaimRetentionPolicy: {whenScaled: Retain, whenDeleted: Retain}" + claims: "",
		"{persistentVolumeClaimRetentionPolicy: {whenScaled: Delete, whenDeleted: Retain}" + claims: "scale-down takes away (whenScaled)",
		"{persistentVolumeClaimRetentionPolicy: {whenScaled: Retain, whenDeleted: Delete}" + claims: "with them, when the set is deleted (whenDeleted)",
		"{persistentVolumeClaimRetentionPolicy: {whenScaled: Delete, whenDeleted: Delete}" + claims: "(whenScaled) and when the set",
		"{persistentVolumeClaimRetentionPolicy: {whenScaled: Delete, whenDeleted: Delete}}":         "",
	} {
		if got := brief(Retention(set(t, spec, "{}"))); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", spec, got, want)
		}
	}
}
