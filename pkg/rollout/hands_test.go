// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"cmp"
	"strings"
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

const (
	imageV1  = `f:template: {f:spec: {f:containers: {'k:{"name":"app"}': {.: {}, f:name: {}, f:image: {}}}}}`
	sansV1   = `f:template: {f:spec: {f:containers: {'k:{"name":"app"}': {.: {}, f:name: {}}}}}`
	oneImage = `f:template: {f:spec: {f:containers: {'k:{"name":"app"}': {f:image: {}}}}}`
	aZero    = `f:updateStrategy: {f:rollingUpdate: {f:partition: {}}}`
)

// seen is a set with a manifest's metadata and spec; a rollout is under way where its
// two revisions differ.
func seen(t *testing.T, metadata, spec, update string) rollout.State {
	t.Helper()
	if metadata != "" {
		metadata = ", " + metadata
	}
	set, err := rollout.LookSet(object(t, "{metadata: {name: web, uid: u"+metadata+"}, spec: {"+spec+
		"template: {spec: {containers: [{name: app, image: v2}]}}}, status: {currentRevision: web-a, updateRevision: "+update+"}}"))
	if err != nil {
		t.Fatal(err)
	}
	return rollout.Assemble(rollout.Glance{Set: set})
}

func managers(entries ...string) string {
	return "managedFields: [" + strings.Join(entries, ", ") + "]"
}

func fields(text string) string { return "{f:spec: {" + text + "}}" }

