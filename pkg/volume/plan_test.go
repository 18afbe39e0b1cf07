// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

func nfs() Recipe { return Recipe{Kind: NFS, Name: DefaultName, Server: "nfs", Path: "/x/{{.Claim}}"} }

func stockOf(volumes ...corev1.PersistentVolume) Stock {
	return Stock{Volumes: volumes, Classes: []storagev1.StorageClass{}}
}

func withClaims(s Stock, claims ...corev1.PersistentVolumeClaim) Stock {
	s.Claims = claims
	return s
}

// script is a plan, a line a step.
func script(p Plan) []string {
	var lines []string
	for _, s := range p.Steps {
		lines = append(lines, s.After.Name+" "+s.Text())
	}
	return lines
}

// refused asserts a refusal for a reason that says some words.
func refused(t *testing.T, err error, reason rollout.Reason, words ...string) {
	t.Helper()
	var refusal *rollout.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v, want a refusal for %s", err, reason)
	}
	if refusal.Reason != reason {
		t.Errorf("got reason %s, want %s", refusal.Reason, reason)
	}
	for _, word := range words {
		if !strings.Contains(refusal.Message, word) {
			t.Errorf("%q says nothing of %q", refusal.Message, word)
		}
	}
	way := func(cue string) bool { return strings.Contains(refusal.Message, cue) }
	if !slices.ContainsFunc([]string{"`", "--", "name ", "use {{", "make it", "delete the claim", "say which", "kubectl edit"}, way) && refusal.Hint == "" {
		t.Errorf("%q names no way on", refusal.Message)
	}
}

func planned(t *testing.T, p Plan, err error, want ...string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, script(p)); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	for _, s := range p.Steps {
		if s.Writes() && s.After.Spec.ClaimRef.UID != "" {
			t.Errorf("%s would get a claimRef with a uid", s.After.Name)
		}
	}
}

