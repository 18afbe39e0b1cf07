// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestDifferences(t *testing.T) {
	type claim = change[corev1.PersistentVolumeClaim]
	asks := func(text string) claim {
		return func(c *corev1.PersistentVolumeClaim) { c.Spec.Resources.Requests = size(text) }
	}
	shared := func(modes ...corev1.PersistentVolumeAccessMode) claim {
		return func(c *corev1.PersistentVolumeClaim) { c.Spec.AccessModes = modes }
	}
	mode := func(mode corev1.PersistentVolumeMode) claim {
		return func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeMode = &mode }
	}
	old := func(className string) claim {
		return func(c *corev1.PersistentVolumeClaim) {
			c.Annotations = map[string]string{classAnnotation: className}
		}
	}
	bare := func(c *corev1.PersistentVolumeClaim) { c.Spec = corev1.PersistentVolumeClaimSpec{} }
	for name, c := range map[string]struct {
		template, live []claim
		want           []string
	}{
		"the same":                    {nil, nil, nil},
		"the same in other words":     {[]claim{asks("2048Mi"), shared(rwo, rwx), ofClass("")}, []claim{shared(rwx, rwo)}, nil},
		"filled in by the server":     {nil, []claim{ofClass("default"), mode(corev1.PersistentVolumeFilesystem)}, nil},
		"filled in in the template":   {[]claim{mode(corev1.PersistentVolumeFilesystem)}, nil, nil},
		"nothing is asked for":        {[]claim{bare}, []claim{ofClass("fast"), mode(corev1.PersistentVolumeBlock)}, nil},
		"expanded":                    {nil, []claim{asks("8Gi")}, nil},
		"smaller":                     {[]claim{asks("5Gi")}, nil, []string{"5Gi instead of 2Gi"}},
		"another class":               {[]claim{ofClass("fast")}, []claim{ofClass("slow")}, []string{"class fast instead of class slow"}},
		"a class, and it has none":    {[]claim{ofClass("fast")}, nil, []string{"class fast instead of no class"}},
		"no class, and it has one":    {[]claim{ofClass("")}, []claim{ofClass("slow")}, []string{"no class instead of class slow"}},
		"the class by its annotation": {[]claim{ofClass("fast")}, []claim{old("fast")}, nil},
		"another by the annotation":   {[]claim{old("fast")}, []claim{ofClass("slow")}, []string{"class fast instead of class slow"}},
		"fewer modes":                 {[]claim{shared(rwo, rwx)}, nil, []string{"RWO,RWX instead of RWO"}},
		"more modes":                  {nil, []claim{shared(rwo, rwx)}, []string{"RWO instead of RWO,RWX"}},
		"another volume mode":         {[]claim{mode(corev1.PersistentVolumeBlock)}, nil, []string{"volumeMode Block instead of Filesystem"}},
		"several":                     {[]claim{asks("5Gi"), ofClass("fast"), shared(rwx)}, nil, []string{"5Gi instead of 2Gi", "class fast instead of no class", "RWX instead of RWO"}},
	} {
		t.Run(name, func(t *testing.T) {
			there := live(0, "a")
			for _, change := range c.live {
				change(&there)
			}
			var got []string
			for _, d := range first(t, withClaims(stockOf(), there), vct("data", c.template...)).Differences() {
				got = append(got, d.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
	if d := first(t, stockOf(), vct("data", asks("5Gi"))).Differences(); d != nil {
		t.Errorf("a claim that is not there differs: %v", d)
	}
}

// Claims out of range are no pod's, and one that is going is made anew.
func TestStandingsOfClaimsThatDiffer(t *testing.T) {
	bigger := func(c *corev1.PersistentVolumeClaim) { c.Spec.Resources.Requests = size("5Gi") }
	going := live(2, "c")
	going.DeletionTimestamp = &metav1.Time{}
	standings(t, map[string]standing{
		"found": {
			3, vct("data", bigger), withClaims(stockOf(bound("a", 0), bound("c", 2), bound("d", 3), pv("b", points("data-web-1", ""))), live(0, "a"), live(1, ""), going, live(3, "d")),
			[]string{"data-web-0 Bound a", "data-web-1 Reserved b", "data-web-2 Terminating c", "data-web-3 Bound d"},
			[]string{
				"note volume-binding persistentvolumeclaim/data-web-1", "warning claim-terminating persistentvolumeclaim/data-web-2",
				"warning claim-differs persistentvolumeclaim/data-web-0", "warning claim-differs persistentvolumeclaim/data-web-1",
			},
		},
	})
}
