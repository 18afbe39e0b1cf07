// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// slots are the pods that the set's selector finds, by name. It keeps of a pod
// what package rollout sees of it and no more. An event costs the look at its
// own pod, however many there are.
type slots struct {
	set    rollout.Set // as pinned: its name and uid
	clock  *serverClock
	byName map[string]slot
	found  bool // what was there at first is: what comes now has come now
	// endings by ordinal: a pod that is gone takes what it had to say with it.
	endings map[int32]rollout.Ending
}

// slot is one pod: an ordinal of ours, or one in the way.
type slot struct {
	uid    types.UID
	pod    rollout.Pod
	ending rollout.Ending // as it would be if the pod were gone by now
	stray  string         // why it is one; "" where it is ours
}

func newSlots(set rollout.Set, clock *serverClock) slots {
	return slots{set: set, clock: clock, byName: map[string]slot{}, endings: map[int32]rollout.Ending{}}
}

// replace follows the pods that are still there, and ends the others.
func (s *slots) replace(objects []runtime.Object) error {
	before := s.byName
	s.byName = make(map[string]slot, len(objects))
	for _, object := range objects {
		pod, err := podOf(object)
		if err != nil {
			return err
		}
		s.place(pod, before[pod.Name])
	}
	s.found = true
	for podName, old := range before {
		if s.byName[podName].uid != old.uid {
			s.end(old)
		}
	}
	return nil
}

// put takes a pod. Another uid under the same name is another pod, though no
// deletion of the first was seen.
func (s *slots) put(object runtime.Object) error {
	pod, err := podOf(object)
	if err != nil {
		return err
	}
	old, had := s.byName[pod.Name]
	if had && old.uid != pod.UID {
		s.end(old)
	}
	s.place(pod, old)
	return nil
}

func (s *slots) drop(object runtime.Object) error {
	pod, err := podOf(object)
	if err != nil {
		return err
	}
	last, had := s.byName[pod.Name]
	if !had || last.uid != pod.UID {
		return nil
	}
	last.ending = rollout.Ended(pod, s.clock.Now()).Follow(last.ending)
	delete(s.byName, pod.Name)
	s.end(last)
	return nil
}

func (s *slots) end(old slot) {
	if old.uid == "" || old.stray != "" {
		return
	}
	old.ending.At = s.clock.Now()
	s.endings[old.pod.Ordinal] = old.ending.After(s.endings[old.pod.Ordinal])
}

// place files a pod under its name, or forgets the name where the pod is none
// of our business.
func (s *slots) place(pod *corev1.Pod, old slot) {
	ordinal, named := s.set.OrdinalOf(pod.Name)
	owned := s.set.Owns(pod)
	if !named && !owned {
		delete(s.byName, pod.Name)
		return
	}
	now, look := s.clock.Now(), rollout.LookPod(pod, ordinal)
	if s.found {
		look = look.Follow(old.pod, now)
	}
	s.byName[pod.Name] = slot{
		uid:    pod.UID,
		pod:    look,
		ending: rollout.Ended(pod, now).Follow(old.ending),
		stray:  strayness(pod, s.set),
	}
}

// ours are the pods of ordinals.
func (s *slots) ours() []rollout.Pod {
	pods := make([]rollout.Pod, 0, len(s.byName))
	for _, slot := range s.byName {
		if slot.stray == "" {
			pods = append(pods, slot.pod)
		}
	}
	return pods
}

func (s *slots) ended() map[int32]rollout.Ending { return maps.Clone(s.endings) }

// strays are the pods in the way of the set as it is now: ours that have no
// ordinal, and others that have one in range.
func (s *slots) strays(now rollout.Set) []rollout.Stray {
	var strays []rollout.Stray
	for podName, slot := range s.byName {
		if slot.stray != "" && inTheWay(now, podName) {
			strays = append(strays, rollout.Stray{PodName: podName, Why: slot.stray})
		}
	}
	sortStrays(strays)
	return strays
}

// sortStrays makes two sightings of the same alike.
func sortStrays(strays []rollout.Stray) {
	slices.SortFunc(strays, func(a, b rollout.Stray) int { return strings.Compare(a.PodName, b.PodName) })
}

// inTheWay: out of range, another's pod is in nobody's.
func inTheWay(set rollout.Set, podName string) bool {
	ordinal, named := set.OrdinalOf(podName)
	return !named || set.InRange(ordinal)
}

// strayness says why a pod is in the way of the set; "" where it is an ordinal of it.
func strayness(pod *corev1.Pod, set rollout.Set) string {
	_, named := set.OrdinalOf(pod.Name)
	switch owned := set.Owns(pod); {
	case owned && named:
		return ""
	case owned:
		return fmt.Sprintf("pod %q belongs to the set, but the set gives no such name", pod.Name)
	case len(pod.OwnerReferences) > 0:
		owner := pod.OwnerReferences[0]
		return fmt.Sprintf("pod %q has the name of an ordinal and belongs to %s %q", pod.Name, owner.Kind, owner.Name)
	default:
		return fmt.Sprintf("pod %q has the name of an ordinal and belongs to nobody", pod.Name)
	}
}

func podOf(object runtime.Object) (*corev1.Pod, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return nil, fmt.Errorf("a pod came as %T", object)
	}
	return pod, nil
}