func TestCreate(t *testing.T) {
	s := set(2, vct("data"), vct("log", ofClass("slow")))
	s.Start = 5
	p, err := PlanCreate(s, stockOf(), nfs(), s.Ordinals())
	planned(t, p, err,
		"shop-data-web-5 created for data-web-5", "shop-log-web-5 created for log-web-5",
		"shop-data-web-6 created for data-web-6", "shop-log-web-6 created for log-web-6")
	want := pv("shop-log-web-6", class("slow"), points("log-web-6", ""))
	got := p.Steps[3].After
	want.TypeMeta, want.UID, want.ResourceVersion, want.Status = got.TypeMeta, "", "", corev1.PersistentVolumeStatus{}
	want.Spec.NFS.Path = "/x/log-web-6"
	want.Spec.VolumeMode = new(corev1.PersistentVolumeFilesystem)
	want.Spec.ClaimRef.APIVersion, want.Spec.ClaimRef.Kind = "v1", "PersistentVolumeClaim"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

// Whatever the claim asks for, the volume has exactly these modes.
func TestCreateModes(t *testing.T) {
	c := vct("data", func(c *corev1.PersistentVolumeClaim) {
		c.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{rwx, rwo}
	})
	p, err := PlanCreate(set(1, c), stockOf(pv("free", modes(rwo, rwx)), pv("more", modes(rwo, rwx, rox))), nfs(), []int32{0})
	planned(t, p, err, "shop-data-web-0 created for data-web-0")
	if got := ModesOf(p.Steps[0].After.Spec.AccessModes).String(); got != "RWO,RWX" {
		t.Errorf("modes %s", got)
	}
}

// places are where the data of each volume are: name, source, node.
func places(p Plan) []string {
	var texts []string
	for _, s := range p.Steps {
		texts = append(texts, fmt.Sprintf("%s %s %s", s.After.Name, SourceText(s.After), Where(s.After)))
	}
	return texts
}

func TestCreateKinds(t *testing.T) {
	nodes := []Node{{"n1", "host1"}, {"n2", "host2"}}
	capacity := resource.MustParse("5Gi")
	for name, c := range map[string]struct {
		recipe Recipe
		want   []string // of ordinals 0, 1, 2: name, source, node
	}{
		"local goes round the nodes": {
			Recipe{Kind: Local, Name: "{{.Set}}-{{.Ordinal}}-{{.Node}}", Path: "/disk", Nodes: nodes[:2]},
			nil, // ordinals 0 and 2 would share n1:/disk
		},
		"local": {
			Recipe{Kind: Local, Name: "{{.Set}}-{{.Ordinal}}-{{.Node}}", Path: "/disk/{{.Ordinal}}", Nodes: nodes},
			[]string{"web-0-n1 local /disk/0 host1", "web-1-n2 local /disk/1 host2", "web-2-n1 local /disk/2 host1"},
		},
		"hostPath": {
			Recipe{Kind: HostPath, Name: DefaultName, Path: "/{{.Namespace}}/{{.Template}}/{{.Ordinal}}"},
			[]string{"shop-data-web-0 hostPath /shop/data/0 ", "shop-data-web-1 hostPath /shop/data/1 ", "shop-data-web-2 hostPath /shop/data/2 "},
		},
		"csi": {
			Recipe{Kind: CSI, Name: DefaultName, Driver: "disks", Handle: "vol-{{.Ordinal}}", Capacity: &capacity},
			[]string{"shop-data-web-0 csi disks vol-0 ", "shop-data-web-1 csi disks vol-1 ", "shop-data-web-2 csi disks vol-2 "},
		},
		"template": {
			Recipe{Kind: Custom, Name: DefaultName, Manifest: "kind: PersistentVolume\nmetadata: {name: 'v{{.Ordinal}}'}\nspec: {csi: {driver: d, volumeHandle: '{{.Claim}}'}}"},
			[]string{"v0 csi d data-web-0 ", "v1 csi d data-web-1 ", "v2 csi d data-web-2 "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.recipe.Check(); err != nil {
				t.Fatal(err)
			}
			p, err := PlanCreate(set(3, vct("data")), stockOf(), c.recipe, []int32{0, 1, 2})
			if c.want == nil {
				refused(t, err, SharedData, "data-web-0 and data-web-2 would share data")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, places(p)); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

// An ordinal's node is the same, whichever ordinals are asked for.
func TestCreateNodes(t *testing.T) {
	r := Recipe{Kind: Local, Name: DefaultName, Path: "/{{.Claim}}", Nodes: []Node{{"n0", "n0"}, {"n1", "n1"}, {"n2", "n2"}}}
	s := set(8, vct("data"))
	s.Start = 3
	for ordinal, want := range map[int32]string{1: "n1", 2: "n2", 3: "n0", 4: "n1", 8: "n2"} {
		p, err := PlanCreate(s, stockOf(), r, []int32{ordinal})
		if err != nil {
			t.Fatal(err)
		}
		if got := Where(p.Steps[0].After); got != want {
			t.Errorf("ordinal %d is on %s, not %s", ordinal, got, want)
		}
	}
}

func TestCreateRefusals(t *testing.T) {
	small := resource.MustParse("1Gi")
	change := func(change func(*Recipe)) Recipe {
		r := nfs()
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		stock  Stock
		recipe Recipe
		reason rollout.Reason
		words  []string
	}{
		"one path for two":             {stockOf(), change(func(r *Recipe) { r.Path = "/x" }), SharedData, []string{"share data", "nfs nfs:/x"}},
		"one path, ending in / or not": {stockOf(), change(func(r *Recipe) { r.Path = "/x{{if eq .Ordinal 1}}/{{end}}" }), SharedData, []string{"share data"}},
		"one path, written twice":      {stockOf(), change(func(r *Recipe) { r.Path = "/x/{{.Claim}}/.." }), SharedData, []string{"share data"}},
		"one name for two":             {stockOf(), change(func(r *Recipe) { r.Name = "x" }), SharedData, []string{`a volume named "x"`}},
		"a path that is taken":         {stockOf(pv("a", func(v *corev1.PersistentVolume) { v.Spec.NFS.Path = "/x/data-web-1" })), nfs(), SharedData, []string{"volume a and data-web-1"}},
		"a name that cannot be":        {stockOf(), change(func(r *Recipe) { r.Name = "Web_{{.Ordinal}}" }), BadName, []string{`"Web_0"`}},
		"a name that is too long":      {stockOf(), change(func(r *Recipe) { r.Name = strings.Repeat("x", 250) + "-{{.Claim}}" }), BadName, []string{"253"}},
		"smaller than the claim":       {stockOf(), change(func(r *Recipe) { r.Capacity = &small }), Unfit, []string{"1Gi", "2Gi", "data-web-0", "data-web-1"}},
		"the name is another's":        {stockOf(pv("shop-data-web-0", points("other", ""))), nfs(), NameTaken, []string{"claim shop/other"}},
		"the name is nobody's":         {stockOf(pv("shop-data-web-0")), nfs(), NameTaken, []string{"reserved for nobody"}},
		"the name is elsewhere":        {stockOf(pv("shop-data-web-0", points("data-web-0", ""))), nfs(), NameTaken, []string{"/shop-data-web-0, not nfs nfs:/x/data-web-0"}},
		"the name is an earlier's":     {stockOf(pv("shop-data-web-0", points("data-web-0", "old"))), nfs(), NameTaken, []string{"pv release"}},
		"reserved twice":               {stockOf(pv("a", points("data-web-1", ""))), nfs(), OtherWouldWin, []string{"data-web-1", "a is reserved for it too"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := PlanCreate(set(2, vct("data")), c.stock, c.recipe, []int32{0, 1})
			refused(t, err, c.reason, c.words...)
		})
	}
	_, err := PlanCreate(set(2), stockOf(), nfs(), []int32{0})
	refused(t, err, NoClaims, "no volumeClaimTemplates")
	_, err = PlanCreate(set(1, vct("data", func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeAttributesClassName = new("gold") })), stockOf(), nfs(), []int32{0})
	refused(t, err, Unfit, "gold", "csi")
}

// A block device of nfs or hostPath is stored and never mapped; a directory of any node is
// told as one.
func TestCreateWhatAKubeletCannotUse(t *testing.T) {
	block := vct("data", func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeMode = new(corev1.PersistentVolumeBlock) })
	onHost := Recipe{Kind: HostPath, Name: DefaultName, Path: "/{{.Claim}}"}
	onNode := Recipe{Kind: Local, Name: DefaultName, Path: "/dev/{{.Claim}}", Nodes: []Node{{"n0", "n0"}}}
	for recipeName, r := range map[string]Recipe{"nfs": nfs(), "hostPath": onHost} {
		_, err := PlanCreate(set(1, block), stockOf(), r, []int32{0})
		refused(t, err, Unfit, "data-web-0 asks for volumeMode Block", recipeName+" has none")
	}
	p, err := PlanCreate(set(1, block), stockOf(), onNode, []int32{0})
	planned(t, p, err, "shop-data-web-0 created for data-web-0")

	p, err = PlanCreate(set(2, vct("data")), stockOf(), onHost, []int32{0, 1})
	planned(t, p, err, "shop-data-web-0 created for data-web-0", "shop-data-web-1 created for data-web-1")
	if warned := strings.Join(p.Warnings, "\n"); !strings.Contains(warned, "shop-data-web-0, shop-data-web-1: a hostPath") || !strings.Contains(warned, "--nodes") {
		t.Errorf("warned %q", warned)
	}
	onHost.Nodes = onNode.Nodes
	if p, err = PlanCreate(set(1, vct("data")), stockOf(), onHost, []int32{0}); err != nil || len(p.Warnings) > 0 {
		t.Errorf("%q, %v", p.Warnings, err)
	}
}

func TestCreateAgain(t *testing.T) {
	s := set(3, vct("data"))
	p, err := PlanCreate(s, stockOf(), nfs(), s.Ordinals())
	if err != nil {
		t.Fatal(err)
	}
	stock := withClaims(stockOf(p.Steps[0].After, p.Steps[1].After, pv("other", points("data-web-2", "claim-2"), phase(corev1.VolumeBound))), live(2, "other"))
	p, err = PlanCreate(s, stock, nfs(), s.Ordinals())
	planned(t, p, err,
		"shop-data-web-0 unchanged for data-web-0", "shop-data-web-1 unchanged for data-web-1",
		"shop-data-web-2 skipped for data-web-2: bound to other")
	if p.Writes() != 0 {
		t.Errorf("%d writes", p.Writes())
	}
}

func TestRecipeCheck(t *testing.T) {
	manifest := "kind: PersistentVolume\nspec: {csi: {driver: d, volumeHandle: '{{.Claim}}'}}"
	for name, c := range map[string]struct {
		recipe Recipe
		want   string
	}{
		"typo in a field":        {Recipe{Kind: NFS, Name: DefaultName, Server: "s", Path: "/{{.Ordnal}}"}, "the fields are .Namespace"},
		"typo in a template":     {Recipe{Kind: NFS, Name: "{{.Claim}", Server: "s", Path: "/x"}, "--name"},
		"no path":                {Recipe{Kind: NFS, Name: DefaultName, Server: "s"}, "--server and --path"},
		"no nodes":               {Recipe{Kind: Local, Name: DefaultName, Path: "/x"}, "needs --path and --nodes"},
		"no handle":              {Recipe{Kind: CSI, Name: DefaultName, Driver: "d"}, "--driver and --handle"},
		"a path that is none":    {Recipe{Kind: HostPath, Name: DefaultName, Path: "x"}, "not absolute"},
		"another kind":           {Recipe{Kind: Custom, Name: DefaultName, Manifest: "kind: Pod"}, `kind is "Pod"`},
		"typo in the manifest":   {Recipe{Kind: Custom, Name: DefaultName, Manifest: manifest + "\nspce: {}"}, `unknown field "spce"`},
		"no volume":              {Recipe{Kind: Custom, Name: DefaultName, Manifest: "# mine"}, `kind is ""`},
		"two volumes":            {Recipe{Kind: Custom, Name: DefaultName, Manifest: "# mine\n---\n" + manifest + "\n---\n" + manifest}, "several documents"},
		"a claimRef of its own":  {Recipe{Kind: Custom, Name: DefaultName, Manifest: "kind: PersistentVolume\nspec: {claimRef: {name: x}}"}, "leave spec.claimRef out"},
		"a uid":                  {Recipe{Kind: Custom, Name: DefaultName, Manifest: "kind: PersistentVolume\nmetadata: {uid: x}"}, "leave metadata.uid"},
		"manifest with its typo": {Recipe{Kind: Custom, Name: DefaultName, Manifest: "kind: {{.Kind}}"}, "--template"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.recipe.Check()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if err := (Recipe{Kind: Custom, Name: DefaultName, Manifest: manifest}).Check(); err != nil {
		t.Error(err)
	}
}

func TestReserve(t *testing.T) {
	s := set(2, vct("data"))
	give := func(volumes ...string) []Assignment { return []Assignment{{Volumes: volumes}} }
	stock := stockOf(pv("a"), pv("b"), pv("c"))
	p, err := PlanReserve(s, stock, give("c", "b", "a"), nil)
	planned(t, p, err, "c reserved for data-web-0", "b reserved for data-web-1", "a reserved for data-web-2")
	if told := strings.Join(p.Told, "\n"); !strings.Contains(told, "a is for ordinal 2, which statefulset.apps/web has not yet") {
		t.Errorf("told %q", told)
	}
	p, err = PlanReserve(s, stock, give("c"), []int32{7})
	planned(t, p, err, "c reserved for data-web-7")

	bound := withClaims(stockOf(pv("a", points("data-web-0", "claim-0"), phase(corev1.VolumeBound)), pv("b")), live(0, "a"))
	p, err = PlanReserve(s, bound, give("a", "b"), nil)
	planned(t, p, err, "a unchanged for data-web-0", "b reserved for data-web-1")

	p, err = PlanReserve(s, stockOf(pv("a", deletes)), give("a"), nil)
	planned(t, p, err, "a reserved for data-web-0")
	if len(p.Warnings) != 1 || p.Steps[0].RetainsFirst() {
		t.Errorf("warnings %q", p.Warnings)
	}

	two := set(1, vct("data"), vct("log"))
	p, err = PlanReserve(two, stock, []Assignment{{"log", []string{"a"}}, {"data", []string{"b"}}}, nil)
	planned(t, p, err, "a reserved for log-web-0", "b reserved for data-web-0")
}

func TestReserveTellsOfClaimsWithoutAVolume(t *testing.T) {
	s := set(4, vct("data"), vct("log"))
	stock := withClaims(stockOf(pv("a"), pv("b", points("data-web-1", "claim-1"), phase(corev1.VolumeBound)), pv("c", points("data-web-2", ""))), live(1, "b"))
	p, err := PlanReserve(s, stock, []Assignment{{"data", []string{"a"}}}, nil)
	planned(t, p, err, "a reserved for data-web-0")
	if diff := cmp.Diff([]string{"data-web-3 gets no volume by this"}, p.Told); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

func TestReserveRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		stock   Stock
		set     Set
		volumes Assignment
		reason  rollout.Reason
		words   []string
	}{
		"no such volume":    {stockOf(), set(2, vct("data")), Assignment{"", []string{"a"}}, NoSuchVolume, []string{`"a"`}},
		"too small":         {stockOf(pv("a"), pv("b", sized("1Gi"))), set(2, vct("data")), Assignment{"", []string{"a", "b"}}, Unfit, []string{"b cannot serve data-web-1", "1Gi"}},
		"mode missing":      {stockOf(pv("a", modes(rwx))), set(2, vct("data")), Assignment{"", []string{"a"}}, Unfit, []string{"RWX", "RWO"}},
		"another's":         {stockOf(pv("a", points("x", "u"))), set(2, vct("data")), Assignment{"", []string{"a"}}, TakenByOther, []string{"belongs to claim shop/x"}},
		"kept for another":  {stockOf(pv("a", points("data-web-1", ""))), set(2, vct("data")), Assignment{"", []string{"a"}}, TakenByOther, []string{"pv rebind"}},
		"an earlier's":      {stockOf(pv("a", points("data-web-0", "old"))), set(2, vct("data")), Assignment{"", []string{"a"}}, InUse, []string{"pv release"}},
		"bound elsewhere":   {withClaims(stockOf(pv("a"), pv("b")), live(0, "b")), set(2, vct("data")), Assignment{"", []string{"a"}}, BoundElsewhere, []string{"bound to b already"}},
		"a free one wins":   {stockOf(pv("a", modes(rwo, rwx)), pv("free")), set(2, vct("data")), Assignment{"", []string{"a"}}, OtherWouldWin, []string{"free is free and has fewer access modes (RWO, not RWO,RWX)"}},
		"which template":    {stockOf(pv("a")), set(2, vct("data"), vct("log")), Assignment{"", []string{"a"}}, NoClaims, []string{"data=volume"}},
		"no such template":  {stockOf(pv("a")), set(2, vct("data")), Assignment{"dta", []string{"a"}}, NoClaims, []string{`"dta"`}},
		"without templates": {stockOf(pv("a")), set(2), Assignment{"", []string{"a"}}, NoClaims, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := PlanReserve(c.set, c.stock, []Assignment{c.volumes}, nil)
			refused(t, err, c.reason, c.words...)
		})
	}
}

func TestRelease(t *testing.T) {
	s := set(2, vct("data"))
	released := phase(corev1.VolumeReleased)
	marked := func(v *corev1.PersistentVolume) {
		v.Annotations = map[string]string{BoundByController: "yes", "kept": "x"}
	}
	stock := stockOf(
		pv("a", points("data-web-0", "old"), released, deletes, marked),
		pv("b", points("data-web-7", "old"), phase(corev1.VolumeFailed)),
		pv("e", points("data-web-8", "old"), phase(corev1.VolumeBound)),
		pv("f", points("data-web-9", "old"), phase(corev1.VolumePending)),
		pv("c", points("other-web-0", "old"), released), pv("d", points("data-web-1", "")))
	p, err := PlanRelease(s, stock, s.Known(stock), nil)
	planned(t, p, err, "a released for data-web-0", "b released for data-web-7", "e released for data-web-8", "f skipped for data-web-9: its phase is Pending, neither Released nor Failed")
	if got := p.Steps[0].After.Spec.PersistentVolumeReclaimPolicy; got != corev1.PersistentVolumeReclaimRetain {
		t.Errorf("its reclaim policy would be %s", got)
	}
	if !p.Steps[0].RetainsFirst() || p.Steps[1].RetainsFirst() {
		t.Error("Delete must become Retain first, and Retain need not")
	}
	if diff := cmp.Diff(map[string]string{"kept": "x"}, p.Steps[0].After.Annotations); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	elsewhere := withClaims(stockOf(pv("a", points("data-web-0", "old"), released), pv("x")), live(0, "x"))
	p, err = PlanRelease(s, elsewhere, []int32{0}, nil)
	planned(t, p, err, "a skipped for data-web-0: the claim is bound to x")
	if warned := strings.Join(p.Warnings, "\n"); !strings.Contains(warned, "bound to x; scale that ordinal away and delete its claim first, or `pv rebind` gives it to another ordinal") {
		t.Errorf("warned %q", warned)
	}

	twice := stockOf(pv("a", points("data-web-0", "old"), released), pv("b", points("data-web-0", "older"), released))
	_, err = PlanRelease(s, twice, []int32{0}, nil)
	refused(t, err, OtherWouldWin, "b is reserved for it too", "`pv rebind` gives b to another ordinal, or --volumes with the others leaves a out")
	p, err = PlanRelease(s, twice, []int32{0}, []string{"b"})
	planned(t, p, err, "b released for data-web-0")
	rebound := stockOf(pv("a", points("data-web-0", "old"), released), pv("b", points("data-web-0", "")), pv("c", points("data-web-1", "old"), released))
	_, err = PlanRelease(s, rebound, []int32{0, 1}, nil)
	refused(t, err, OtherWouldWin, "data-web-0 would not be sure to get the volume meant: b is reserved for it too; `pv rebind` gives b to another ordinal, or --volumes with the others leaves a out")
	p, err = PlanRelease(s, rebound, []int32{0, 1}, []string{"c"})
	planned(t, p, err, "c released for data-web-1")
}

// A claim that is Lost takes a volume made anew under the old name only with its uid, which
// nothing here writes: no binder is waited for.
func TestNoPlanServesAClaimThatIsLost(t *testing.T) {
	s := set(1, vct("data"))
	lost := live(0, "a")
	lost.Status.Phase = corev1.ClaimLost
	anew := withClaims(stockOf(pv("a", points("data-web-0", ""))), lost)
	patch := `kubectl patch pv a --type merge -p '{"spec":{"claimRef":{"uid":"claim-0"}}}'`
	for name, plan := range map[string]func() (Plan, error){
		"reserve": func() (Plan, error) { return PlanReserve(s, anew, []Assignment{{Volumes: []string{"a"}}}, nil) },
		"rebind":  func() (Plan, error) { return PlanRebind(s, anew, "", "a", 0) },
	} {
		_, err := plan()
		refused(t, err, Unfit, "claim data-web-0: it is bound to an earlier volume a", "does not carry its uid")
		var refusal *rollout.Refusal
		if errors.As(err, &refusal) && refusal.Hint != patch {
			t.Errorf("%s: the hint is %q", name, refusal.Hint)
		}
	}
	p, err := PlanRelease(s, anew, []int32{0}, nil)
	planned(t, p, err)
	if warned := strings.Join(p.Warnings, "\n"); !strings.Contains(warned, patch) {
		t.Errorf("a release warns %q", warned)
	}
	recipe := nfs()
	recipe.Name = "a"
	_, err = PlanCreate(s, withClaims(stockOf(), lost), recipe, []int32{0})
	refused(t, err, Unfit, "claim data-web-0 is Lost", "claimRef.uid claim-0")
	_, err = PlanReserve(s, withClaims(stockOf(pv("a")), lost), []Assignment{{Volumes: []string{"a"}}}, nil)
	refused(t, err, Unfit, "by itself")
}

// A volume that is named and not to be released is told why, unless it waits for
// its claim already, or has it.
func TestReleaseOfNamedVolumes(t *testing.T) {
	s := set(2, vct("data"))
	released := phase(corev1.VolumeReleased)
	elsewhere := func(v *corev1.PersistentVolume) { v.Spec.ClaimRef.Namespace = "elsewhere" }
	stock := withClaims(stockOf(
		pv("gone", points("data-web-0", "old"), released), pv("far", points("data-web-7", "old"), released),
		pv("waits", points("data-web-9", "")), bound("has", 1),
		pv("free"), pv("theirs", points("data-db-0", "db"), phase(corev1.VolumeBound)), pv("kept", points("data-db-1", "")),
		pv("there", points("data-web-0", "old"), released, elsewhere)), live(1, "has"))
	p, err := PlanRelease(s, stock, s.Known(stock), []string{"gone", "waits", "has"})
	planned(t, p, err, "gone released for data-web-0")
	p, err = PlanRelease(s, stock, []int32{0}, []string{"waits", "has"})
	planned(t, p, err)
	for volumeName, c := range map[string]struct {
		reason rollout.Reason
		words  string
	}{
		"nosuch": {NoSuchVolume, `there is no persistentvolume "nosuch"`},
		"free":   {Unfit, "free is no claim's"},
		"theirs": {TakenByOther, "theirs is for claim shop/data-db-0, which statefulset.apps/web in namespace \"shop\" never makes"},
		"kept":   {TakenByOther, "kept is for claim shop/data-db-1"},
		"there":  {TakenByOther, "there is for claim elsewhere/data-web-0"},
	} {
		_, err = PlanRelease(s, stock, s.Known(stock), []string{"gone", volumeName})
		refused(t, err, c.reason, c.words)
	}
	_, err = PlanRelease(s, stock, []int32{0}, []string{"far"})
	refused(t, err, Unfit, "far was bound to claim data-web-7, whose ordinal is not among those asked for")
}

func TestRebind(t *testing.T) {
	s := set(3, vct("data"))
	p, err := PlanRebind(s, stockOf(pv("a", points("data-web-0", "old"), phase(corev1.VolumeReleased), deletes)), "", "a", 2)
	planned(t, p, err, "a rebound for data-web-2")
	if len(p.Told) != 0 {
		t.Errorf("told of claims that are none of its business: %q", p.Told)
	}
	if !p.Steps[0].RetainsFirst() {
		t.Error("Delete must become Retain first")
	}
	p, err = PlanRebind(s, stockOf(pv("a", points("data-web-2", ""))), "", "a", 2)
	planned(t, p, err, "a unchanged for data-web-2")

	inUse := withClaims(stockOf(pv("a", points("data-web-0", "claim-0"), phase(corev1.VolumeBound))), live(0, "a"))
	_, err = PlanRebind(s, inUse, "", "a", 2)
	refused(t, err, InUse, "claim shop/data-web-0 is bound to it")
	_, err = PlanRebind(s, stockOf(pv("a", dying)), "", "a", 2)
	refused(t, err, InUse, "being deleted")
	_, err = PlanRebind(s, withClaims(stockOf(pv("a"), pv("b", points("data-web-2", "claim-2"))), live(2, "b")), "", "a", 2)
	refused(t, err, BoundElsewhere, "bound to b already")
	_, err = PlanRebind(s, stockOf(pv("a"), pv("b", points("data-web-2", ""))), "", "a", 2)
	refused(t, err, OtherWouldWin, "b is reserved for it too")
	_, err = PlanRebind(s, stockOf(), "", "a", 2)
	refused(t, err, NoSuchVolume)
	for claimName, uid := range map[string]types.UID{"data-db-0": "", "data-db-1": "old", "logs-web-0": "", "data-web-x": "old"} {
		_, err = PlanRebind(s, stockOf(pv("a", points(claimName, uid), phase(corev1.VolumeReleased))), "", "a", 2)
		refused(t, err, TakenByOther, "is for claim shop/"+claimName)
	}
}

func TestAssert(t *testing.T) {
	bindings := []Binding{{ClaimName: "data-web-0", VolumeName: "a"}, {ClaimName: "data-web-1", VolumeName: "b"}}
	pending := phase(corev1.VolumePending)
	progress, err := stockOf(pv("a", pending), pv("b")).Assert("shop", bindings)
	if err != nil || cmp.Diff(Progress{Unseen: []string{"a"}}, progress) != "" {
		t.Errorf("a volume that the binder has not seen: %+v, %v", progress, err)
	}
	progress, err = withClaims(stockOf(pv("a"), pv("b")), live(1, "")).Assert("shop", bindings)
	if err != nil || cmp.Diff(Progress{Waiting: []string{"data-web-1"}}, progress) != "" {
		t.Errorf("a claim that waits: %+v, %v", progress, err)
	}
	progress, err = withClaims(stockOf(pv("a"), pv("b")), live(1, "b")).Assert("shop", bindings)
	if err != nil || !progress.Done() {
		t.Errorf("as it should be: %+v, %v", progress, err)
	}
	var failure *rollout.Failure
	if _, err = withClaims(stockOf(pv("a"), pv("b")), live(1, "c")).Assert("shop", bindings); !errors.As(err, &failure) {
		t.Errorf("bound elsewhere: %v", err)
	}
}
