// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

// ago is before the sighting.
func ago(d time.Duration) time.Time { return web().State().At.Add(-d) }

// tries of the controller, each denied, as one event tells them.
type tries struct {
	podName     string
	first, last time.Duration // ago
	message     string
}

// denies puts such events into a sighting, read as a watch that begins now reads them.
func denies(all ...tries) func(*rollout.Glance) {
	return func(g *rollout.Glance) {
		for _, one := range all {
			d, _ := rollout.LookDenial(&corev1.Event{
				Reason: "FailedCreate", FirstTimestamp: metav1.NewTime(ago(one.first)), LastTimestamp: metav1.NewTime(ago(one.last)), Count: 25,
				Message: "create Pod " + one.podName + ` in StatefulSet web failed error: pods "x" is forbidden: ` + one.message,
			})
			g.Denials = append(g.Denials, d)
		}
	}
}

const (
	overQuota    = "exceeded quota: q"
	unknownQuota = "status unknown for quota: q, resources: pods"
)

func writtenAgo(d time.Duration) func(*rollout.Set) {
	return func(s *rollout.Set) {
		s.Writers = append(s.Writers, rollout.Writer{Field: "replicas", Manager: "kubectl", At: ago(d)})
	}
}

func nudgedAgo(d time.Duration) func(*rollout.Set) {
	return func(s *rollout.Set) { s.Nudged = ago(d) }
}

func endedAgo(d time.Duration) func(*rollout.Glance) {
	return func(g *rollout.Glance) { g.Endings = map[int32]rollout.Ending{4: {At: ago(d)}} }
}

func madeAgo(d time.Duration) func(*rollout.Glance) {
	return func(g *rollout.Glance) { g.Creations = map[string]rollout.Creation{"web-4": {At: ago(d), Times: 1}} }
}

