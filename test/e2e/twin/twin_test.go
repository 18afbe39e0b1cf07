// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package twin

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	typedapps "k8s.io/client-go/kubernetes/typed/apps/v1"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

var (
	seed   = flag.Uint64("twin.seed", 1, "the schedules of this seed")
	length = flag.Int("twin.steps", 40, "steps of each of the five schedules of a policy")
)

func openClients(t *testing.T) clients {
	t.Helper()
	if os.Getenv("LOCALKUBE_DIR") == "" {
		t.Fatal("no cluster to compare with, and none of yours will be taken: run `make e2e`")
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	config.WarningHandlerWithContext = rest.NoWarnings{}
	core, err := typedcore.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	apps, err := typedapps.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return clients{core, apps}
}

func TestModelIsTheController(t *testing.T) {
	t.Logf("-twin.seed=%d -twin.steps=%d", *seed, *length)
	c := openClients(t)
	run := rand.Uint32()
	var wait sync.WaitGroup
	defer wait.Wait()
	for policy, name := range []string{"OrderedReady", "Parallel"} {
		for i, start := range starts(policy == 1) {
			namespaceName := fmt.Sprintf("twin-%08x-%d-%d", run, policy, i)
			random := rand.New(rand.NewPCG(*seed, uint64(policy*100+i)))
			wait.Go(func() {
				t.Run(fmt.Sprintf("%s-%d", name, i), func(t *testing.T) { play(t, c, namespaceName, newSchedule(start, random)) })
			})
		}
	}
}

// play a schedule.
func play(t *testing.T, c clients, namespaceName string, s *schedule) {
	t.Helper()
	r, err := c.openReal(t, namespaceName, s.start)
	if err != nil {
		t.Fatal(err)
	}
	before := compare(t, r, s, rollouttest.Rest{}, rollouttest.Rest{}, s.before)
	for range *length {
		end := s.next()
		if err := r.do(t.Context(), s.steps[len(s.steps)-1]); err != nil {
			t.Fatal(s.told(), err)
		}
		before = compare(t, r, s, before, s.before, end)
		s.before = end
	}
	t.Logf("%d steps, and %d not taken whose end cannot be foretold", len(s.steps), s.untaken)
}

// compare waits for the end that the model has come to.
func compare(t *testing.T, r *real, s *schedule, realBefore, before, end rollouttest.Rest) rollouttest.Rest {
	t.Helper()
	want := line(s.spec, s.start, before, end)
	got, err := r.until(t.Context(), func(rest rollouttest.Rest) bool { return line(s.spec, s.start, realBefore, rest) == want })
	if err != nil {
		t.Fatalf("%v\n%s  model %s\n  real  %s", err, s.told(), want, line(s.spec, s.start, realBefore, got))
	}
	return got
}

// told is the start and the steps so far.
func (s *schedule) told() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %+v\n", s.start)
	for i, step := range s.steps {
		fmt.Fprintf(&b, "  %2d %s\n", i+1, step)
	}
	return b.String()
}
