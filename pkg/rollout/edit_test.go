// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

const edited = `{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"env":[{"name":"A","value":"1"},{"name":"B","value":"2"}],"image":"web:1","name":"main","someNewField":9007199254740993},{"image":"log:1","name":"log"}],"initContainers":[{"image":"init:1","name":"init"}]}}`

func TestEdits(t *testing.T) {
	replaced := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(edited) }
	for name, tt := range map[string]struct {
		edit rollout.Edit
		want string // begins with "error: " where it is one
	}{
		"an image":                  {rollout.SetImage("main", "web:2"), replaced("web:1", "web:2")},
		"the second container's":    {rollout.SetImage("log", "log:2"), replaced("log:1", "log:2")},
		"an init container's":       {rollout.SetImage("init", "init:2"), replaced("init:1", "init:2")},
		"of no container":           {rollout.SetImage("web", "web:2"), `error: the pod template has no container "web"; it has main, log, init`},
		"a variable":                {rollout.SetEnv("main", "A", "7"), replaced(`"value":"1"`, `"value":"7"`)},
		"a variable more":           {rollout.SetEnv("main", "C", "3"), replaced(`"value":"2"}`, `"value":"2"},{"name":"C","value":"3"}`)},
		"the first variable":        {rollout.SetEnv("log", "A", "1"), replaced(`{"image":"log:1"`, `{"env":[{"name":"A","value":"1"}],"image":"log:1"`)},
		"a patch":                   {rollout.Patch([]byte(`{"spec":{"template":{"spec":{"containers":[{"name":"log","image":"log:3"}]}}}}`)), replaced("log:1", "log:3")},
		"a patch beside it":         {rollout.Patch([]byte(`{"spec":{"replicas":3}}`)), `error: the patch touches "spec.replicas"; a canary may change spec.template only`},
		"a patch of metadata":       {rollout.Patch([]byte(`{"metadata":{},"spec":{"template":{}}}`)), `error: the patch touches "metadata"; a canary may change spec.template only`},
		"a patch of nothing":        {rollout.Patch([]byte(`{}`)), "error: the patch has no spec.template"},
		"a patch that is none":      {rollout.Patch([]byte(`[]`)), "error: the patch is no JSON or YAML object"},
		"a patch that does not fit": {rollout.Patch([]byte(`{"spec":{"template":{"spec":{"containers":7}}}}`)), "error: the patch does not fit a pod template"},
		"a template in place of it": {rollout.Replace([]byte(`{"spec":{}}`)), `{"spec":{}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tt.edit([]byte(edited))
			if err != nil {
				got = []byte("error: " + err.Error())
			}
			if strings.HasPrefix(tt.want, "error: ") && strings.HasPrefix(string(got), tt.want) {
				return
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
	if _, err := rollout.SetImage("main", "web:2")([]byte("7")); err == nil {
		t.Error("a template that is no object was edited")
	}
}

func TestResolve(t *testing.T) {
	revisions := rollout.Revisions{
		rollouttest.Revision("web-59c", 1, "a"), rollouttest.Revision("web-7d9", 12, "b"), rollouttest.Revision("web-8d9", 3, "c"),
	}
	for text, want := range map[string]string{
		"web-59c": "web-59c", "59c": "web-59c", "c": "web-59c", "7d9": "web-7d9", "12": "web-7d9", "3": "web-8d9",
		"d9": "", "2": "", "x": "",
	} {
		got, err := revisions.Resolve(text)
		if got.Name != want || (err != nil) != (want == "") {
			t.Errorf("%q is %q (%v), want %q", text, got.Name, err, want)
		}
	}
}

func TestBeside(t *testing.T) {
	const live = `{"replicas":3,"serviceName":"web","podManagementPolicy":"OrderedReady","template":{},
		"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}},"volumeClaimTemplates":[{"metadata":{"name":"data"}}]}`
	for name, tt := range map[string]struct {
		manifest       string
		changed, fixed []string
	}{
		"the template alone":      {`{"template":{"spec":{}}}`, nil, nil},
		"what it is":              {`{"replicas":3,"serviceName":"web","updateStrategy":{"type":"RollingUpdate"}}`, nil, nil},
		"replicas":                {`{"replicas":4}`, []string{"spec.replicas"}, nil},
		"deeper":                  {`{"updateStrategy":{"rollingUpdate":{"partition":1}}}`, []string{"spec.updateStrategy"}, nil},
		"a field that it has not": {`{"minReadySeconds":5}`, []string{"spec.minReadySeconds"}, nil},
		"null":                    {`{"minReadySeconds":null}`, nil, nil},
		"what cannot be changed":  {`{"serviceName":"other","podManagementPolicy":"Parallel"}`, nil, []string{"spec.podManagementPolicy", "spec.serviceName"}},
		"another claim":           {`{"volumeClaimTemplates":[{"metadata":{"name":"logs"}}]}`, nil, []string{"spec.volumeClaimTemplates"}},
		"a claim more":            {`{"volumeClaimTemplates":[{},{}]}`, nil, []string{"spec.volumeClaimTemplates"}},
	} {
		t.Run(name, func(t *testing.T) {
			changed, fixed, err := rollout.Beside([]byte(tt.manifest), []byte(live))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([][]string{tt.changed, tt.fixed}, [][]string{changed, fixed}); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
	if _, _, err := rollout.Beside([]byte("7"), []byte(live)); err == nil {
		t.Error("a spec that is no object was compared")
	}
}

func TestDefaultSoak(t *testing.T) {
	const probed, bare = `{"name":"main","readinessProbe":{"httpGet":{"port":80}}}`, `{"name":"log"}`
	for name, tt := range map[string]struct {
		containers string
		minReady   int32
		want       time.Duration
	}{
		"every container is probed": {probed, 0, 0},
		"one is not":                {probed + "," + bare, 0, 10 * time.Second},
		"minReadySeconds is enough": {bare, 10, 0},
		"minReadySeconds is little": {bare, 9, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			got, why, err := rollout.DefaultSoak([]byte(`{"spec":{"containers":[`+tt.containers+`]}}`), tt.minReady)
			if err != nil || got != tt.want || (why != "") != (got > 0) {
				t.Errorf("%s because %q (%v), want %s", got, why, err, tt.want)
			}
		})
	}
}
