// SPDX-License-Identifier: Apache-2.0

package rollout_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

const (
	liveTemplate  = `{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"app:v1"}]}}`
	otherTemplate = `{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"app:v2"}]}}`
	// one that a server before 1.34 stored, of the same meaning
	twinTemplate = `{"metadata":{"creationTimestamp":null,"labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"app:v1"}]}}`
)

// arriving is a set web of three ordinals with a claim each, from 0.
func arriving(t *testing.T, edits ...func(*rollout.Arrival)) rollout.Arrival {
	t.Helper()
	a := rollout.Arrival{Set: rollout.Set{
		Namespace: "shop", Name: "web", ClaimTemplates: []string{"data"}, Live: []byte(liveTemplate),
		Spec: rollout.Spec{Replicas: 3, Strategy: rollout.RollingUpdate, Template: digest(t, liveTemplate)},
	}}
	for revisionName, text := range map[string]string{"web-1": liveTemplate, "web-2": otherTemplate, "web-3": twinTemplate} {
		a.Revisions = append(a.Revisions, rollout.Revision{Name: revisionName, Template: []byte(text), Digest: digest(t, text)})
	}
	for _, edit := range edits {
		edit(&a)
	}
	return a
}

func digest(t *testing.T, template string) string {
	t.Helper()
	d, err := rollout.Digest([]byte(template))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// orphan is web-N of a revision, which belongs to nobody.
func orphan(ordinal int32, revisionName string, edits ...func(*rollout.Bystander)) func(*rollout.Arrival) {
	return func(a *rollout.Arrival) {
		podName := rollout.Set{Name: "web"}.PodName(ordinal)
		b := rollout.Bystander{Bond: rollout.Adopted, Pod: rollout.Pod{Name: podName, Ordinal: ordinal, Revision: revisionName, Claims: []string{"data-" + podName}}}
		for _, edit := range edits {
			edit(&b)
		}
		a.Pods = append(a.Pods, b)
	}
}

func over(b *rollout.Bystander) { b.Over = true }

// backup is a pod of another name that mounts a claim.
func backup(claimName string, edits ...func(*rollout.Bystander)) func(*rollout.Arrival) {
	return func(a *rollout.Arrival) {
		b := rollout.Bystander{Pod: rollout.Pod{Name: "backup", Claims: []string{"scratch", claimName}}}
		for _, edit := range edits {
			edit(&b)
		}
		a.Pods = append(a.Pods, b)
	}
}

func squatter(ordinal int32) func(*rollout.Arrival) {
	return orphan(ordinal, "", func(b *rollout.Bystander) {
		b.Bond, b.Claims, b.Why = rollout.Squatting, nil, `pod "web-1" has the name of an ordinal and belongs to ReplicaSet "x"`
	})
}

func beside(others ...rollout.Set) func(*rollout.Arrival) {
	return func(a *rollout.Arrival) { a.Others = others }
}

func dooms(claimName string) func(*rollout.Arrival) {
	return func(a *rollout.Arrival) { a.Doomed = append(a.Doomed, claimName) }
}

func found(claim rollout.ClaimSight) func(*rollout.Arrival) {
	return func(a *rollout.Arrival) { a.Claims = append(a.Claims, claim) }
}

func names(claimNames ...string) func(*rollout.Arrival) {
	return func(a *rollout.Arrival) { a.Set.NamedClaims = claimNames }
}

func deletedByHand(a *rollout.Arrival) { a.Set.Strategy = rollout.OnDelete }

func TestArrival(t *testing.T) {
	of := func(edits ...func(*rollout.Arrival)) []func(*rollout.Arrival) { return edits }
	db := rollout.Set{Name: "db", UID: "db-uid", ClaimTemplates: []string{"data"}}
	const (
		adopts = "statefulset.apps/web: the set would adopt the pods "
		nobody = ", which belong to nobody, and "
	)
	for name, tt := range map[string]struct {
		in   []func(*rollout.Arrival)
		want string
	}{
		"nothing is there":                             {},
		"claims of an earlier set":                     {in: of(found(rollout.ClaimSight{Name: "data-web-0", Owners: []types.UID{"earlier"}}), beside(db))},
		"others with claims of theirs":                 {in: of(beside(db, rollout.Set{Name: "bare"}))},
		"others with names like its own":               {in: of(beside(rollout.Set{Name: "eb", ClaimTemplates: []string{"data-w"}}, rollout.Set{Name: "0", ClaimTemplates: []string{"data-web"}}))},
		"another set makes its claims":                 {in: of(func(a *rollout.Arrival) { a.Set.Name = "x-db" }, beside(rollout.Set{Name: "db", ClaimTemplates: []string{"data-x"}})), want: "ClaimTaken: statefulset.apps/x-db: its claim data-x-db-0 is one of statefulset.apps/db too, by its name, and both would write to the same data; give the set or its claim template another name"},
		"a claim belongs to another":                   {in: of(beside(db), found(rollout.ClaimSight{Name: "data-web-2", Owners: []types.UID{"x", "db-uid"}})), want: "ClaimTaken: statefulset.apps/web: its claim data-web-2 belongs to statefulset.apps/db, by its ownerReferences, and would be deleted with it; take them off the claim first"},
		"one that is going does":                       {in: of(beside(db), found(rollout.ClaimSight{Name: "data-web-2", Owners: []types.UID{"db-uid"}, Terminating: true}))},
		"one is about to be deleted":                   {in: of(found(rollout.ClaimSight{Name: "data-web-1"}), dooms("data-web-1")), want: "WouldDeleteClaims: statefulset.apps/web: its claim data-web-1 belongs to an earlier set of the name, by its ownerReferences, and is about to be deleted after it; apply again when it is gone, or, to keep its data, take them off the claim first"},
		"one is Lost":                                  {in: of(found(rollout.ClaimSight{Name: "data-web-1", Lost: true, VolumeName: "pv1", UID: "u1"})), want: `ClaimLost: statefulset.apps/web: a new web-1 would never start: its claim "data-web-1" is Lost, since its volume "pv1" is gone or belongs to another claim; make that volume again with claimRef.uid u1, or, to give up its data, delete the claim`},
		"one beyond its ordinals is Lost":              {in: of(found(rollout.ClaimSight{Name: "data-web-3", Lost: true}))},
		"the template names one that is Lost":          {in: of(names("shared"), found(rollout.ClaimSight{Name: "shared", Lost: true, VolumeName: "pv1", UID: "u1"})), want: `ClaimLost: statefulset.apps/web: a new web-0 would never start: its claim "shared" is Lost, since its volume "pv1" is gone or belongs to another claim; make that volume again with claimRef.uid u1, or, to give up its data, delete the claim and make one of that name`},
		"the template names one that is being deleted": {in: of(names("shared"), found(rollout.ClaimSight{Name: "shared", Terminating: true, Lost: true})), want: `ClaimTerminating: statefulset.apps/web: a new web-0 would never start: its claim "shared" is being deleted, and no claim template makes it again; save its data first, and when it is gone make a claim of that name`},
		"the template names others":                    {in: of(names("shared"), found(rollout.ClaimSight{Name: "shared"}), found(rollout.ClaimSight{Name: "other", Lost: true, Terminating: true}))},
		"it names one, and has no ordinals":            {in: of(names("shared"), found(rollout.ClaimSight{Name: "shared", Lost: true}), func(a *rollout.Arrival) { a.Set.Replicas = 0 })},
		"it names one that it makes again":             {in: of(names("data-web-0"), found(rollout.ClaimSight{Name: "data-web-0", Terminating: true}))},
		"one is Lost, and is being deleted":            {in: of(found(rollout.ClaimSight{Name: "data-web-1", Lost: true, Terminating: true}))},
		"one is being deleted already":                 {in: of(found(rollout.ClaimSight{Name: "data-web-1", Terminating: true}), dooms("data-web-1"))},
		"one beyond its ordinals is":                   {in: of(found(rollout.ClaimSight{Name: "data-web-3"}), dooms("data-web-3"))},
		"one beyond its ordinals does":                 {in: of(beside(db), found(rollout.ClaimSight{Name: "data-web-3", Owners: []types.UID{"db-uid"}}))},
		"a pod mounts a claim":                         {in: of(backup("data-web-1")), want: `ClaimTaken: statefulset.apps/web: its claim data-web-1 is mounted by pod "backup", which is not web-1, and both would write to the same data; end that pod first`},
		"a pod mounted it, and is over":                {in: of(backup("data-web-1", over))},
		"and is going":                                 {in: of(backup("data-web-1", func(b *rollout.Bystander) { b.Bond = rollout.Parting }))},
		"one that is going":                            {in: of(backup("data-web-1"), found(rollout.ClaimSight{Name: "data-web-1", Terminating: true}))},
		"one beyond its ordinals":                      {in: of(backup("data-web-3"))},
		"an ordinal mounts another's":                  {in: of(orphan(0, "web-1", func(b *rollout.Bystander) { b.Claims = []string{"data-web-1"} })), want: `ClaimTaken: statefulset.apps/web: its claim data-web-1 is mounted by pod "web-0", which is not web-1, and both would write to the same data; end that pod first`},
		"its own name mounts it":                       {in: of(orphan(1, "", func(b *rollout.Bystander) { b.Bond, b.Why = rollout.Squatting, "pod x" })), want: "PodNameTaken: statefulset.apps/web: pod x, so that the ordinal would never be made; delete that pod first, or give the set another name"},
		"a name is taken":                              {in: of(squatter(1)), want: `PodNameTaken: statefulset.apps/web: pod "web-1" has the name of an ordinal and belongs to ReplicaSet "x", so that the ordinal would never be made; delete that pod first, or give the set another name`},
		"a name beyond its ordinals":                   {in: of(squatter(3))},
		"orphans of its template":                      {in: of(orphan(2, "web-1"), orphan(0, "web-1"))},
		"of another":                                   {in: of(orphan(2, "web-2"), orphan(1, "web-1"), orphan(0, "web-2")), want: "WouldMoveOrdinals: " + adopts + "web-0, web-2" + nobody + "make them anew by itself, since the file's template is not theirs; apply the file with the template that they have first, and this one after it, or delete them"},
		"of another, OnDelete":                         {in: of(orphan(2, "web-2"), orphan(1, "web-1"), deletedByHand), want: "WouldMoveOrdinals: " + adopts + "web-2" + nobody + "leave them as they are, though the file's template is not theirs; apply the file with the template that they have first, and this one after it, or delete them"},
		"of one that is gone, OnDelete":                {in: of(orphan(1, "gone"), deletedByHand), want: "WouldMoveOrdinals: " + adopts + "web-1" + nobody + "leave them as they are, though no ControllerRevision says that their template is the file's; delete them first"},
		"of one that is gone":                          {in: of(orphan(0, "gone"), orphan(1, "web-3")), want: "WouldMoveOrdinals: " + adopts + "web-0, web-1" + nobody + "may make them anew by itself, since no ControllerRevision says that their template is the file's; delete them first"},
		"that have ended":                              {in: of(orphan(0, "gone", over), orphan(5, "gone", over))},
		"beyond its ordinals":                          {in: of(orphan(0, "web-1"), orphan(10, "web-1"), orphan(3, "web-1"), deletedByHand), want: "WouldMoveOrdinals: " + adopts + "web-3, web-10" + nobody + "take them away by itself, since they are none of its ordinals; apply it with as many replicas as there are pods first, or delete these"},
		"below its first": {
			in:   of(orphan(0, "web-1"), func(a *rollout.Arrival) { a.Set.Start = 1 }),
			want: "WouldMoveOrdinals: " + adopts + "web-0" + nobody + "take them away by itself, since they are none of its ordinals; apply it with as many replicas as there are pods first, or delete these",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := "", arriving(t, tt.in...).Allowed()
			var refusal *rollout.Refusal
			if errors.As(err, &refusal) {
				got = string(refusal.Reason) + ": " + refusal.Message
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || (err == nil) != (tt.want == "") {
				t.Errorf("%v: want -, got +\n%s", err, diff)
			}
		})
	}
}

// A set that is there has the ordinals below; only what comes is looked at, and
// only for its data.
func TestArrivalShared(t *testing.T) {
	other := beside(rollout.Set{Name: "0", UID: "other", ClaimTemplates: []string{"data-web"}}, rollout.Set{Name: "web", UID: "other", ClaimTemplates: []string{"data"}})
	owned := func(claimName string) func(*rollout.Arrival) {
		return found(rollout.ClaimSight{Name: claimName, Owners: []types.UID{"db-uid"}})
	}
	db := beside(rollout.Set{Name: "db", UID: "db-uid"})
	for name, tt := range map[string]struct {
		in     []func(*rollout.Arrival)
		shared bool
	}{
		"nothing":                            {nil, false},
		"another set makes one that comes":   {[]func(*rollout.Arrival){other}, true},
		"none comes":                         {[]func(*rollout.Arrival){other, func(a *rollout.Arrival) { a.From = 3 }}, false},
		"another has one that comes":         {[]func(*rollout.Arrival){db, owned("data-web-2")}, true},
		"another has one that is there":      {[]func(*rollout.Arrival){db, owned("data-web-1")}, false},
		"a pod mounts one that comes":        {[]func(*rollout.Arrival){backup("data-web-2")}, true},
		"a pod mounts one that is there":     {[]func(*rollout.Arrival){backup("data-web-1")}, false},
		"pods in the way, the scale says it": {[]func(*rollout.Arrival){squatter(2), orphan(2, "gone"), dooms("data-web-2")}, false},
	} {
		a := arriving(t, append([]func(*rollout.Arrival){func(a *rollout.Arrival) { a.From = 2 }}, tt.in...)...)
		err := a.Shared()
		var refusal *rollout.Refusal
		if shared := errors.As(err, &refusal) && refusal.Reason == rollout.ClaimTaken; shared != tt.shared || !shared && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestArrivalAdopts(t *testing.T) {
	a := arriving(t, orphan(10, "web-1"), orphan(2, "web-1"), orphan(1, "web-1", over), squatter(0), backup("x"))
	if diff := cmp.Diff([]string{"web-2", "web-10"}, a.Adopts()); diff != "" {
		t.Error(diff)
	}
}
