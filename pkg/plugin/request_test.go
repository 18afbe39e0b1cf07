// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// piped is what comes on standard input, and as it is kept.
const (
	piped     = "# volumes first\n---\nkind: Service\n---\nkind: StatefulSet\nmetadata: {name: piped}\n"
	pipedJSON = "{\"kind\":\"Service\"}\n{\"kind\":\"StatefulSet\",\"metadata\":{\"name\":\"piped\"}}\n"
)

// askedOf runs a command line up to the point where it would act, and returns
// what it asks for.
func askedOf(t *testing.T, argv string) (any, error) {
	t.Helper()
	return askedFor(t, strings.Fields(argv))
}

func askedFor(t *testing.T, args []string) (any, error) {
	t.Helper()
	var got any
	take := func(_ context.Context, a asked) error { got = a; return nil }
	root := newRoot(Invocation{
		Name: "kubectl sts", Args: args,
		Streams: Streams{In: strings.NewReader(piped), Out: io.Discard, Err: io.Discard},
	}, genericclioptions.NewConfigFlags(true), take)
	return got, root.ExecuteContext(t.Context())
}

// defaults are the run options of a command line that says nothing of them.
func defaults(change func(*RunOptions)) RunOptions {
	o := RunOptions{
		FailurePolicy: rollout.FailurePolicy{Patience: 30 * time.Second, MaxRestarts: 2}, Stall: 10 * time.Minute, DryRun: DryRunNone,
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

// requested is a command line, and what it asks for.
type requested struct {
	argv string
	want any
}

func requests(t *testing.T, rows []requested) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.argv, func(t *testing.T) {
			got, err := askedOf(t, r.argv)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestRolloutRequests(t *testing.T) {
	requests(t, []requested{
		{
			"scale web --replicas 5",
			Request{Verb: "scale", SetName: "web", Intent: Scale{To: 5, Step: 1, Current: -1}, Run: soaking(nil)},
		},
		{
			"scale sts/web --replicas=0 --step 2 --current-replicas 3 --confirm-data-loss web --soak 1m",
			Request{
				Verb: "scale", SetName: "web", Intent: Scale{To: 0, Step: 2, Current: 3, LosesClaimsOf: "web"},
				Run: defaults(func(o *RunOptions) { o.Soak = time.Minute }),
			},
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
				Run: soaking(func(o *RunOptions) { o.Output, o.Watch, o.DryRun = "json", true, DryRunServer }),
			},
		},
		{
			"delete web",
			Request{Verb: "delete", SetName: "web", Intent: Delete{Claims: "keep"}, Run: defaults(nil)},
		},
		{
			"delete web --claims=delete --confirm-data-loss=web --save /tmp/x.yaml -y",
			Request{Verb: "delete", SetName: "web", Intent: Delete{Claims: "delete", LosesClaimsOf: "web", Save: "/tmp/x.yaml", Yes: true}, Run: defaults(nil)},
		},
	})
}

func TestVolumeRequests(t *testing.T) {
	requests(t, []requested{
		{
			"pv reserve web --volumes pv1,pv2 --volumes log=l1 --ordinals 3-4 --dry-run=server",
			VolumeRequest{
				Command: "pv reserve", Subject: Subject{SetName: "web"},
				Work: ReserveVolumes{Assignments: []volume.Assignment{{Volumes: []string{"pv1", "pv2"}}, {Template: "log", Volumes: []string{"l1"}}}, Ordinals: []int32{3, 4}},
				Run:  VolumeOptions{DryRun: DryRunServer, Wait: true, Timeout: time.Minute, Color: "auto"},
			},
		},
		{
			"pv plan sts/web --type local --path /d/{{.Claim}} --nodes a,b --labels x=y -o yaml",
			VolumeRequest{
				Command: "pv plan", Subject: Subject{SetName: "web"},
				Work: CreateVolumes{Nodes: []string{"a", "b"}, Recipe: volume.Recipe{
					Kind: volume.Local, Name: volume.DefaultName, Path: "/d/{{.Claim}}", Labels: map[string]string{"x": "y"},
					Nodes: []volume.Node{{Name: "a", Host: "a"}, {Name: "b", Host: "b"}},
				}},
				Run: VolumeOptions{DryRun: DryRunClient, Output: "yaml", Color: "auto"},
			},
		},
		{
			"pv release web --volumes a --wait=false -o json",
			VolumeRequest{
				Command: "pv release", Subject: Subject{SetName: "web"}, Work: ReleaseVolumes{Volumes: []string{"a"}},
				Run: VolumeOptions{DryRun: DryRunNone, Timeout: time.Minute, Output: "json", Color: "auto"},
			},
		},
		{
			"pv rebind web --volume a --ordinal 2 --claim-template log",
			VolumeRequest{
				Command: "pv rebind", Subject: Subject{SetName: "web"}, Work: RebindVolume{Volume: "a", Ordinal: 2, Template: "log"},
				Run: VolumeOptions{DryRun: DryRunNone, Wait: true, Timeout: time.Minute, Color: "auto"},
			},
		},
	})
}

func TestRequestsThatRead(t *testing.T) {
	requests(t, []requested{
		{"pv status web -o wide", VolumeStatusRequest{Subject: Subject{SetName: "web"}, Output: "wide", Color: "auto"}},
		{"check -f -", CheckRequest{Subject: Subject{SetName: "piped", Manifest: pipedJSON, Words: "-f -"}, Color: "auto"}},
		{"status", StatusRequest{FailurePolicy: rollout.FailurePolicy{Patience: 30 * time.Second, MaxRestarts: 2}, Stall: 10 * time.Minute, Soak: soakDefault, Progress: "auto", Color: "auto"}},
		{"status sts/web -w --exit-code", StatusRequest{SetName: "web", Watch: true, ExitCode: true, FailurePolicy: rollout.FailurePolicy{Patience: 30 * time.Second, MaxRestarts: 2}, Stall: 10 * time.Minute, Soak: soakDefault, Progress: "auto", Color: "auto"}},
		{"status web --soak 0s", StatusRequest{SetName: "web", FailurePolicy: rollout.FailurePolicy{Patience: 30 * time.Second, MaxRestarts: 2}, Stall: 10 * time.Minute, Progress: "auto", Color: "auto"}},
		{"status -A -l app=x -o wide", StatusRequest{AllNamespaces: true, Selector: "app=x", Output: "wide", FailurePolicy: rollout.FailurePolicy{Patience: 30 * time.Second, MaxRestarts: 2}, Stall: 10 * time.Minute, Soak: soakDefault, Progress: "auto", Color: "auto"}},
	})
}

// badWords has, for each command line, what is said against it.
func badWords(t *testing.T, saying map[string]string) {
	t.Helper()
	for argv, want := range saying {
		t.Run(argv, func(t *testing.T) {
			_, err := askedOf(t, argv)
			var bad *UsageError
			if !errors.As(err, &bad) || !strings.Contains(bad.Message, want) {
				t.Errorf("got %v, want a usage error with %q", err, want)
			}
		})
	}
}

func TestUnknownCommands(t *testing.T) {
	badWords(t, map[string]string{
		"scal db --replicas 3":      `unknown command "scal" for "kubectl sts"; did you mean scale?`,
		"pv relase web --volumes a": `unknown command "relase"`,
		"pv nonsense":               "unknown command",
		"stauts":                    "did you mean status",
		"nonsense":                  "unknown command",
		"help nonsense":             `unknown command "nonsense" for "kubectl sts"`,
	})
}

func TestBadWordsOfScaleAndDelete(t *testing.T) {
	badWords(t, map[string]string{
		"delete":                          "the name of a StatefulSet is missing",
		"delete web --claims lose":        "is none of keep, delete",
		"delete web --wait=false":         "a delete is many writes",
		"scale":                           "the name of a StatefulSet is missing",
		"scale web":                       "--replicas N is required",
		"scale web --replicas=-1":         "must not be negative",
		"scale web --replicas 2 --step 0": "--step 0 must be at least 1",
		"scale web --replicas x":          `--replicas "x" is not a whole number`,
		"scale a b --replicas 1":          "one StatefulSet at a time",
		"scale deploy/web --replicas 1":   "is no StatefulSet",
		"scale We_b --replicas 1":         "is no name of a StatefulSet",
		"scale web --replicas 2000000000": "more than the 50000",
	})
}

func TestBadWordsOfCanaryAndPromote(t *testing.T) {
	badWords(t, map[string]string{
		"canary web":                          "in one way",
		"canary web --image a=b -p {}":        "in one way",
		"canary web -p {}{}":                  "-p has 2 documents, one is needed",
		`canary web -p {"a":1,"a":2}`:         "duplicate field",
		"canary web --image a":                "is not CONTAINER=IMAGE",
		"canary web --env a:b":                "is not CONTAINER:KEY=VALUE",
		"canary web --image a=b --count 0":    "must be at least 1",
		"canary web --image a=b --count -1":   "must be at least 1",
		"canary web --image a=b --count 101%": "more than all",
		"canary web --image a=b --count x":    "neither a number nor a percentage",
		"canary web -f no-such-file.yaml":     "no such file",
		"promote web --count 0%":              "must be at least 1",
		"promote web --revision=":             "--revision is empty",
		"canary web --patch=":                 "--patch is empty",
		"canary web --filename=":              "--filename is empty",
		"canary web --revision=":              "--revision is empty",
	})
}

func TestBadWordsOfApply(t *testing.T) {
	badWords(t, map[string]string{
		"apply":                 "-f or -k is required",
		"apply web":             "apply takes a file",
		"apply -f no-such-file": "no such file",
		"apply -f - --canary 0": "must be at least 1",
		"apply -f - --step x":   "neither a number nor a percentage",
		"apply -f -":            `the Service "" has apiVersion ""`,
	})
}

func TestBadWordsOfEveryRun(t *testing.T) {
	badWords(t, map[string]string{
		"promote web --soak=-2s":       "must not be negative",
		"promote web --max-restarts=0": "must be at least 1",
		"promote web --patience=-1s":   "must not be negative",
		"promote web -w":               "needs -o json",
		"promote web -o wide":          "for commands that read",
		"promote web -o nonsense":      "-o",
		"abort web --dry-run=maybe":    "is none of none, client, server",
		"abort web --progress=loud":    "is none of auto, tty, lines, none",
		"abort web --color=blue":       "is none of auto, always, never",
		"delete web --soak 1s":         "unknown flag: --soak",
	})
}

func TestBadWordsOfVolumesToMake(t *testing.T) {
	badWords(t, map[string]string{
		"pv create web":                                             "say what the volumes are",
		"pv create web --type nfs --template x":                     "say what the volumes are",
		"pv create web --template no-such-file":                     "no such file",
		"pv create web --type tape":                                 "is none of nfs, local, hostPath, csi",
		"pv create web --type nfs":                                  "--server and --path",
		"pv create web --type hostPath --path /{{.X}}":              "the fields are",
		"pv create web --type hostPath --path /x --reclaim Recycle": "is none of Retain, Delete",
		"pv create web --type hostPath --path /x --capacity much":   "is no size",
		"pv create web --type hostPath --path /x --capacity=-1Gi":   "is no size",
		"pv plan web --dry-run=client":                              "unknown flag",
	})
}

func TestBadWordsOfVolumes(t *testing.T) {
	badWords(t, map[string]string{
		"pv reserve web":                                   "--volumes is required",
		"pv reserve web --volumes a,a":                     "twice: two ordinals would share it",
		"pv reserve web --volumes a,":                      "has an empty name",
		"pv reserve --volumes a":                           "is missing, or -f",
		"pv reserve a b --volumes a":                       "one StatefulSet at a time",
		"pv reserve web -f - --volumes a":                  `there is no StatefulSet "web" in it, but piped`,
		"pv reserve web --volumes a --ordinals 4-2":        "neither an ordinal nor a range",
		"pv reserve web --volumes a --ordinals 1-99999999": "neither an ordinal nor a range",
		"pv reserve web --volumes a --timeout=-1s":         "must not be negative",
		"pv reserve web --volumes a -o wide":               "for commands that read",
		"pv reserve web --volumes a --dry-run=x":           "is none of none, client, server",
		"pv rebind web --ordinal 1":                        "--volume is required",
		"pv rebind web --volume a":                         "--ordinal N is required",
		"pv status":                                        "is missing, or -f",
	})
}

func TestBadWordsOfWhatReads(t *testing.T) {
	badWords(t, map[string]string{
		"check -f s3://x.example/web.yaml": "-f takes the URLs http:// and https://",
		"status a b":                       "one StatefulSet at a time",
		"status web -A":                    "neither -A nor -l",
		"status -w":                        "needs the name",
		"status web --soak=-2s":            "must not be negative",
		"status web -o nonsense":           "yaml,wide",
		"check -f no-such-file":            "no such file",
		"check web --color=blue":           "is none of auto",
	})
}

// An unknown flag is told with those that are near, of every command.
func TestUnknownFlagNamesThoseThatAreNear(t *testing.T) {
	badWords(t, map[string]string{
		"canary web --imge a=b":       "unknown flag: --imge; did you mean --image?",
		"canary web --imgae a=b":      "unknown flag: --imgae; did you mean --image?",
		"canary web --imag a=b":       "unknown flag: --imag; did you mean --image?",
		"canary web -image a=b":       "'i' in -image; did you mean --image?",
		"promote web --dryrun=client": "--dryrun; did you mean --dry-run?",
		"scale web --rep 3":           "--rep; did you mean --replicas?",
		"status --contxt x":           "--contxt; did you mean --context?",
		"pv status web --otput json":  "--otput; did you mean --output?",
		"--namespce x status":         "--namespce; did you mean --namespace?",
	})
}

// TestHelp: help and --help are the same.
func TestHelp(t *testing.T) {
	for _, name := range []string{"", "apply", "pv create"} {
		want, got := printed(t, name+" --help"), printed(t, "help "+name)
		if got != want || got == "" {
			t.Errorf("help %s prints\n%s\nwant\n%s", name, got, want)
		}
	}
}

func printed(t *testing.T, line string) string {
	t.Helper()
	return printedBy(t, strings.Fields(line))
}

func printedBy(t *testing.T, args []string) string {
	t.Helper()
	var out bytes.Buffer
	i := Invocation{Name: "kubectl sts", Args: args, Streams: Streams{In: strings.NewReader(""), Out: &out, Err: io.Discard}}
	if code := Run(t.Context(), i); code != ExitOK {
		t.Fatalf("%q: exit code %d", args, code)
	}
	return out.String()
}
