// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// ownersOf are the operators and whoever applies a partition that moves ordinals.
func ownersOf(object *unstructured.Unstructured, entries []managedEntry, appliers []Applier) []Hand {
	var hands []Hand
	if owner := metav1.GetControllerOf(object); owner != nil {
		hands = append(hands, Hand{Kind: OwnerHand, Name: fmt.Sprintf("%s %q", owner.Kind, owner.Name), Meaning: "it is an operator's, which will put its own spec back"})
	}
	if hand, ok := appliesPartition(object, entries, appliers); ok {
		hands = append(hands, hand)
	}
	return hands
}

// appliesPartition finds a manifest with a partition. One of 0 is the default spelled
// out: to a canary it matters only with the apply of another template, which then
// rolls every ordinal, or in a conflict. Where a person makes that apply, it is told
// and no more; where a controller does by itself, it may be any moment.
func appliesPartition(object *unstructured.Unstructured, entries []managedEntry, appliers []Applier) (Hand, bool) {
	const meaning = "it applies the partition, so its next apply would move ordinals; take the partition out of what it applies"
	live, _, err := unstructured.NestedInt64(object.Object, partitionField...)
	if err != nil {
		live = 0
	}
	for _, m := range others(entries) {
		known, ok := applierBy(appliers, m.managerName)
		switch {
		case !m.names(partitionPath()), !m.applies && (!ok || live == 0): // an Update has the default, too
		case m.applies && live == 0 && (m.managerName == kubectlApply || ok && known.known() && !known.forces):
			return Hand{Kind: ZeroHand, Name: fmt.Sprintf("field manager %q", m.managerName), Meaning: "it applies partition 0: during a canary its next apply ends in a conflict, or by force goes past the canary to every ordinal; finish or abort the canary first, or take the partition out of what it applies"}, true
		default:
			return Hand{Kind: PartitionHand, Name: fmt.Sprintf("field manager %q", m.managerName), Meaning: meaning}, true
		}
	}
	applied, found, err := unstructured.NestedFieldNoCopy(lastAppliedOf(object), partitionField...)
	switch {
	case !found || err != nil:
		return Hand{}, false
	case fmt.Sprint(applied) == "0" && !anyForces(appliers):
		return Hand{Kind: ZeroHand, Name: "kubectl apply", Meaning: "it applies partition 0: during a canary its next apply takes the canary back, or with the new template in the file goes on to every ordinal at once; finish or abort the canary first, or take the partition out of the file"}, true
	default:
		return Hand{Kind: PartitionHand, Name: "kubectl apply", Meaning: meaning}, true
	}
}

var partitionField = []string{"spec", "updateStrategy", "rollingUpdate", "partition"}

// applierBy is the applier that a manager is; of unknown ones those that apply.
func applierBy(appliers []Applier, managerName string) (Applier, bool) {
	for _, a := range appliers {
		for _, m := range a.managers {
			if m == managerName {
				return a, true
			}
		}
	}
	return Applier{}, false
}

func anyForces(appliers []Applier) bool {
	for _, a := range appliers {
		if a.forces {
			return true
		}
	}
	return false
}

// Hands are the others who run this set, or a field of it, with what that means to an
// operation; "" for one who only looks. An applier that means nothing to it has no
// meaning.
func (s State) Hands(op string) []Hand {
	var hands []Hand
	for _, hand := range s.Set.Hands {
		if hand.Kind == ZeroHand {
			hand.Kind = NoteHand
			if op != opCanary && (op == opScale || op == opAbort || !s.underWay()) {
				continue
			}
		}
		hands = append(hands, hand)
	}
	for _, a := range s.Set.Appliers {
		meaning := s.meaning(a, op)
		if a.known() || meaning != "" {
			hands = append(hands, Hand{Kind: a.kind, Name: a.name, Meaning: meaning})
		}
	}
	return hands
}

// AppliedBy names the tools that apply the set.
func (s State) AppliedBy() []string {
	var names []string
	for _, a := range s.Set.Appliers {
		if a.known() {
			names = append(names, a.name)
		}
	}
	return names
}

// underWay says that a rollout is between its ends.
func (s State) underWay() bool { return s.twoRevisions() || s.rollout() != nil }

// meaning of an applier to an operation.
func (s State) meaning(a Applier, op string) string {
	agrees := a.agrees && s.underWay()
	switch {
	case op == opScale:
		return s.meaningToScale(a)
	case op == opAbort && agrees:
		return fmt.Sprintf("%s has this template already: take it out there, or the next %s rolls it out again, to every ordinal", a.source, a.write)
	case op == opAbort && a.kind != ReplaceHand, agrees, op != opCanary && op != opApply && !s.underWay(), !a.template, !a.known():
		return ""
	case a.kind == ReplaceHand:
		return "it replaces the set at its next deploy: the partition falls to 0 and every ordinal rolls at once; finish or abort before it, or keep the partition and the annotation kubectl-sts/rollout by rebase rules of kapp"
	case a.forces:
		return "put this image into Git before promote, or it will be taken back"
	case a.applies && op != opPromote:
		return fmt.Sprintf("its next %s ends in a conflict, unless %s has this image; put it there before the next one after promote, which applies %s's own template", a.write, a.source, a.source)
	default:
		return fmt.Sprintf("its next %s applies %s's own template; put this image there before it", a.write, a.source)
	}
}

// meaningToScale: where the manifest leaves the replicas out, there is nothing to tell.
func (s State) meaningToScale(a Applier) string {
	switch {
	case a.kind == ReplaceHand:
		return "it replaces the set at its next deploy, the replicas too; put this number into its manifest"
	case a.replicas || s.noted(a):
		return fmt.Sprintf("it applies the replicas: its next %s takes this back; put this number into %s", a.write, a.source)
	default:
		return ""
	}
}