// TestAbsence: why an ordinal has no pod, and from when on a denial is a verdict.
func TestAbsence(t *testing.T) {
	gap := web().Pods("a a a a -")
	wroteAt := func(d time.Duration) rollouttest.Sight {
		return half().Pods("a a a b -").Record("canary", rollout.Open, func(r *rollout.Record) { r.At = ago(d) })
	}
	for name, tt := range map[string]struct {
		in    rollouttest.Sight
		phase rollout.Phase
		cause rollout.CauseID
	}{
		"not made yet":               {gap, rollout.Absent, ""},
		"another ordinal was denied": {gap.Glance(denies(tries{"web-3", 6 * time.Second, 0, overQuota})), rollout.Absent, ""},
		"somebody else's pod":        {gap.Glance(func(g *rollout.Glance) { g.Strays = []rollout.Stray{{PodName: "web-4", Why: "not ours"}} }), rollout.Absent, rollout.Squatter},
		"a lower one blocks":         {web().Pods("a a a? a -"), rollout.Absent, rollout.LowerOrdinal},
		"Parallel: none blocks":      {web().Pods("a a a? a -").With(parallel), rollout.Absent, ""},
		"denied, and a lower one blocks now": {
			web().Pods("a a a? a -").Glance(denies(tries{"web-4", 6 * time.Second, 6 * time.Second, overQuota})),
			rollout.Absent, rollout.LowerOrdinal,
		},

		"denied often in 15 ms":         {gap.Glance(denies(tries{"web-4", 0, 0, overQuota})), rollout.Absent, rollout.Quota},
		"denied for 4 s":                {gap.Glance(denies(tries{"web-4", 4 * time.Second, 0, overQuota})), rollout.Absent, rollout.Quota},
		"denied for 5 s":                {gap.Glance(denies(tries{"web-4", 5 * time.Second, 0, overQuota})), rollout.Failing, rollout.Quota},
		"denied for 5 s, in many words": {gap.Glance(denies(tries{"web-4", 0, 0, overQuota + ", used 4"}, tries{"web-4", 5 * time.Second, time.Second, overQuota + ", used 3"})), rollout.Failing, rollout.Quota},
		"denied by what heals":          {gap.Glance(denies(tries{"web-4", time.Minute, 0, unknownQuota})), rollout.Absent, rollout.Quota},

		// One event tells of two rollouts: its first time is of the earlier one.
		"denied for an instant, and once before":       {wroteAt(time.Minute).Glance(denies(tries{"web-4", 20 * time.Minute, 0, overQuota})), rollout.Absent, rollout.Quota},
		"denied for long, and once before":             {wroteAt(time.Minute).Glance(denies(tries{"web-4", 20 * time.Minute, 6 * time.Second, overQuota})), rollout.Failing, rollout.Quota},
		"denied after our write, for long":             {wroteAt(time.Minute).Glance(denies(tries{"web-4", 50 * time.Second, 0, overQuota})), rollout.Failing, rollout.Quota},
		"denied before our write":                      {wroteAt(0).Glance(denies(tries{"web-4", time.Minute, time.Minute, overQuota})), rollout.Absent, ""},
		"denied before our write, a while ago":         {wroteAt(2 * time.Second).Glance(denies(tries{"web-4", time.Minute, time.Minute, overQuota})), rollout.Absent, rollout.Quota},
		"denied before our write, for ever":            {wroteAt(time.Minute).Glance(denies(tries{"web-4", time.Hour, 2 * time.Minute, overQuota})), rollout.Absent, rollout.Quota},
		"denied in the second of our write alone":      {wroteAt(time.Minute - time.Nanosecond).Glance(denies(tries{"web-4", time.Minute, time.Minute, overQuota})), rollout.Absent, rollout.Quota},
		"denied from the second of our write on":       {wroteAt(5*time.Second - time.Nanosecond).Glance(denies(tries{"web-4", 5 * time.Second, 4 * time.Second, overQuota})), rollout.Failing, rollout.Quota},
		"denied before its last pod":                   {gap.Glance(denies(tries{"web-4", time.Minute, time.Minute, overQuota}), endedAgo(0)), rollout.Absent, ""},
		"denied before its last pod, as an event says": {gap.Glance(denies(tries{"web-4", time.Minute, 50 * time.Second, overQuota}), madeAgo(50*time.Second)), rollout.Absent, rollout.Quota},

		"denied before kubectl scale":                    {gap.With(writtenAgo(0)).Glance(denies(tries{"web-4", 50 * time.Minute, 45 * time.Minute, overQuota})), rollout.Absent, ""},
		"denied before kubectl scale, a while ago":       {gap.With(writtenAgo(3 * time.Second)).Glance(denies(tries{"web-4", 50 * time.Minute, 45 * time.Minute, overQuota})), rollout.Absent, rollout.Quota},
		"denied since kubectl scale, the events dropped": {gap.With(writtenAgo(10 * time.Minute)).Glance(denies(tries{"web-4", 10 * time.Minute, 9 * time.Minute, overQuota})), rollout.Failing, rollout.Quota},

		"called back, and no pod for 4 s":               {wroteAt(time.Minute).With(nudgedAgo(4 * time.Second)).Glance(denies(tries{"web-4", time.Hour, 2 * time.Minute, overQuota})), rollout.Absent, rollout.Quota},
		"called back, and no pod for 5 s":               {wroteAt(time.Minute).With(nudgedAgo(5 * time.Second)).Glance(denies(tries{"web-4", time.Hour, 2 * time.Minute, overQuota})), rollout.Failing, rollout.Quota},
		"called back, and the write is not observed":    {wroteAt(time.Minute).Unobserved().With(nudgedAgo(5 * time.Second)).Glance(denies(tries{"web-4", time.Hour, 2 * time.Minute, overQuota})), rollout.Absent, rollout.Quota},
		"called back before the write":                  {wroteAt(time.Minute).With(nudgedAgo(2 * time.Minute)).Glance(denies(tries{"web-4", time.Hour, 3 * time.Minute, overQuota})), rollout.Absent, rollout.Quota},
		"called back before its last pod":               {wroteAt(time.Minute).With(nudgedAgo(30*time.Second)).Glance(denies(tries{"web-4", time.Hour, 3 * time.Minute, overQuota}), endedAgo(time.Second)), rollout.Absent, ""},
		"called back, and held by what heals by itself": {wroteAt(time.Minute).With(nudgedAgo(30 * time.Second)).Glance(denies(tries{"web-4", time.Hour, 2 * time.Minute, unknownQuota})), rollout.Absent, rollout.Quota},
	} {
		t.Run(name, func(t *testing.T) {
			p := tt.in.State().Pods[4]
			if p.Phase != tt.phase || p.Cause.ID != tt.cause || p.Cause.Hard != (p.Phase == rollout.Failing) {
				t.Errorf("it is %s, %+v; want %s, %q", p.Phase, p.Cause, tt.phase, tt.cause)
			}
		})
	}
}
