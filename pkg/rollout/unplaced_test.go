// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// A pod that is on a node while a claim of its is not bound was placed by no scheduler.
func TestUnplaced(t *testing.T) {
	mounts := func(p *corev1.Pod) {
		claim := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data-web-0"}}
		p.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: claim}, {Name: "tmp", VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{}}}}
	}
	creating := container(waits("ContainerCreating", ""))
	for name, tt := range map[string]struct {
		pod    *corev1.Pod
		glance rollout.Glance
		want   rollout.CauseID
		claim  string
	}{
		"its claim is not bound":           {pod(mounts, creating), rollout.Glance{Claims: []rollout.ClaimSight{{Name: "data-web-0", Unbound: true}, {Name: "other"}}}, rollout.ClaimPending, "data-web-0"},
		"likewise, in status":              {pod(mounts, creating), rollout.Glance{Around: rollout.Surroundings{Claims: map[string]rollout.Claim{"data-web-0": {Phase: "Pending"}}}}, rollout.ClaimPending, "data-web-0"},
		"its ephemeral claim is not bound": {pod(mounts, creating), rollout.Glance{Claims: []rollout.ClaimSight{{Name: "data-web-0"}, {Name: "web-0-tmp", Unbound: true}}}, rollout.ClaimPending, "web-0-tmp"},
		"its claims are bound":             {pod(mounts, creating), rollout.Glance{Claims: []rollout.ClaimSight{{Name: "data-web-0"}}}, rollout.Creating, ""},
		"another's is not bound":           {pod(mounts, creating), rollout.Glance{Claims: []rollout.ClaimSight{{Name: "data-web-1", Unbound: true}}}, rollout.Creating, ""},
		"it crashes":                       {pod(mounts, container(waits("ImagePullBackOff", ""))), rollout.Glance{Claims: []rollout.ClaimSight{{Name: "data-web-0", Unbound: true}}}, rollout.ImagePull, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := tt.glance
			g.At, g.Set = noon().Add(time.Minute), rollout.Set{Name: "web", Spec: rollout.Spec{Replicas: 1}}
			g.Pods = []rollout.Pod{rollout.LookPod(tt.pod, 0)}
			got := rollout.Assemble(g).Pods[0]
			if cause := got.Held(); cause.ID != tt.want || cause.Claim != tt.claim {
				t.Errorf("%+v", cause)
			}
			if !slices.Equal(got.Claims, []string{"data-web-0"}) || !slices.Equal(got.Ephemeral, []string{"web-0-tmp"}) {
				t.Errorf("claims %q and %q", got.Claims, got.Ephemeral)
			}
		})
	}
}