// TestHands: who else runs this set, as far as it tells, and what that means to an operation.
func TestHands(t *testing.T) {
	const (
		partitioned = "it applies the partition"
		conflict    = "ends in a conflict, unless the chart has this image"
		overwrites  = "its next upgrade applies the chart's own template"
		git         = "put this image into Git before promote"
		replaces    = "it replaces the set at its next deploy"
		replicas    = "it applies the replicas: its next"
	)
	ours := entry(rollout.FieldManager, "Update", at, fields(oneImage))
	helm4 := entry("helm", "Apply", at, fields("f:replicas: {}, "+imageV1))
	for name, tt := range map[string]struct {
		metadata, spec string
		update         string // web-b: a rollout is under way
		op             string
		want           string // kind, name, and what the meaning begins with; "" for nobody
	}{
		"nobody":           {op: "canary"},
		"an operator":      {metadata: "ownerReferences: [{kind: Redis, name: cache, uid: u, controller: true}]", op: "scale", want: `owner Redis "cache": it is an operator's`},
		"a mere owner":     {metadata: "ownerReferences: [{kind: Redis, name: cache, uid: u}]", op: "canary"},
		"made by others":   {metadata: "labels: {app.kubernetes.io/managed-by: hand}", op: "canary"},
		"a rendered chart": {metadata: "labels: {app.kubernetes.io/managed-by: Helm}", op: "canary"},

		"applies it":                  {metadata: managers(entry("flux", "Apply", at, fields(aZero))), op: "canary", want: `partition field manager "flux": ` + partitioned},
		"we apply it":                 {metadata: managers(entry(rollout.FieldManager, "Apply", at, fields(aZero))), op: "canary"},
		"we applied it of old":        {metadata: managers(entry(rollout.FormerFieldManager, "Apply", at, fields(aZero))), op: "canary"},
		"wrote it once":               {metadata: managers(entry("hand", "Update", at, fields(aZero))), spec: "updateStrategy: {rollingUpdate: {partition: 1}}, ", op: "canary"},
		"a chart of Helm 3":           {metadata: managers(entry("helm", "Update", at, fields(aZero))), spec: "updateStrategy: {rollingUpdate: {partition: 1}}, ", op: "canary", want: `partition field manager "helm": ` + partitioned},
		"the default of Helm 3":       {metadata: managers(entry("helm", "Update", at, fields(aZero+", "+imageV1))), spec: "updateStrategy: {rollingUpdate: {partition: 0}}, ", op: "canary", want: "note Helm: " + overwrites},
		"kubectl, server-side":        {metadata: managers(entry("kubectl", "Apply", at, fields(aZero))), spec: "updateStrategy: {rollingUpdate: {partition: 2}}, ", op: "canary", want: `partition field manager "kubectl": ` + partitioned},
		"kubectl, server-side, 0":     {metadata: managers(entry("kubectl", "Apply", at, fields(aZero))), spec: "updateStrategy: {rollingUpdate: {partition: 0}}, ", op: "canary", want: `note field manager "kubectl": it applies partition 0`},
		"Argo CD, 0":                  {metadata: managers(entry("argocd-controller", "Apply", at, fields(aZero))), spec: "updateStrategy: {rollingUpdate: {partition: 0}}, ", op: "scale", want: `partition field manager "argocd-controller": ` + partitioned},
		"kubectl apply":               {metadata: lastApply(`{"spec":{"updateStrategy":{"rollingUpdate":{"partition":1}}}}`), op: "canary", want: "partition kubectl apply: " + partitioned},
		"kubectl apply of 0":          {metadata: lastApply(`{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}`), op: "canary", want: "note kubectl apply: it applies partition 0"},
		"kubectl apply of 0, settled": {metadata: lastApply(`{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}`), op: "promote"},
		"kubectl apply of 0, a scale": {metadata: lastApply(`{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}`), update: "web-b", op: "scale"},
		"Argo CD's own apply of 0":    {metadata: "labels: {argocd.argoproj.io/instance: shop}, " + lastApply(`{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}`), op: "delete", want: "partition kubectl apply: " + partitioned},
		"kubectl apply without":       {metadata: lastApply(`{"spec":{"replicas":3}}`), op: "canary"},
		"kubectl apply of nonsense":   {metadata: lastApply(`nonsense`), op: "canary"},

		"Argo CD by annotation":      {metadata: "annotations: {argocd.argoproj.io/tracking-id: shop}", op: "canary", want: "template Argo CD: " + git},
		"Argo CD by label":           {metadata: "labels: {argocd.argoproj.io/instance: shop}", op: "canary", want: "template Argo CD: " + git},
		"Argo CD by its manager":     {metadata: managers(entry("argocd-controller", "Apply", at, fields(imageV1))), op: "canary", want: "template Argo CD: " + git},
		"Argo CD, another field":     {metadata: managers(entry("argocd-controller", "Apply", at, "{f:metadata: {}}")), op: "canary", want: "template Argo CD"},
		"Argo CD, settled":           {metadata: "labels: {argocd.argoproj.io/instance: shop}", want: "template Argo CD"},
		"Argo CD, under way":         {metadata: "labels: {argocd.argoproj.io/instance: shop}", update: "web-b", want: "template Argo CD: " + git},
		"Git has the image":          {metadata: managers(ours, entry("argocd-controller", "Apply", at, fields(imageV1))), update: "web-b", op: "promote", want: "template Argo CD"},
		"Git has it, an abort":       {metadata: managers(ours, entry("argocd-controller", "Apply", at, fields(imageV1))), update: "web-b", op: "abort", want: "template Argo CD: Git has this template already"},
		"Git has the old, an abort":  {metadata: managers(ours, entry("argocd-controller", "Apply", at, fields(sansV1))), update: "web-b", op: "abort", want: "template Argo CD"},
		"Git has the old":            {metadata: managers(ours, entry("argocd-controller", "Apply", at, fields(sansV1))), update: "web-b", op: "promote", want: "template Argo CD: " + git},
		"Git has it, client-side":    {metadata: managers(entry("argocd-controller", "Update", at, fields(imageV1))) + ", " + lastApply(`{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"v2"}]}}}}`), update: "web-b", op: "promote", want: "template Argo CD"},
		"Git has the old one so":     {metadata: managers(entry("argocd-controller", "Update", at, fields(imageV1))) + ", " + lastApply(`{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"v1"}]}}}}`), update: "web-b", op: "promote", want: "template Argo CD: " + git},
		"Flux":                       {metadata: "labels: {kustomize.toolkit.fluxcd.io/name: shop}", op: "canary", want: "template Flux: " + git},
		"Flux by its manager":        {metadata: managers(entry("kustomize-controller", "Apply", at, fields(imageV1))), op: "canary", want: "template Flux: " + git},
		"Flux's Helm":                {metadata: "labels: {helm.toolkit.fluxcd.io/name: shop}, annotations: {meta.helm.sh/release-name: shop}", op: "canary", want: "template Flux: " + git},
		"Helm by its mark":           {metadata: "annotations: {meta.helm.sh/release-name: shop}", op: "canary", want: "note Helm: " + overwrites},
		"Helm 3":                     {metadata: managers(entry("helm", "Update", at, fields(imageV1))), op: "canary", want: "note Helm: " + overwrites},
		"Helm 4":                     {metadata: managers(helm4), op: "canary", want: "note Helm: its next upgrade " + conflict},
		"Helm 4, a promote":          {metadata: managers(entry("helm", "Apply", at, fields(sansV1)), ours), update: "web-b", op: "promote", want: "note Helm: " + overwrites},
		"kapp":                       {metadata: "labels: {kapp.k14s.io/app: '17'}", op: "canary", want: "replace kapp: " + replaces},
		"kapp by its manager":        {metadata: managers(entry("kapp", "Update", at, fields(imageV1))), update: "web-b", op: "abort", want: "replace kapp: " + replaces},
		"kapp, settled":              {metadata: "labels: {kapp.k14s.io/app: '17'}", want: "replace kapp"},
		"kapp, a scale":              {metadata: "labels: {kapp.k14s.io/app: '17'}", op: "scale", want: "replace kapp: " + replaces},
		"kubectl server-side":        {metadata: managers(entry("kubectl", "Apply", at, fields("f:replicas: {}, "+imageV1))), op: "canary"},
		"replicas by Helm 4":         {metadata: managers(helm4), op: "scale", want: "note Helm: " + replicas + " upgrade"},
		"replicas by Helm 3":         {metadata: managers(entry("helm", "Update", at, fields("f:replicas: {}"))), spec: "replicas: 5, ", op: "scale", want: "note Helm: " + replicas + " upgrade"},
		"one by Helm 3, the default": {metadata: managers(entry("helm", "Update", at, fields("f:replicas: {}"))), op: "scale", want: "note Helm"},
		"replicas by kubectl":        {metadata: managers(entry("kubectl", "Apply", at, fields("f:replicas: {}"))), op: "scale", want: `note field manager "kubectl": ` + replicas + " apply"},
		"replicas by Flux":           {metadata: managers(entry("kustomize-controller", "Apply", at, fields("f:replicas: {}"))), op: "scale", want: "template Flux: " + replicas + " sync"},
		"Git without replicas":       {metadata: managers(entry("kustomize-controller", "Apply", at, fields(imageV1))), op: "scale", want: "template Flux"},
		"replicas that we took": {
			metadata: managers(entry("helm", "Apply", at, fields(imageV1))) + ", annotations: {kubectl-sts/rollout: '{\"v\":1,\"uid\":\"u\",\"op\":\"scale\",\"state\":\"done\",\"args\":{\"replicasAppliedBy\":\"helm\"},\"at\":\"2026-01-05T10:00:01Z\"}'}",
			op:       "scale", want: "note Helm: " + replicas,
		},
		"and that were left out since": {
			metadata: managers(entry("helm", "Apply", at, fields(imageV1))) + ", annotations: {kubectl-sts/rollout: '{\"v\":1,\"uid\":\"u\",\"op\":\"scale\",\"state\":\"done\",\"args\":{\"replicasAppliedBy\":\"helm\"},\"at\":\"2026-01-05T09:00:01Z\"}'}",
			op:       "scale", want: "note Helm",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := seen(t, tt.metadata, tt.spec, cmp.Or(tt.update, "web-a"))
			all, exact := inWords(s.Hands(tt.op)), !strings.Contains(tt.want, ":")
			if exact && all != tt.want || !strings.HasPrefix(all, tt.want) {
				t.Errorf("it finds %q, want %q", all, tt.want)
			}
		})
	}
}

func lastApply(manifest string) string {
	return "annotations: {kubectl.kubernetes.io/last-applied-configuration: '" + manifest + "'}"
}

// inWords is kind, name and meaning of each.
func inWords(hands []rollout.Hand) string {
	var words []string
	for _, hand := range hands {
		text := string(hand.Kind) + " " + hand.Name
		if hand.Meaning != "" {
			text += ": " + hand.Meaning
		}
		words = append(words, text)
	}
	return strings.Join(words, "; ")
}
