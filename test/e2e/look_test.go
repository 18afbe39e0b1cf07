// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// sighting is a set and its pods, by ordinal, as the API has them. What is
// asserted here shares no code with what is tested.
type sighting struct {
	set      *appsv1.StatefulSet
	pods     map[int32]corev1.Pod
	versions [2]string // of the lists of sets and pods, to watch from
}

func (c *cluster) look(ctx context.Context, setName string) (sighting, error) {
	only := metav1.ListOptions{FieldSelector: "metadata.name=" + setName}
	sets, err := c.apps.StatefulSets(c.namespaceName).List(ctx, only)
	if err != nil {
		return sighting{}, err
	}
	if len(sets.Items) != 1 {
		return sighting{}, fmt.Errorf("there is no StatefulSet %q", setName)
	}
	list, err := c.core.Pods(c.namespaceName).List(ctx, metav1.ListOptions{})
	if err != nil {
		return sighting{}, err
	}
	s := sighting{set: &sets.Items[0], pods: map[int32]corev1.Pod{}, versions: [2]string{sets.ResourceVersion, list.ResourceVersion}}
	for _, pod := range list.Items {
		if metav1.IsControlledBy(&pod, s.set) {
			ordinal, err := strconv.ParseInt(strings.TrimPrefix(pod.Name, setName+"-"), 10, 32)
			if err != nil {
				return sighting{}, err
			}
			s.pods[int32(ordinal)] = pod
		}
	}
	return s, nil
}

func (s sighting) ordinals() []int32 { return slices.Sorted(maps.Keys(s.pods)) }

// stands says that the controller has nothing left to do.
func (s sighting) stands() error {
	status, replicas := s.set.Status, *s.set.Spec.Replicas
	if status.ObservedGeneration < s.set.Generation || status.CurrentRevision != status.UpdateRevision ||
		status.Replicas != replicas || status.AvailableReplicas != replicas || status.UpdatedReplicas != replicas {
		return fmt.Errorf("the set does not stand: %+v", status)
	}
	return nil
}

// tags lists the pods: the tag of the image, with ! where a pod is not Ready
// and ~ where it is on its way out.
func (s sighting) tags() []string {
	var tags []string
	for _, ordinal := range s.ordinals() {
		pod := s.pods[ordinal]
		_, tag, _ := strings.Cut(pod.Spec.Containers[0].Image, ":")
		switch {
		case pod.DeletionTimestamp != nil:
			tag += "~"
		case !ready(pod):
			tag += "!"
		}
		tags = append(tags, tag)
	}
	return tags
}

func ready(pod corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// checks are the assertions that await can wait for too.
var checks = map[string]func(sighting, []string) error{
	"pods": func(s sighting, want []string) error {
		if got := s.tags(); !slices.Equal(got, want) {
			return fmt.Errorf("the pods are %q", got)
		}
		return nil
	},
	"spec": func(s sighting, want []string) error {
		fields := s.fields()
		for _, pair := range want {
			field, value, _ := strings.Cut(pair, "=")
			got, ok := fields[field]
			if !ok {
				return fmt.Errorf("spec knows no field %q", field)
			}
			if got != value {
				return fmt.Errorf("%s is %q", field, got)
			}
		}
		return nil
	},
	"stands": func(s sighting, _ []string) error { return s.stands() },
}

// fields are what can be asserted of a set.
func (s sighting) fields() map[string]string {
	partition, status := "nil", s.set.Status
	if rolling := s.set.Spec.UpdateStrategy.RollingUpdate; rolling != nil {
		partition = fmt.Sprint(*rolling.Partition)
	}
	return map[string]string{
		"image":     s.set.Spec.Template.Spec.Containers[0].Image,
		"partition": partition,
		"replicas":  fmt.Sprint(*s.set.Spec.Replicas),
		"seen":      fmt.Sprint(status.ObservedGeneration >= s.set.Generation),
		"revisions": revisions(status),
		"updated":   fmt.Sprint(status.UpdatedReplicas),
	}
}

// revisions is "one" where the current revision is the update revision, by name.
func revisions(status appsv1.StatefulSetStatus) string {
	if status.CurrentRevision == status.UpdateRevision {
		return "one"
	}
	return "two"
}

func podsCmd(p play, args []string) error { return p.check(append([]string{"pods"}, args...)) }

func specCmd(p play, args []string) error { return p.check(append([]string{"spec"}, args...)) }

func (p play) check(args []string) error {
	check, setName, want, err := parseCheck(args)
	if err != nil {
		return err
	}
	s, err := p.look(context.Background(), setName)
	if err != nil {
		return err
	}
	return check(s, want)
}

func parseCheck(args []string) (check func(sighting, []string) error, setName string, want []string, err error) {
	if len(args) < 2 {
		return nil, "", nil, errors.New("usage: [await] pods|spec|stands NAME ...")
	}
	check, ok := checks[args[0]]
	if !ok {
		return nil, "", nil, fmt.Errorf("there is no check %q", args[0])
	}
	return check, args[1], args[2:], nil
}

func await(p play, args []string) error {
	check, setName, want, err := parseCheck(args)
	if err != nil {
		return err
	}
	return p.until(setName, func(s sighting) error { return check(s, want) })
}

// until looks, and looks again whenever something changed, until check holds.
func (c *cluster) until(setName string, check func(sighting) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		s, err := c.look(ctx, setName)
		if err != nil {
			return err
		}
		wrong := check(s)
		if wrong == nil {
			return nil
		}
		if err := c.change(ctx, s.versions); err != nil {
			return fmt.Errorf("%w, and stayed so: %w", wrong, err)
		}
	}
}

