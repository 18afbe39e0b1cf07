// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

// A pod that anti-affinity keeps from the nodes of the set's own others gets room where
// one of them goes, and none of them does before that pod is Available. So the way on
// is to take it away: with fewer ordinals each that goes leaves a node.

// crowded are the ordinals that the set's own other pods keep from their nodes, by their
// indices; none where others are broken too, or an ordinal above stands.
func (s State) crowded() []int32 {
	var kept []int32
	for i, pod := range s.Pods {
		switch {
		case pod.Held().Beside:
			kept = append(kept, int32(i))
		case len(kept) == 0 && pod.Phase != Available, len(kept) > 0 && pod.Node != "":
			return nil
		}
	}
	return kept
}

// Crowded says that all that does not stand is kept from its nodes by the set's own other pods.
func (s State) Crowded() bool { return len(s.crowded()) > 0 }

// room is the number of replicas at which each ordinal that goes leaves a node to the one
// that comes: none of those that are kept from their nodes, and no more than the nodes
// that they would have; 0 where there is no such number.
func (s State) room() int32 {
	kept := s.crowded()
	if len(kept) == 0 {
		return 0
	}
	nodes, _ := keptFrom(s.Pods[kept[0]].Held())
	return min(kept[0], int32(nodes))
}

// keptFrom is from how many nodes anti-affinity keeps a pod, by the scheduler's words, and
// whether other reasons keep it from more.
func keptFrom(c Cause) (nodes int, more bool) {
	for _, reason := range nodeReasons(c.Scheduler) {
		count, what, _ := strings.Cut(reason, " ")
		n, err := strconv.Atoi(count)
		if err != nil || !strings.Contains(what, ownTerms) && !strings.Contains(what, theirTerms) {
			more = true
			continue
		}
		nodes += n
	}
	return nodes, more
}

// MakesRoom is the command line of the scale that takes away what is kept from its nodes
// by the set's own other pods, without the name of the program, or kubectl's where the
// controller is in the middle of a rollout of its own, on which a scale waits; "" where
// none can be made now.
func (s State) MakesRoom() string {
	to := s.room()
	scale := Scale{To: to, Step: 1}
	switch {
	case to == 0:
		return ""
	case acts(scale, s):
		return s.scaleTo(to)
	case s.twoRevisions() && s.Set.Boundary() == 0 && s.rollout() == nil && scale.allowed(s) == nil:
		return fmt.Sprintf("kubectl -n %s scale %s --replicas %d%s", s.Set.Namespace, s.Set, to, s.Set.Via)
	default:
		return ""
	}
}

func (s State) scaleTo(to int32) string { return fmt.Sprintf("scale %s --replicas %d", s.Set.Name, to) }

// AbortMakesRoom says that an abort is what comes before that scale.
func (s State) AbortMakesRoom() bool {
	_, aborts, err := Aborts(s)
	return s.Crowded() && s.twoRevisions() && aborts && err == nil
}

// Room is how a set gets room for the template of a goal beside its own other pods.
type Room struct {
	Before []string // the command lines that come before that of the goal, without the name of the program
	// ForGood: the pods of that template may not be beside each other either, so that
	// there will never be room for all of them.
	ForGood bool
}

// RoomFor is that of the template of a goal; false where the way on is another one.
func RoomFor(g Goal, s State) (Room, bool) {
	template, brings := s.templateOf(g)
	if !brings || !s.keeps(template) {
		return Room{}, false
	}
	room := Room{ForGood: s.apartForGood(template.Raw)}
	switch scale := s.MakesRoom(); {
	case scale != "":
		room.Before = []string{scale}
	case s.AbortMakesRoom() && s.room() > 0:
		room.Before = []string{"abort " + s.Set.Name, s.scaleTo(s.room())}
	}
	return room, true
}

// keeps says that all that is broken is kept from its nodes by the set's own other pods,
// of this template too.
func (s State) keeps(template Template) bool {
	kept := s.crowded()
	off := func(i int32) bool {
		return !s.sameDigest(s.Revisions.digest(s.Pods[i].Revision), template.Digest)
	}
	return len(kept) > 0 && (!slices.ContainsFunc(kept, off) || s.noRoom(template) != "")
}

