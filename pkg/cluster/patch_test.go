// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

const (
	note1   = `{\"v\":1,\"uid\":\"\",\"op\":\"promote\",\"state\":\"\",\"run\":\"\",\"from\":\"\",\"fromDigest\":\"\",\"toDigest\":\"\",\"gen\":0,\"partition\":0,\"replicas\":0,\"own\":null,\"at\":\"2026-01-02T03:04:05Z\"}`
	held    = `[{"op":"test","path":"/metadata/uid","value":"set-uid"},{"op":"test","path":"/metadata/generation","value":7},`
	noted   = `{"op":"add","path":"/metadata/annotations/kubectl-sts~1rollout","value":"` + note1 + `"}]`
	guarded = `{"metadata":{"annotations":{"kubectl-sts/rollout":"` + note1 + `"},"resourceVersion":"101","uid":"set-uid"},`
)

func TestEncode(t *testing.T) {
	index := func(i int32) *rollout.Partition { return &rollout.Partition{Index: i} }
	none := &rollout.Partition{Nil: true}
	four := int32(4)
	template := &rollout.Template{Raw: []byte(`{"spec":{"big":9007199254740993,"x":1.0,"none":null,"list":[{"a":1e3}]},"metadata":{}}`)}
	const whole = `"template":{"$patch":"replace","metadata":{},"spec":{"big":9007199254740993,"x":1.0,"none":null,"list":[{"a":1e3}]}}`
	for name, tt := range map[string]struct {
		edit func(*rollout.Set)
		p    rollout.SetPatch
		kind types.PatchType
		want string
	}{
		"partition": {
			p: rollout.SetPatch{Partition: index(4)}, kind: types.JSONPatchType,
			want: held + `{"op":"test","path":"/spec/updateStrategy/rollingUpdate/partition","value":5},` +
				`{"op":"replace","path":"/spec/updateStrategy/rollingUpdate/partition","value":4},` + noted,
		},
		"partition where there is no block": {
			edit: func(s *rollout.Set) { s.Partition = *none },
			p:    rollout.SetPatch{Partition: index(4)}, kind: types.JSONPatchType,
			want: held + `{"op":"test","path":"/spec/updateStrategy/rollingUpdate","value":null},` +
				`{"op":"add","path":"/spec/updateStrategy/rollingUpdate","value":{"partition":4}},` + noted,
		},
		"no block again": {
			p: rollout.SetPatch{Partition: none}, kind: types.JSONPatchType,
			want: held + `{"op":"test","path":"/spec/updateStrategy/rollingUpdate/partition","value":5},` +
				`{"op":"remove","path":"/spec/updateStrategy/rollingUpdate","value":null},` + noted,
		},
		"no block and still none": {
			edit: func(s *rollout.Set) { s.Partition = *none },
			p:    rollout.SetPatch{Partition: none}, kind: types.JSONPatchType,
			want: held + noted,
		},
		"replicas": {
			p: rollout.SetPatch{Replicas: &four}, kind: types.JSONPatchType,
			want: held + `{"op":"test","path":"/spec/replicas","value":3},{"op":"replace","path":"/spec/replicas","value":4},` + noted,
		},
		"record": {kind: types.JSONPatchType, want: held + noted},
		"record where there are no annotations": {
			edit: func(s *rollout.Set) { s.Annotated = false },
			kind: types.JSONPatchType,
			want: held + `{"op":"test","path":"/metadata/annotations","value":null},` +
				`{"op":"add","path":"/metadata/annotations","value":{"kubectl-sts/rollout":"` + note1 + `"}}]`,
		},
		"template": {
			p: rollout.SetPatch{Template: template}, kind: types.StrategicMergePatchType,
			want: guarded + `"spec":{` + whole + `}}`,
		},
		"template and partition": {
			p: rollout.SetPatch{Template: template, Partition: index(2)}, kind: types.StrategicMergePatchType,
			want: guarded + `"spec":{` + whole + `,"updateStrategy":{"rollingUpdate":{"partition":2},"type":"RollingUpdate"}}}`,
		},
		"template, no block and replicas": {
			p: rollout.SetPatch{Template: template, Partition: none, Replicas: &four}, kind: types.StrategicMergePatchType,
			want: guarded + `"spec":{"replicas":4,` + whole + `,"updateStrategy":{"rollingUpdate":null,"type":"RollingUpdate"}}}`,
		},
		"a strategy stays what it is": {
			edit: func(s *rollout.Set) { s.Strategy = rollout.OnDelete },
			p:    rollout.SetPatch{Template: template, Partition: none}, kind: types.StrategicMergePatchType,
			want: guarded + `"spec":{` + whole + `,"updateStrategy":{"rollingUpdate":null,"type":"OnDelete"}}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			set := rollout.Set{UID: setUID, Generation: 7, Version: "101", Annotated: true}
			set.Replicas, set.Strategy, set.Partition.Index = 3, rollout.RollingUpdate, 5
			if tt.edit != nil {
				tt.edit(&set)
			}
			tt.p.Record = rollout.Record{V: 1, Op: "promote", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
			kind, body, err := encode(set, tt.p)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(body)); diff != "" || kind != tt.kind {
				t.Errorf("%s: %s", kind, diff)
			}
		})
	}
}

func TestEncodeRefusesWhatIsNoTemplate(t *testing.T) {
	for _, raw := range []string{``, `null`, `[]`, `"x"`, `{`} {
		if _, _, err := encode(rollout.Set{}, rollout.SetPatch{Template: &rollout.Template{Raw: []byte(raw)}}); err == nil {
			t.Errorf("%q was taken for a template", raw)
		}
	}
}
