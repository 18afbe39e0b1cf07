// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Arrival is what a set would find that is not there yet. The controller takes
// claims by their names alone, and pods by their names and labels, whoever made
// them: it shares the claims of another set, and makes the pods of another
// template anew (pkg/controller/controller_ref_manager.go: ClaimPods,
// pkg/controller/statefulset/stateful_pod_control.go: createPersistentVolumeClaims).
type Arrival struct {
	At     time.Time
	Set    Set          // as the server would store it
	From   int32        // the lowest index that comes; those below are there, in a set that is
	Others []Set        // of the namespace; nil where they may not be listed, or no claim is made
	Claims []ClaimSight // of the namespace; likewise
	// Doomed are claims that belonged to an earlier set of the name: the garbage
	// collector is about to delete them.
	Doomed []string
	Pods   []Bystander
	// Revisions of the set's labels that belong to nobody: what is left of an
	// earlier set of the name.
	Revisions Revisions
}

// Bystander is a pod that is there before the set is.
type Bystander struct {
	Pod
	Bond Bond
	Over bool   // it has ended, and writes nothing any more
	Why  string // of one that squats: whose it is
}

// Bond is what a pod would be to the set.
type Bond string

// The bonds.
const (
	Apart     Bond = ""          // it has no name of the set's
	Adopted   Bond = "adopted"   // it belongs to nobody, and has the names and the labels of the set's pods
	Parting   Bond = "parting"   // it is on its way out, or the set that had it is gone
	Squatting Bond = "squatting" // it has the name of an ordinal, and is somebody else's
)

// Allowed says whether the set can come: no data would be shared, and no pod
// would be moved that nobody watches. Its error is a *Refusal.
func (a Arrival) Allowed() error {
	return cmp.Or(a.claimed(), a.doomed(), a.stopped(), a.mounted(), a.occupied(), a.unlike())
}

// Adopts names the pods that the set takes over as they are.
func (a Arrival) Adopts() []string {
	var adopted []string
	for _, pod := range a.orphans() {
		adopted = append(adopted, pod.Name)
	}
	return adopted
}

// comes are the names of the claims that the ordinals come to, each with its
// pod's; those are left out that are being deleted, for which the controller waits.
func (a Arrival) comes() map[string]string {
	podNames := map[string]string{}
	for index := a.From; index < a.Set.Replicas; index++ {
		podName := a.Set.PodName(index)
		for _, claimName := range a.Set.ClaimNames(podName) {
			podNames[claimName] = podName
		}
	}
	for _, claim := range a.Claims {
		if claim.Terminating {
			delete(podNames, claim.Name)
		}
	}
	return podNames
}

// claimed refuses claims that another set has, by name or as their owner.
func (a Arrival) claimed() error {
	podNames := a.comes()
	for index := a.From; index < a.Set.Replicas; index++ {
		for _, claimName := range a.Set.ClaimNames(a.Set.PodName(index)) {
			if other, ok := maker(a.Others, claimName); ok {
				return refuse(ClaimTaken, "", "%s: its claim %s is one of %s too, by its name, and both would write to the same data; give the set or its claim template another name",
					a.Set, claimName, other)
			}
		}
	}
	for _, claim := range a.Claims {
		for _, other := range a.Others {
			if _, comes := podNames[claim.Name]; comes && slices.Contains(claim.Owners, other.UID) {
				return refuse(ClaimTaken, fmt.Sprintf("kubectl -n %s get pvc %s -o yaml", a.Set.Namespace, claim.Name),
					"%s: its claim %s belongs to %s, by its ownerReferences, and would be deleted with it; take them off the claim first", a.Set, claim.Name, other)
			}
		}
	}
	return nil
}

// doomed refuses claims that would be deleted under their pods.
func (a Arrival) doomed() error {
	podNames := a.comes()
	for _, claimName := range a.Doomed {
		if _, comes := podNames[claimName]; comes {
			return refuse(DataLoss, fmt.Sprintf("kubectl -n %s get pvc %s -o yaml", a.Set.Namespace, claimName),
				"%s: its claim %s belongs to an earlier set of the name, by its ownerReferences, and is about to be deleted after it; apply again when it is gone, or, to keep its data, take them off the claim first", a.Set, claimName)
		}
	}
	return nil
}

// stopped refuses claims with which pods would never start.
func (a Arrival) stopped() error {
	for _, stop := range a.Set.stops(a.Claims) {
		for _, index := range stop.indexes(a.Set) {
			if index >= a.From {
				return stop.refusal(a.Set, a.Set.PodName(index), fmt.Sprintf("kubectl -n %s get pvc %s -o yaml", a.Set.Namespace, stop.Name))
			}
		}
	}
	return nil
}

// maker is the set that makes a claim of a name.
func maker(sets []Set, claimName string) (Set, bool) {
	place := slices.IndexFunc(sets, func(s Set) bool { return s.MakesClaim(claimName) })
	if place < 0 {
		return Set{}, false
	}
	return sets[place], true
}

// occupied refuses names that are taken: the controller would wait for ever, and
// say nothing.
func (a Arrival) occupied() error {
	for _, pod := range a.Pods {
		if pod.Bond == Squatting && a.Set.InRange(pod.Ordinal) {
			return refuse(NameTaken, fmt.Sprintf("kubectl -n %s get pod %s -o yaml", a.Set.Namespace, pod.Name),
				"%s: %s, so that the ordinal would never be made; delete that pod first, or give the set another name", a.Set, pod.Why)
		}
	}
	return nil
}

// unlike refuses pods that the controller would adopt, and then take away or
// make anew on its own; or, under OnDelete, leave behind the file for ever.
func (a Arrival) unlike() error {
	var beyond, other, unknown []string
	for _, pod := range a.orphans() {
		revision, known := a.Revisions.ByName(pod.Revision)
		switch {
		case !a.Set.InRange(pod.Ordinal):
			beyond = append(beyond, pod.Name)
		case known && revision.Digest != a.Set.Template:
			other = append(other, pod.Name)
		case !known || !SameBytes(revision.Template, a.Set.Live):
			unknown = append(unknown, pod.Name)
		}
	}
	does, might, why := "make them anew by itself", "may make them anew by itself", "since"
	if a.Set.Strategy == OnDelete {
		does, might, why = "leave them as they are", "leave them as they are", "though"
	}
	switch {
	case len(beyond) > 0:
		return a.moves(beyond, "take them away by itself, since they are none of its ordinals; apply it with as many replicas as there are pods first, or delete these")
	case len(other) > 0:
		return a.moves(other, does+", "+why+" the file's template is not theirs; apply the file with the template that they have first, and this one after it, or delete them")
	case len(unknown) > 0:
		return a.moves(unknown, might+", "+why+" no ControllerRevision says that their template is the file's; delete them first")
	default:
		return nil
	}
}

func (a Arrival) moves(podNames []string, how string) error {
	return refuse(WouldMove, "", "%s: the set would adopt the pods %s, which belong to nobody, and %s", a.Set, Enumerate(podNames), how)
}

// orphans are the pods that the controller would adopt, by ordinal; one that has
// ended it makes anew in any case.
func (a Arrival) orphans() []Bystander {
	orphans := slices.DeleteFunc(slices.Clone(a.Pods), func(b Bystander) bool { return b.Bond != Adopted || b.Over })
	slices.SortFunc(orphans, func(a, b Bystander) int { return cmp.Compare(a.Ordinal, b.Ordinal) })
	return orphans
}