func (s State) apartForGood(template []byte) bool {
	a := apartnessIn(template, "", s.Set.Namespace)
	return len(a.From(a)) > 0
}

// templateOf a goal is the one that it takes ordinals to.
func (s State) templateOf(g Goal) (Template, bool) {
	switch brings := g.(type) {
	case Apply:
		return brings.Template, true
	case Canary:
		return brings.Template, true
	case Promote:
		return s.live(), true
	default:
		return Template{}, false
	}
}

// Has says that the template of a goal is the live one.
func (s State) Has(g Goal) bool {
	template, brings := s.templateOf(g)
	return brings && s.sameDigest(s.Set.Template, template.Digest)
}

func (s State) live() Template { return Template{Raw: s.Set.Live, Digest: s.Set.Template} }

// noRoomFor refuses to replace what is kept from its nodes by the set's own pods, where
// the template that it would get changes nothing of that.
func (s State) noRoomFor(template Template) error {
	text := s.noRoom(template)
	if text == "" {
		return nil
	}
	var names []string
	for _, i := range s.crowded() {
		names = append(names, s.Pods[i].Name)
	}
	return refuse(BrokenPods, "", "%s: %s %s", s.Set, Enumerate(names), text)
}

// noRoom says that a template does not help, and what does; "" where it may. It is known
// where the set's own pods are on as many nodes as anti-affinity takes from the pod, and
// what else keeps that from a node stays.
func (s State) noRoom(template Template) string {
	kept, to := s.crowded(), s.room()
	if to == 0 {
		return ""
	}
	beside := neighbours{set: s.Set, revisions: s.Revisions, pods: slices.Concat(s.Pods, s.Surplus)}.of(template.Raw, "")
	taken := map[string]bool{}
	for _, pod := range beside {
		taken[pod.Node] = true
	}
	for _, i := range kept {
		nodes, more := keptFrom(s.Pods[i].Held())
		revision, _ := s.Revisions.ByName(s.Pods[i].Revision)
		if nodes == 0 || nodes > len(taken) || more && !placedAlike(revision.Template, template.Raw) {
			return ""
		}
	}
	return fmt.Sprintf("would find no node of this template either, while %s stand; take it away first, by a scale to %d replicas, and go on from there", Enumerate(podNames(beside)), to)
}

// noRoomByNow is the same of another template that a goal brings.
func (s State) noRoomByNow(g Goal) string {
	template, brings := s.templateOf(g)
	if !brings || s.sameDigest(template.Digest, s.Set.Template) {
		return ""
	}
	return s.noRoom(template)
}

// placedAlike says that two templates ask the same of a node, but for what they may not
// be beside.
func placedAlike(a, b []byte) bool {
	left, right := asksOfNodes(a), asksOfNodes(b)
	return left != nil && equality.Semantic.DeepEqual(left, right)
}

// asksOfNodes is the part of a pod's spec that the scheduler reads.
func asksOfNodes(template []byte) *corev1.PodSpec {
	var t corev1.PodTemplateSpec
	if json.Unmarshal(template, &t) != nil {
		return nil
	}
	asks := &corev1.PodSpec{
		NodeSelector: t.Spec.NodeSelector, NodeName: t.Spec.NodeName, SchedulerName: t.Spec.SchedulerName, HostNetwork: t.Spec.HostNetwork,
		Tolerations: t.Spec.Tolerations, TopologySpreadConstraints: t.Spec.TopologySpreadConstraints,
		Overhead: t.Spec.Overhead, Resources: t.Spec.Resources, Volumes: t.Spec.Volumes, Affinity: &corev1.Affinity{},
	}
	if t.Spec.Affinity != nil {
		asks.Affinity.NodeAffinity, asks.Affinity.PodAffinity = t.Spec.Affinity.NodeAffinity, t.Spec.Affinity.PodAffinity
	}
	for _, c := range slices.Concat(t.Spec.InitContainers, t.Spec.Containers) {
		asks.Containers = append(asks.Containers, corev1.Container{Name: c.Name, Ports: c.Ports, Resources: c.Resources})
	}
	return asks
}
