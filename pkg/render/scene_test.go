// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// noon is when the scenes are seen.
func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

const (
	stableRevision = "web-5c8d7f6b9"
	canaryRevision = "web-7d9f5c6b4d"

	stableTemplate = `{"spec":{"containers":[{"name":"app","image":"example.org/app:v1","env":[{"name":"LEVEL","value":"info"}]}]}}`
	canaryTemplate = `{"spec":{"containers":[{"name":"app","image":"example.org/app:v2","env":[{"name":"LEVEL","value":"debug"}]}]}}`
)

// scene is a set to be looked at. It begins settled on the stable revision.
type scene struct {
	t      *testing.T
	glance rollout.Glance
}

func newScene(t *testing.T, replicas int32) *scene {
	t.Helper()
	s := &scene{t: t, glance: rollout.Glance{
		At: noon(),
		Set: rollout.Set{
			Spec:      rollout.Spec{Template: digest(t, stableTemplate), Replicas: replicas, Strategy: rollout.RollingUpdate},
			Namespace: "prod", Name: "web", UID: "0b1c", Created: noon().Add(-9 * 24 * time.Hour), Generation: 7, Observed: 7, OrderedReady: true,
			Current: stableRevision, Update: stableRevision, Live: []byte(stableTemplate),
			ServiceName: "web", ClaimTemplates: []string{"data"},
		},
		Revisions: rollout.Revisions{
			{Name: stableRevision, Number: 1, Template: []byte(stableTemplate), Digest: digest(t, stableTemplate)},
		},
		FailurePolicy: rollout.FailurePolicy{Patience: 30 * time.Second, MaxRestarts: rollout.DefaultMaxRestarts},
		Around:        rollout.Surroundings{Claims: map[string]rollout.Claim{}},
	}}
	for i := range replicas {
		s.add(i, stableRevision)
	}
	return s
}

func digest(t *testing.T, template string) string {
	t.Helper()
	d, err := rollout.Digest([]byte(template))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// add puts a pod that has been Available for long on an index.
func (s *scene) add(index int32, revision string) {
	set := s.glance.Set
	name, since := set.PodName(index), noon().Add(-90*time.Hour)
	claimName := "data-" + name
	s.glance.Pods = append(s.glance.Pods, rollout.Pod{
		Ordinal: set.Ordinal(index), Name: name, UID: types.UID(fmt.Sprintf("uid-%d", index)), Revision: revision,
		Phase: rollout.Ready, Created: since, ReadyAt: since, StartedAt: since, Since: since,
		Node: fmt.Sprintf("node-%d", index%3), Claims: []string{claimName},
	})
	s.glance.Around.Claims[claimName] = rollout.Claim{Name: claimName, Phase: "Bound", VolumeName: fmt.Sprintf("pv%03d", index), Capacity: "1Gi"}
}

// canary gives the set another template, with the partition at an index.
func (s *scene) canary(partition int32) *scene {
	set := &s.glance.Set
	set.Template, set.Live, set.Update = digest(s.t, canaryTemplate), []byte(canaryTemplate), canaryRevision
	set.Partition = rollout.Partition{Index: partition}
	s.glance.Revisions = append(s.glance.Revisions, rollout.Revision{
		Name: canaryRevision, Number: 2, Template: set.Live, Digest: set.Template,
	})
	for i := partition; i < set.Replicas; i++ {
		s.updated(i)
	}
	return s
}

// updated puts an index on the new revision, for ten minutes now.
func (s *scene) updated(index int32) {
	pod, since := &s.glance.Pods[index], noon().Add(-10*time.Minute)
	pod.UID, pod.Revision = pod.UID+"-new", canaryRevision
	pod.Created, pod.ReadyAt, pod.StartedAt, pod.Since = since, since, since, since
}

// starting makes an index one that is on its way, for so long.
func (s *scene) starting(index int32, cause rollout.Cause, lasting time.Duration) *scene {
	pod := &s.glance.Pods[index]
	pod.Phase, pod.ReadyAt, pod.Cause, pod.Since = rollout.Starting, time.Time{}, cause, noon().Add(-lasting)
	return s
}

func (s *scene) state() rollout.State {
	glance := s.glance
	glance.Pods = append([]rollout.Pod(nil), glance.Pods...)
	return rollout.Assemble(glance)
}

func badImage() rollout.Cause {
	return rollout.Cause{
		ID:      rollout.ImagePull,
		Message: `container "app": ErrImagePull: failed to pull and unpack image "example.org/app:v2": manifest unknown`,
	}
}

func crashing() rollout.Cause {
	return rollout.Cause{
		ID: rollout.CrashLoop, Hard: true,
		Message: `container "app" restarted 3 times, last with exit code 1 (Error)`,
		Log:     "starting\nfatal: no such table \x1b]0;gone\x07\n",
	}
}

// terminal is a Style of a terminal of that size.
func terminal(width, height int) Style {
	return Style{Size: func() (int, int) { return width, height }, Redraws: true}
}
