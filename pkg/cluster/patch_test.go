// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

const (
	note1 = `{\"v\":1,\"uid\":\"\",\"op\":\"promote\",\"state\":\"\",\"run\":\"\",\"from\":\"\",\"fromDigest\":\"\",\"toDigest\":\"\",\"gen\":0,\"partition\":0,\"replicas\":0,\"own\":null,\"at\":\"2026-01-02T03:04:05Z\"}`
	held  = `[{"op":"test","path":"/metadata/uid","value":"set-uid"},{"op":"test","path":"/metadata/generation","value":7},`
	noted = `{"op":"add","path":"/metadata/annotations/kubectl-sts~1rollout","value":"` + note1 + `"}]`

	whole = `{"op":"test","path":"/status/currentRevision","value":"web-1"},` +
		`{"op":"replace","path":"/spec/template","value":{"spec":{"big":9007199254740993,"x":1.0,"none":null,"list":[{"a":1e3}]},"metadata":{}}},`
	to2 = `{"op":"test","path":"/spec/updateStrategy/rollingUpdate/partition","value":5},` +
		`{"op":"replace","path":"/spec/updateStrategy/rollingUpdate/partition","value":2},`
	toNone = `{"op":"test","path":"/spec/updateStrategy/rollingUpdate/partition","value":5},` +
		`{"op":"remove","path":"/spec/updateStrategy/rollingUpdate","value":null},`
	to4 = `{"op":"test","path":"/spec/replicas","value":3},{"op":"replace","path":"/spec/replicas","value":4},`
)

// encoding is a patch of a set of three ordinals, and what it is as JSON patch,
// between what holds it and the record.
type encoding struct {
	edit func(*rollout.Set)
	p    rollout.SetPatch
	want string
}

func (e encoding) try(t *testing.T) {
	set := rollout.Set{UID: setUID, Generation: 7, Version: "101", Annotated: true, Current: "web-1"}
	set.Replicas, set.Strategy, set.Partition.Index = 3, rollout.RollingUpdate, 5
	if e.edit != nil {
		e.edit(&set)
	}
	e.p.Record = rollout.Record{V: 1, Op: "promote", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	body, err := encode(set, e.p)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(held+e.want, string(body)); diff != "" {
		t.Error(diff)
	}
}

func index(i int32) *rollout.Partition { return &rollout.Partition{Index: i} }

func noBlock() *rollout.Partition { return &rollout.Partition{Nil: true} }

func TestEncode(t *testing.T) {
	for name, tt := range map[string]encoding{
		"replicas": {p: rollout.SetPatch{Replicas: new(int32(4))}, want: to4 + noted},
		"record":   {want: noted},
		"record where there are no annotations": {
			edit: func(s *rollout.Set) { s.Annotated = false },
			want: `{"op":"test","path":"/metadata/annotations","value":null},` +
				`{"op":"add","path":"/metadata/annotations","value":{"kubectl-sts/rollout":"` + note1 + `"}}]`,
		},
	} {
		t.Run(name, tt.try)
	}
}

// TestEncodeRenames: what earlier versions wrote gets the present manager's name.
func TestEncodeRenames(t *testing.T) {
	const at = `"path":"/metadata/managedFields/`
	rest := strings.TrimSuffix(noted, "]")
	formers := func(formers ...rollout.Former) func(*rollout.Set) {
		return func(s *rollout.Set) { s.Formers = formers }
	}
	for name, tt := range map[string]encoding{
		"alone": {
			edit: formers(rollout.Former{Index: 1, Into: -1}),
			want: rest + `,{"op":"test",` + at + `1/manager","value":"kubectl-sts"},{"op":"replace",` + at + `1/manager","value":"sts-rollout"}]`,
		},
		"beside the present ones": {
			edit: formers(rollout.Former{Index: 0, Into: 1, Fields: []byte(`{"a":{}}`)}, rollout.Former{Index: 2, Into: 3, Fields: []byte(`{}`)}),
			want: rest + `,{"op":"test",` + at + `0/manager","value":"kubectl-sts"},{"op":"test",` + at + `1/manager","value":"sts-rollout"},{"op":"replace",` + at + `1/fieldsV1","value":{"a":{}}},` +
				`{"op":"test",` + at + `2/manager","value":"kubectl-sts"},{"op":"test",` + at + `3/manager","value":"sts-rollout"},{"op":"replace",` + at + `3/fieldsV1","value":{}},` +
				`{"op":"remove",` + at + `2","value":null},{"op":"remove",` + at + `0","value":null}]`,
		},
	} {
		t.Run(name, tt.try)
	}
}

func TestEncodePartition(t *testing.T) {
	without := func(s *rollout.Set) { s.Partition = *noBlock() }
	for name, tt := range map[string]encoding{
		"partition": {p: rollout.SetPatch{Partition: index(2)}, want: to2 + noted},
		"partition where there is no block": {
			edit: without,
			p:    rollout.SetPatch{Partition: index(4)},
			want: `{"op":"test","path":"/spec/updateStrategy/rollingUpdate","value":null},` +
				`{"op":"add","path":"/spec/updateStrategy/rollingUpdate","value":{"partition":4}},` + noted,
		},
		"no block again":          {p: rollout.SetPatch{Partition: noBlock()}, want: toNone + noted},
		"no block and still none": {edit: without, p: rollout.SetPatch{Partition: noBlock()}, want: noted},
	} {
		t.Run(name, tt.try)
	}
}

func TestEncodeTemplate(t *testing.T) {
	template := &rollout.Template{Raw: []byte(`{"spec":{"big":9007199254740993,"x":1.0,"none":null,"list":[{"a":1e3}]},"metadata":{}}`)}
	for name, tt := range map[string]encoding{
		"template":               {p: rollout.SetPatch{Template: template}, want: whole + noted},
		"template and partition": {p: rollout.SetPatch{Template: template, Partition: index(2)}, want: whole + to2 + noted},
		"template of a set that is new": {
			edit: func(s *rollout.Set) { s.Current = "" },
			p:    rollout.SetPatch{Template: template},
			want: strings.Replace(whole, `"web-1"`, `null`, 1) + noted,
		},
		"template, no block and replicas": {
			p:    rollout.SetPatch{Template: template, Partition: noBlock(), Replicas: new(int32(4))},
			want: whole + toNone + to4 + noted,
		},
	} {
		t.Run(name, tt.try)
	}
}

func TestEncodeRefusesWhatIsNoTemplate(t *testing.T) {
	for _, raw := range []string{``, `null`, `[]`, `"x"`, `{`} {
		if _, err := encode(rollout.Set{}, rollout.SetPatch{Template: &rollout.Template{Raw: []byte(raw)}}); err == nil {
			t.Errorf("%q was taken for a template", raw)
		}
	}
}
