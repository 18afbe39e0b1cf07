// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericclioptions"
)

// askedOf runs a command line up to the point where it would act, and returns
// what it asks for.
func askedOf(t *testing.T, argv string) (any, error) {
	t.Helper()
	var got any
	take := func(_ context.Context, a asked) error { got = a; return nil }
	root := newRoot(Invocation{
		Name: "kubectl sts", Args: strings.Fields(argv),
		Streams: Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard},
	}, genericclioptions.NewConfigFlags(true), take)
	return got, root.ExecuteContext(t.Context())
}

// defaults are the run options of a command line that says nothing of them.
func defaults(change func(*RunOptions)) RunOptions {
	o := RunOptions{
		Patience: 30 * time.Second, Stall: 10 * time.Minute, DryRun: DryRunNone,
		Wait: true, Progress: "auto", Color: "auto",
	}
	if change != nil {
		change(&o)
	}
	return o
}

func soaking(change func(*RunOptions)) RunOptions {
	return defaults(func(o *RunOptions) {
		o.Soak = soakDefault
		if change != nil {
			change(o)
		}
	})
}

func TestRequests(t *testing.T) {
	tests := []struct {
		argv string
		want any
	}{
		{
			"scale web --replicas 5",
			Request{Verb: "scale", SetName: "web", Intent: Scale{To: 5, Step: 1, Current: -1}, Run: defaults(nil)},
		},
		{
			"scale sts/web --replicas=0 --step 2 --current-replicas 3 --confirm-data-loss web",
			Request{Verb: "scale", SetName: "web", Intent: Scale{To: 0, Step: 2, Current: 3, LosesClaimsOf: "web"}, Run: defaults(nil)},
		},
		{
			"canary statefulset/web --image app=x:v2 --env app:A=b=c",
			Request{
				Verb: "canary", SetName: "web", Run: soaking(nil),
				Intent: Canary{Images: []string{"app=x:v2"}, Env: []string{"app:A=b=c"}, Count: "1", Step: "1"},
			},
		},
		{
			"canary statefulsets.apps/web -p {\"spec\":{\"template\":{\"metadata\":{}}}} --count 40% --step 2 --soak 0",
			Request{
				Verb: "canary", SetName: "web",
				Intent: Canary{Patch: `{"spec":{"template":{"metadata":{}}}}`, Count: "40%", Step: "2"}, Run: defaults(nil),
			},
		},
		{
			"promote web --revision web-7d9f --timeout 5m --ignore-owners",
			Request{
				Verb: "promote", SetName: "web", Intent: Promote{Step: "1", Revision: "web-7d9f"},
				Run: soaking(func(o *RunOptions) { o.Timeout, o.IgnoreOwners = 5*time.Minute, true }),
			},
		},
		{
			"abort web -o json -w --dry-run=server",
			Request{
				Verb: "abort", SetName: "web", Intent: Abort{},
				Run: defaults(func(o *RunOptions) { o.Output, o.Watch, o.DryRun = "json", true, DryRunServer }),
			},
		},
		{"status", StatusRequest{Patience: 30 * time.Second, Progress: "auto", Color: "auto"}},
		{"status sts/web -w --exit-code", StatusRequest{SetName: "web", Watch: true, ExitCode: true, Patience: 30 * time.Second, Progress: "auto", Color: "auto"}},
		{"status -A -l app=x -o wide", StatusRequest{AllNamespaces: true, Selector: "app=x", Output: "wide", Patience: 30 * time.Second, Progress: "auto", Color: "auto"}},
	}
	for _, test := range tests {
		t.Run(test.argv, func(t *testing.T) {
			got, err := askedOf(t, test.argv)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestBadWords(t *testing.T) {
	tests := map[string]string{
		"scale":                               "the name of a StatefulSet is missing",
		"scale web":                           "--replicas N is required",
		"scale web --replicas=-1":             "must not be negative",
		"scale web --replicas 2 --step 0":     "--step 0 must be at least 1",
		"scale web --replicas x":              "invalid argument",
		"scale a b --replicas 1":              "one StatefulSet at a time",
		"scale deploy/web --replicas 1":       "is no StatefulSet",
		"scale We_b --replicas 1":             "is no name of a StatefulSet",
		"canary web":                          "in one way",
		"canary web --image a=b -p {}":        "in one way",
		"canary web --image a":                "is not CONTAINER=IMAGE",
		"canary web --env a:b":                "is not CONTAINER:KEY=VALUE",
		"canary web --image a=b --count 0":    "must be at least 1",
		"canary web --image a=b --count -1":   "must be at least 1",
		"canary web --image a=b --count 101%": "more than all",
		"canary web --image a=b --count x":    "neither a number nor a percentage",
		"canary web -f no-such-file.yaml":     "no such file",
		"promote web --count 0%":              "must be at least 1",
		"promote web --soak=-2s":              "must not be negative",
		"promote web -w":                      "needs -o json",
		"promote web -o wide":                 "for commands that read",
		"promote web -o nonsense":             "-o",
		"abort web --dry-run=maybe":           "is none of none, client, server",
		"abort web --progress=loud":           "is none of auto, tty, lines, none",
		"abort web --color=blue":              "is none of auto, always, never",
		"abort web --soak 1s":                 "unknown flag",
		"status a b":                          "one StatefulSet at a time",
		"status web -A":                       "neither -A nor -l",
		"status -w":                           "needs the name",
		"stauts":                              "did you mean status",
		"nonsense":                            "unknown command",
	}
	for argv, want := range tests {
		t.Run(argv, func(t *testing.T) {
			_, err := askedOf(t, argv)
			var bad *UsageError
			if !errors.As(err, &bad) || !strings.Contains(bad.Message, want) {
				t.Errorf("got %v, want a usage error with %q", err, want)
			}
		})
	}
}
