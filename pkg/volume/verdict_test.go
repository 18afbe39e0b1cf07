// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestJudge(t *testing.T) {
	block := corev1.PersistentVolumeBlock
	gold := "gold"
	data := vct("data")
	for name, c := range map[string]struct {
		volume   corev1.PersistentVolume
		template corev1.PersistentVolumeClaim
		want     []ReasonID
	}{
		"fits":                        {pv("a"), data, nil},
		"larger":                      {pv("a", sized("3Gi")), data, nil},
		"more modes":                  {pv("a", modes(rox, rwo)), data, nil},
		"too small":                   {pv("a", sized("2047Mi")), data, []ReasonID{TooSmall}},
		"the same in other units":     {pv("a", sized("2048Mi")), data, nil},
		"other modes":                 {pv("a", modes(rox, rwx)), data, []ReasonID{WrongModes}},
		"one pod is not one node":     {pv("a", modes(rwop)), data, []ReasonID{WrongModes}},
		"block":                       {pv("a", func(v *corev1.PersistentVolume) { v.Spec.VolumeMode = &block }), data, []ReasonID{WrongVolumeMode}},
		"attributes class":            {pv("a", func(v *corev1.PersistentVolume) { v.Spec.VolumeAttributesClassName = &gold }), data, []ReasonID{WrongAttributes}},
		"being deleted":               {pv("a", dying), data, []ReasonID{BeingDeleted}},
		"reserved":                    {pv("a", points("data-web-0", "")), data, nil},
		"reserved, another class":     {pv("a", points("data-web-0", ""), class("slow")), data, nil},
		"reserved, phase":             {pv("a", points("data-web-0", ""), phase("")), data, nil},
		"reserved, too small":         {pv("a", points("data-web-0", ""), sized("1Gi")), data, []ReasonID{TooSmall}},
		"an earlier claim's":          {pv("a", points("data-web-0", "old"), phase(corev1.VolumeReleased)), data, []ReasonID{Released}},
		"another claim's":             {pv("a", points("data-web-1", "x"), phase(corev1.VolumeBound)), data, []ReasonID{Taken}},
		"reserved for another claim":  {pv("a", points("data-web-1", "")), data, []ReasonID{Taken}},
		"another class":               {pv("a", class("slow")), data, []ReasonID{WrongClass}},
		"no class for a class":        {pv("a"), vct("data", ofClass("slow")), []ReasonID{WrongClass}},
		"the class by its annotation": {pv("a", func(v *corev1.PersistentVolume) { v.Annotations = map[string]string{classAnnotation: "slow"} }), vct("data", ofClass("slow")), nil},
		"pending":                     {pv("a", phase(corev1.VolumePending)), data, []ReasonID{NotAvailable}},
		"selector": {pv("a"), vct("data", func(c *corev1.PersistentVolumeClaim) {
			c.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"disk": "fast"}}
		}), []ReasonID{WrongLabels}},
		"all that is wrong at once": {pv("a", sized("1Gi"), modes(rwx), class("slow")), data, []ReasonID{TooSmall, WrongModes, WrongClass}},
		"asked for by name": {pv("a", class("slow")), vct("data", func(c *corev1.PersistentVolumeClaim) {
			c.Spec.VolumeName = "a"
		}), []ReasonID{WrongClass}},
		"asked for by name and pointing back: nothing is checked": {pv("a", points("data-web-0", ""), class("slow"), sized("1Mi")), vct("data", func(c *corev1.PersistentVolumeClaim) {
			c.Spec.VolumeName = "a"
		}), nil},
		"another is asked for by name": {pv("a"), vct("data", func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeName = "b" }), []ReasonID{NotAsked}},
	} {
		t.Run(name, func(t *testing.T) {
			stock := Stock{Volumes: []corev1.PersistentVolume{c.volume}, Classes: []storagev1.StorageClass{}}
			verdict := stock.Judge(first(t, stock, c.template), c.volume)
			var got []ReasonID
			for _, why := range verdict.Why {
				got = append(got, why.ID)
				if why.Message == "" {
					t.Errorf("%s says nothing", why.ID)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

// A claim that exists owns a volume by its uid too.
func TestJudgeLive(t *testing.T) {
	stock := Stock{Claims: []corev1.PersistentVolumeClaim{live(0, "")}}
	c := first(t, stock, vct("data"))
	if v := stock.Judge(c, pv("a", points("data-web-0", "claim-0"))); !v.Serves() || !v.Reserved {
		t.Errorf("its own uid: %+v", v)
	}
	if v := stock.Judge(c, pv("a", points("data-web-0", "claim-1"))); !v.Has(Released) {
		t.Errorf("another's uid: %+v", v)
	}
}

func TestTold(t *testing.T) {
	v := pv("a", points("data-web-0", ""), class("slow"), modes(rwo, rwx))
	v.Spec.NodeAffinity = onNode("node-1")
	stock := Stock{Classes: []storagev1.StorageClass{}}
	told := strings.Join(stock.Judge(first(t, stock, vct("data")), v).Told, "; ")
	for _, want := range []string{"class slow", "RWO,RWX, more than", "only node node-1"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q says nothing of %q", told, want)
		}
	}
	if got := Where(v); got != "node-1" {
		t.Errorf("where: %q", got)
	}
}

func TestClassOf(t *testing.T) {
	young := func(c *storagev1.StorageClass) { c.CreationTimestamp = metav1.Unix(2, 0) }
	old := func(c *storagev1.StorageClass) { c.CreationTimestamp = metav1.Unix(1, 0) }
	classes := []storagev1.StorageClass{
		storageClass("old", byDefault, old), storageClass("b", byDefault, young, delayed), storageClass("a", byDefault, young),
		storageClass("hand", func(c *storagev1.StorageClass) { c.Provisioner = noProvisioner }),
	}
	for name, c := range map[string]struct {
		stock    Stock
		template corev1.PersistentVolumeClaim
		want     Class
	}{
		"the newest default, the first by name": {Stock{Classes: classes}, vct("data"), Class{Name: "a", Default: true, Provisions: true}},
		"none on purpose":                       {Stock{Classes: classes}, vct("data", ofClass("")), Class{}},
		"no default":                            {Stock{Classes: classes[3:]}, vct("data"), Class{}},
		"may not be read":                       {Stock{}, vct("data"), Class{Unknown: true}},
		"missing":                               {Stock{Classes: classes}, vct("data", ofClass("x")), Class{Name: "x", Missing: true}},
		"delayed":                               {Stock{Classes: classes}, vct("data", ofClass("b")), Class{Name: "b", Delayed: true, Provisions: true}},
		"by hand":                               {Stock{Classes: classes}, vct("data", ofClass("hand")), Class{Name: "hand"}},
		"a claim that exists without one keeps none": {
			Stock{Classes: classes, Claims: []corev1.PersistentVolumeClaim{live(0, "")}}, vct("data"), Class{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.stock.ClassOf(first(t, c.stock, c.template))); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	far := func(v *corev1.PersistentVolume) { v.Spec.NodeAffinity = onNode("far") }
	reserved := points("data-web-0", "")
	waiting := []storagev1.StorageClass{storageClass("wait", delayed)}
	wait := vct("data", ofClass("wait"))
	for name, c := range map[string]struct {
		volumes  []corev1.PersistentVolume
		classes  []storagev1.StorageClass
		template corev1.PersistentVolumeClaim
		want     Choice
	}{
		"nothing":                         {nil, nil, vct("data"), Choice{}},
		"the smallest":                    {[]corev1.PersistentVolume{pv("a", sized("9Gi")), pv("b", sized("3Gi"))}, nil, vct("data"), Choice{Volumes: []string{"b"}}},
		"several are chance":              {[]corev1.PersistentVolume{pv("b"), pv("a"), pv("c", sized("3Gi"))}, nil, vct("data"), Choice{Volumes: []string{"a", "b"}}},
		"fewer modes before smaller":      {[]corev1.PersistentVolume{pv("a", modes(rwo, rox)), pv("b", sized("9Gi"))}, nil, vct("data"), Choice{Volumes: []string{"b"}}},
		"as many modes, other sets":       {[]corev1.PersistentVolume{pv("a", modes(rwo, rox)), pv("b", modes(rwo, rwx), sized("9Gi"))}, nil, vct("data"), Choice{Volumes: []string{"a", "b"}}},
		"a mode twice counts once":        {[]corev1.PersistentVolume{pv("a", modes(rwo, rwo)), pv("b", sized("9Gi"))}, nil, vct("data"), Choice{Volumes: []string{"a"}}},
		"reserved before smaller":         {[]corev1.PersistentVolume{pv("a", reserved, sized("9Gi")), pv("b")}, nil, vct("data"), Choice{Volumes: []string{"a"}, Reserved: true}},
		"free in fewer modes wins":        {[]corev1.PersistentVolume{pv("a", reserved, modes(rwo, rox)), pv("b", sized("9Gi"))}, nil, vct("data"), Choice{Volumes: []string{"b"}}},
		"unless the class waits":          {[]corev1.PersistentVolume{pv("a", reserved, modes(rwo, rox)), pv("b", class("wait"))}, waiting, wait, Choice{Volumes: []string{"a"}, Reserved: true}},
		"waiting, the scheduler chooses":  {[]corev1.PersistentVolume{pv("b", class("wait")), pv("a", class("wait"), sized("9Gi"))}, waiting, wait, Choice{Volumes: []string{"b"}, ByScheduler: true}},
		"by what a node can reach":        {[]corev1.PersistentVolume{pv("b", class("wait"), sized("5Gi")), pv("a", class("wait"), far), pv("c", class("wait"), sized("9Gi"), far)}, waiting, wait, Choice{Volumes: []string{"a", "b"}, ByScheduler: true}},
		"two reserved are chance as well": {[]corev1.PersistentVolume{pv("a", reserved), pv("b", reserved)}, nil, vct("data"), Choice{Volumes: []string{"a", "b"}, Reserved: true}},
	} {
		t.Run(name, func(t *testing.T) {
			stock := Stock{Volumes: c.volumes, Classes: append([]storagev1.StorageClass{}, c.classes...)}
			for range 3 { // the order of the volumes says nothing
				if diff := cmp.Diff(c.want, stock.Choose(first(t, stock, c.template))); diff != "" {
					t.Errorf("want -, got +\n%s", diff)
				}
				stock.Volumes = append(slices.Clone(stock.Volumes[min(1, len(stock.Volumes)):]), stock.Volumes[:min(1, len(stock.Volumes))]...)
			}
		})
	}
}
