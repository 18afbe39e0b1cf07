// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

const (
	// seekAfter: so long is an ordinal without a pod before one is looked for.
	seekAfter = 2 * time.Second
	// seekAgain: so long until the same name is asked for again.
	seekAgain = 10 * time.Second
	// seekPace: no two questions are closer to each other.
	seekPace = 250 * time.Millisecond
)

// scout looks for pods that the watch cannot see. A pod without the set's labels
// may still have the name of an ordinal, and then the controller waits for ever
// and says nothing (pkg/controller/statefulset/stateful_pod_control.go:
// CreateStatefulPod). So an ordinal that stays without a pod, for no reason that
// is known, is asked for by name, one at a time.
type scout struct {
	client *Client
	set    rollout.Set // as pinned
	bell   bell
	asks   chan string // a pod's name

	mu     sync.Mutex
	sought map[string]search // by pod name
	asked  time.Time         // when the last question was put
	alarm  *time.Timer       // rings when the next one is due
}

// search is for one ordinal.
type search struct {
	due time.Time
	why string // what was found; "" for nothing
}

func newScout(c *Client, set rollout.Set, b bell) *scout {
	return &scout{client: c, set: set, bell: b, asks: make(chan string, 1), sought: map[string]search{}}
}

// found lists what stands in the way.
func (s *scout) found() []rollout.Stray {
	s.mu.Lock()
	defer s.mu.Unlock()
	var strays []rollout.Stray
	for podName, one := range s.sought {
		if one.why != "" {
			strays = append(strays, rollout.Stray{PodName: podName, Why: one.why})
		}
	}
	sortStrays(strays)
	return strays
}

// look takes a sighting, and sees to it that the next question is put in time.
// It does not wait.
func (s *scout) look(state rollout.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alarm != nil {
		s.alarm.Stop()
	}
	podName := s.next(state)
	if podName == "" {
		return
	}
	one := s.sought[podName]
	if wait := later(one.due, s.asked.Add(seekPace)).Sub(state.At); wait > 0 {
		s.alarm = time.AfterFunc(wait, s.bell.ring)
		return
	}
	select {
	case s.asks <- podName:
		s.asked, one.due = state.At, state.At.Add(seekAgain)
		s.sought[podName] = one
	default:
	}
}

// next remembers which ordinals are missing without a reason, and returns the
// one to ask for first, the lowest of those that are due together.
func (s *scout) next(state rollout.State) string {
	if state.Blind != "" {
		return ""
	}
	before, first := s.sought, ""
	s.sought = map[string]search{}
	for _, pod := range unexplained(state) {
		one, known := before[pod.Name]
		if !known {
			one.due = state.At.Add(seekAfter)
		}
		s.sought[pod.Name] = one
		if first == "" || one.due.Before(s.sought[first].due) {
			first = pod.Name
		}
	}
	return first
}

// unexplained are the in-range ordinals that have no pod, ascending, for no
// reason that a watch shows. A squatter is asked after: the watch that does not
// show it does not show its end either.
func unexplained(s rollout.State) []rollout.Pod {
	var missing []rollout.Pod
	for _, pod := range s.Pods {
		if pod.Phase == rollout.Absent && (pod.Cause.ID == "" || pod.Cause.ID == rollout.Squatter) {
			missing = append(missing, pod)
		}
	}
	return missing
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// run puts the questions, until ctx ends.
func (s *scout) run(ctx context.Context) {
	for {
		select {
		case podName := <-s.asks:
			s.seek(ctx, podName)
		case <-ctx.Done():
			return
		}
	}
}

// seek asks for one pod. Without an answer, what was found before stands.
func (s *scout) seek(ctx context.Context, podName string) {
	why, err := s.client.squatter(ctx, s.set, podName)
	s.mu.Lock()
	if one, still := s.sought[podName]; still && err == nil {
		one.why = why
		s.sought[podName] = one
	}
	s.mu.Unlock()
	s.bell.ring()
}

// squatter says why the pod of that name is in the set's way; "" where there is
// none, or it is the set's own.
func (c *Client) squatter(ctx context.Context, set rollout.Set, podName string) (string, error) {
	pod, err := c.core.Pods(c.namespaceName).Get(ctx, podName, metav1.GetOptions{})
	switch {
	case IsMissing(err):
		return "", nil
	case err != nil:
		return "", err
	default:
		return strayness(pod, set), nil
	}
}
