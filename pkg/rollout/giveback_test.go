// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"encoding/json"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// TestGiveBack: what stays ours in the end, of what we wrote.
func TestGiveBack(t *testing.T) {
	const (
		note    = `{f:metadata: {f:annotations: {f:kubectl-sts/rollout: {}}}, `
		kept    = `{"f:metadata":{"f:annotations":{"f:kubectl-sts/rollout":{}}}`
		variabl = `f:template: {f:spec: {f:containers: {'k:{"name":"app"}': {f:image: {}, f:env: {.: {}, 'k:{"name":"A"}': {.: {}, f:name: {}, f:value: {}}}}}}}`
		stays   = `,"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"app\"}":{"f:env":{".":{},"k:{\"name\":\"A\"}":{".":{},"f:name":{},"f:value":{}}}}}}}}}`
		done    = `annotations: {kubectl-sts/rollout: '{"v":1,"uid":"u","op":"promote","state":"promoted","from":"web-a","at":"2026-01-05T10:00:01Z"}'}`
		scaled  = `annotations: {kubectl-sts/rollout: '{"v":1,"uid":"u","op":"scale","state":"done","from":"web-a","args":{"replicasAppliedBy":"helm"},"at":"2026-01-05T10:00:01Z"}'}`
		open    = `annotations: {kubectl-sts/rollout: '{"v":1,"uid":"u","op":"canary","state":"open","from":"web-a","at":"2026-01-05T10:00:01Z"}'}`
	)
	ours := func(text string) string { return entry(rollout.FieldManager, "Update", at, note+"f:spec: {"+text+"}}") }
	helm := func(text string) string { return entry("helm", "Apply", at, fields(text)) }
	for name, tt := range map[string]struct {
		metadata string
		to, want string // want: our Update entry, as it is left
	}{
		"it has the image":              {managers(helm(imageV1), ours(oneImage)) + ", " + done, "helm", kept + "}"},
		"it had the image":              {managers(helm(sansV1), ours(oneImage)) + ", " + done, "helm", kept + "}"},
		"another container":             {managers(helm(strings.ReplaceAll(sansV1, `"app"`, `"sidecar"`)), ours(oneImage)) + ", " + done, "", ""},
		"what a canary brought stays":   {managers(helm(sansV1), ours(variabl)) + ", " + done, "helm", kept + stays},
		"nobody applies it":             {managers(ours(oneImage)) + ", " + done, "", ""},
		"another has written it once":   {managers(entry("hand", "Update", at, fields(imageV1)), ours(oneImage)) + ", " + done, "", ""},
		"we apply it ourselves":         {managers(entry(rollout.FieldManager, "Apply", at, fields(imageV1)), ours(oneImage)) + ", " + done, "", ""},
		"the operation is under way":    {managers(helm(imageV1), ours(oneImage)) + ", " + open, "", ""},
		"replicas that it had":          {managers(helm(sansV1), ours("f:replicas: {}")) + ", " + scaled, "helm", kept + "}"},
		"replicas that it has":          {managers(helm("f:replicas: {}, "+sansV1), ours("f:replicas: {}")) + ", " + done, "helm", kept + "}"},
		"replicas that it left out":     {managers(helm(sansV1), ours("f:replicas: {}")) + ", " + done, "", ""},
		"a partition that nobody has":   {managers(helm(sansV1), ours(aZero)) + ", " + done, "", ""},
		"what we wrote under old names": {managers(helm(sansV1), entry(rollout.FormerFieldManager, "Update", at, note+"f:spec: {"+oneImage+"}}")) + ", " + done, "helm", kept + "}"},
	} {
		t.Run(name, func(t *testing.T) {
			s := seen(t, tt.metadata, "", "web-a")
			s.Revisions = rollout.Revisions{{Name: "web-a", Template: json.RawMessage(`{"spec":{"containers":[{"name":"app","image":"v1"}]}}`)}}
			entries, to, err := s.GiveBack()
			if err != nil || strings.Join(to, ",") != tt.to {
				t.Fatalf("it goes to %q (%v), want %q", to, err, tt.to)
			}
			keep(t, entries, s.Set.Managed, tt.want)
		})
	}
}

// keep says what our Update entry keeps, where fields were given back, and that all
// others are as they were.
func keep(t *testing.T, entries, before []metav1.ManagedFieldsEntry, want string) {
	t.Helper()
	for i, entry := range entries {
		is, was := string(entry.FieldsV1.GetRawBytes()), string(before[i].FieldsV1.GetRawBytes())
		switch ours := rollout.IsOurs(entry.Manager); {
		case !ours && is != was:
			t.Errorf("%s has %s now", entry.Manager, is)
		case ours && want != "" && entry.Operation == metav1.ManagedFieldsOperationUpdate && is != want:
			t.Errorf("ours keeps %s, want %s", is, want)
		}
	}
}