// change waits for a set or a pod of the namespace to become another.
func (c *cluster) change(ctx context.Context, since [2]string) error {
	sets, err := c.apps.StatefulSets(c.namespaceName).Watch(ctx, metav1.ListOptions{ResourceVersion: since[0]})
	if err != nil {
		return err
	}
	defer sets.Stop()
	pods, err := c.core.Pods(c.namespaceName).Watch(ctx, metav1.ListOptions{ResourceVersion: since[1]})
	if err != nil {
		return err
	}
	defer pods.Stop()
	return either(ctx, sets, pods)
}

func either(ctx context.Context, a, b watch.Interface) error {
	select {
	case <-a.ResultChan():
	case <-b.ResultChan():
	case <-ctx.Done():
	case <-time.After(patience):
	}
	return ctx.Err()
}

func remember(p play, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: remember NAME")
	}
	s, err := p.look(context.Background(), args[0])
	p.remembered[args[0]] = s
	return err
}

// remade waits until so many pods of a set have been seen, one after the other.
func remade(p play, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: remade NAME COUNT")
	}
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	seen := map[types.UID]bool{}
	return p.until(args[0], func(s sighting) error {
		for _, uid := range s.uids() {
			seen[uid] = true
		}
		if len(seen) < count {
			return fmt.Errorf("%d pods have been seen", len(seen))
		}
		return nil
	})
}

// restarted compares the pods with those remembered: exactly the ordinals named
// have become other pods.
func restarted(p play, args []string) error {
	if len(args) == 0 {
		return errors.New("usage: restarted NAME [ORDINAL ...]")
	}
	before, ok := p.remembered[args[0]]
	if !ok {
		return fmt.Errorf("nothing of %q is remembered", args[0])
	}
	after, err := p.look(context.Background(), args[0])
	if err != nil {
		return err
	}
	var replaced []string
	for _, ordinal := range before.ordinals() {
		if before.pods[ordinal].UID != after.pods[ordinal].UID {
			replaced = append(replaced, fmt.Sprint(ordinal))
		}
	}
	if !slices.Equal(replaced, args[1:]) {
		return fmt.Errorf("the ordinals that were replaced are %q", replaced)
	}
	return nil
}

// unchanged runs a command that must leave the set as it is.
func unchanged(p play, args []string) error {
	if len(args) < 4 || args[1] != "exits" {
		return errors.New("usage: unchanged NAME exits CODE COMMAND ...")
	}
	ctx := context.Background()
	before, err := p.look(ctx, args[0])
	if err != nil {
		return err
	}
	if err := exits(p, args[2:]); err != nil {
		return err
	}
	after, err := p.look(ctx, args[0])
	if err != nil {
		return err
	}
	return before.differs(after)
}

func (s sighting) differs(other sighting) error {
	switch {
	case s.set.UID != other.set.UID, s.set.Generation != other.set.Generation, !apiequality.Semantic.DeepEqual(s.set.Spec, other.set.Spec):
		return fmt.Errorf("the spec has changed: generation %d, then %d", s.set.Generation, other.set.Generation)
	case !maps.Equal(s.set.Annotations, other.set.Annotations):
		return fmt.Errorf("the annotations have changed: %q, then %q", s.set.Annotations, other.set.Annotations)
	case !maps.Equal(s.uids(), other.uids()):
		return fmt.Errorf("the pods have changed: %q, then %q", s.tags(), other.tags())
	default:
		return nil
	}
}

func (s sighting) uids() map[int32]types.UID {
	uids := map[int32]types.UID{}
	for ordinal, pod := range s.pods {
		uids[ordinal] = pod.UID
	}
	return uids
}
