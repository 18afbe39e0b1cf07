// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package twin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/watch"
	typedapps "k8s.io/client-go/kubernetes/typed/apps/v1"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout/rollouttest"
)

const (
	setName = "web"
	// patience ends what would never end. No step that passes comes near it.
	patience = 60 * time.Second
)

// clients of the cluster.
type clients struct {
	core *typedcore.CoreV1Client
	apps *typedapps.AppsV1Client
}

// real is the real set, and what was seen of it.
type real struct {
	clients
	namespaceName string
	start         rollouttest.Start
	held          map[string]bool // names of pods that are not let go

	sets, pods, revisions watch.Interface
	seen                  sighting
}

// sighting is all objects of the namespace, by name.
type sighting struct {
	set       *appsv1.StatefulSet
	pods      map[string]*corev1.Pod
	revisions map[string]*appsv1.ControllerRevision
}

// openReal makes a namespace with the set that the start has.
func (c clients) openReal(t *testing.T, namespaceName string, start rollouttest.Start) (*real, error) {
	t.Helper()
	r := &real{clients: c, namespaceName: namespaceName, start: start, held: map[string]bool{}}
	ctx := t.Context()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespaceName}}
	if _, err := c.core.Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := c.apps.StatefulSets(namespaceName).Create(ctx, newSet(start), metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	return r, r.watch(ctx)
}

func newSet(start rollouttest.Start) *appsv1.StatefulSet {
	labels := map[string]string{"app": setName}
	policy := appsv1.OrderedReadyPodManagement
	if start.Parallel {
		policy = appsv1.ParallelPodManagement
	}
	set := &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: setName},
		Spec: appsv1.StatefulSetSpec{
			Replicas:             &start.Replicas,
			ServiceName:          setName,
			Selector:             &metav1.LabelSelector{MatchLabels: labels},
			PodManagementPolicy:  policy,
			MinReadySeconds:      int32(start.MinReady / time.Second),
			RevisionHistoryLimit: new(int32(start.HistoryLimit)),
			Ordinals:             &appsv1.StatefulSetOrdinals{Start: start.Ordinals},
			UpdateStrategy:       appsv1.StatefulSetUpdateStrategy{Type: appsv1.RollingUpdateStatefulSetStrategyType},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{
					Labels:      labels,
					Annotations: map[string]string{"localkube/start": "0s", "localkube/ready": "0s", "localkube/stop": "0s"},
				},
				Spec: corev1.PodSpec{
					TerminationGracePeriodSeconds: new(int64(1)),
					Containers:                    []corev1.Container{{Name: "app", Image: image("a")}},
				},
			},
		},
	}
	if !start.Partition.Nil {
		set.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{
			Partition: &start.Partition.Index, MaxUnavailable: new(intstr.FromInt(start.MaxUnavailable)),
		}
	}
	return set
}

// close lets go of all pods and of the namespace.
func (r *real) close() error {
	for _, w := range []watch.Interface{r.sets, r.pods, r.revisions} {
		if w != nil {
			w.Stop()
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	errs := []error{r.core.Namespaces().Delete(ctx, r.namespaceName, metav1.DeleteOptions{})}
	for podName := range r.held {
		if err := r.finalizers(ctx, podName, nil); !apierrors.IsNotFound(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// do a step to the real set.
func (r *real) do(ctx context.Context, s step) error {
	podName := fmt.Sprintf("%s-%d", setName, s.ordinal)
	switch {
	case s.holds:
		r.held[podName] = true
		if err := r.finalizers(ctx, podName, []string{"twin/hold"}); err != nil {
			return err
		}
		return r.core.Pods(r.namespaceName).Delete(ctx, podName, metav1.DeleteOptions{})
	case s.leaves:
		delete(r.held, podName)
		return r.finalizers(ctx, podName, nil)
	default:
		return r.write(ctx, s.spec)
	}
}

func (r *real) finalizers(ctx context.Context, podName string, names []string) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"finalizers": names}})
	if err != nil {
		return err
	}
	_, err = r.core.Pods(r.namespaceName).Patch(ctx, podName, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// write the spec, all of it in one write.
func (r *real) write(ctx context.Context, s spec) error {
	var rolling map[string]any
	if !s.partition.Nil {
		rolling = map[string]any{"partition": s.partition.Index, "maxUnavailable": r.start.MaxUnavailable}
	}
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{
		"replicas":       s.replicas,
		"updateStrategy": map[string]any{"rollingUpdate": rolling},
		"template":       map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "app", "image": image(s.template)}}}},
	}})
	if err != nil {
		return err
	}
	_, err = r.apps.StatefulSets(r.namespaceName).Patch(ctx, setName, types.StrategicMergePatchType, patch, metav1.PatchOptions{})
	return err
}

// look at the set, its pods and its revisions, in this order: a pod that the
// status does not count yet is seen.
func (r *real) look(ctx context.Context) (s sighting, versions [3]string, err error) {
	sets, err := r.apps.StatefulSets(r.namespaceName).List(ctx, metav1.ListOptions{})
	if err != nil {
		return s, versions, err
	}
	pods, err := r.core.Pods(r.namespaceName).List(ctx, metav1.ListOptions{})
	if err != nil {
		return s, versions, err
	}
	revisions, err := r.apps.ControllerRevisions(r.namespaceName).List(ctx, metav1.ListOptions{})
	if err != nil {
		return s, versions, err
	}
	s = sighting{pods: map[string]*corev1.Pod{}, revisions: map[string]*appsv1.ControllerRevision{}}
	for i := range sets.Items {
		s.take(watch.Event{Object: &sets.Items[i]})
	}
	for i := range pods.Items {
		s.take(watch.Event{Object: &pods.Items[i]})
	}
	for i := range revisions.Items {
		s.take(watch.Event{Object: &revisions.Items[i]})
	}
	return s, [3]string{sets.ResourceVersion, pods.ResourceVersion, revisions.ResourceVersion}, nil
}

// watch from now on.
func (r *real) watch(ctx context.Context) error {
	seen, from, err := r.look(ctx)
	if err != nil {
		return err
	}
	r.seen = seen
	if r.sets, err = r.apps.StatefulSets(r.namespaceName).Watch(ctx, metav1.ListOptions{ResourceVersion: from[0]}); err != nil {
		return err
	}
	if r.pods, err = r.core.Pods(r.namespaceName).Watch(ctx, metav1.ListOptions{ResourceVersion: from[1]}); err != nil {
		return err
	}
	r.revisions, err = r.apps.ControllerRevisions(r.namespaceName).Watch(ctx, metav1.ListOptions{ResourceVersion: from[2]})
	return err
}

// take what a watch brought.
func (s *sighting) take(event watch.Event) {
	switch o := event.Object.(type) {
	case *appsv1.StatefulSet:
		s.set = o
	case *corev1.Pod:
		keep(s.pods, o.Name, o, event)
	case *appsv1.ControllerRevision:
		keep(s.revisions, o.Name, o, event)
	}
}

func keep[T runtime.Object](objects map[string]T, name string, object T, event watch.Event) {
	if event.Type == watch.Deleted {
		delete(objects, name)
		return
	}
	objects[name] = object
}

// until watches until the set is as it should be. As the three watches are not
// of one time, it looks once more then.
func (r *real) until(ctx context.Context, is func(rollouttest.Rest) bool) (rollouttest.Rest, error) {
	late := time.After(patience)
	for {
		if is(r.seen.rest()) {
			seen, _, err := r.look(ctx)
			if rest := seen.rest(); err != nil || is(rest) {
				return rest, err
			}
		}
		var event watch.Event
		ok := true
		select {
		case event, ok = <-r.sets.ResultChan():
		case event, ok = <-r.pods.ResultChan():
		case event, ok = <-r.revisions.ResultChan():
		case <-late:
			return r.seen.rest(), errLate
		}
		if !ok {
			return r.seen.rest(), errors.New("a watch has ended")
		}
		r.seen.take(event)
	}
}

var errLate = errors.New("it does not come")

// rest is what was seen, as the model has it.
func (s sighting) rest() rollouttest.Rest {
	if s.set == nil {
		return rollouttest.Rest{}
	}
	status := s.set.Status
	rest := rollouttest.Rest{
		Observed: status.ObservedGeneration == s.set.Generation, One: status.CurrentRevision == status.UpdateRevision,
		Current: s.templateOf(status.CurrentRevision), Update: s.templateOf(status.UpdateRevision),
		Counts: rollouttest.Counts{
			Replicas: int(status.Replicas), Ready: int(status.ReadyReplicas), Available: int(status.AvailableReplicas),
			Current: int(status.CurrentReplicas), Updated: int(status.UpdatedReplicas),
		},
	}
	byNumber := func(a, b *appsv1.ControllerRevision) int { return cmp.Compare(a.Revision, b.Revision) }
	var history []string
	for _, revision := range slices.SortedFunc(maps.Values(s.revisions), byNumber) {
		history = append(history, s.templateOf(revision.Name))
	}
	rest.History = strings.Join(history, " ")
	for _, p := range s.pods {
		rest.Pods = append(rest.Pods, resting(p))
	}
	slices.SortFunc(rest.Pods, func(a, b rollouttest.RestingPod) int { return cmp.Compare(a.Ordinal, b.Ordinal) })
	return rest
}

func resting(p *corev1.Pod) rollouttest.RestingPod {
	ordinal, err := strconv.ParseInt(strings.TrimPrefix(p.Name, setName+"-"), 10, 32)
	if err != nil {
		ordinal = -1
	}
	ready := slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
	return rollouttest.RestingPod{
		Ordinal: int32(ordinal), UID: string(p.UID), Template: templateName(p.Spec), Ready: ready, Leaving: p.DeletionTimestamp != nil,
	}
}

func templateName(s corev1.PodSpec) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(s.Containers[0].Image, "app:"), "-")
	return name
}

// templateOf a revision, from its data.
func (s sighting) templateOf(revisionName string) string {
	revision, ok := s.revisions[revisionName]
	if !ok {
		return "none"
	}
	var data appsv1.StatefulSet
	if err := json.Unmarshal(revision.Data.Raw, &data); err != nil {
		return err.Error()
	}
	return templateName(data.Spec.Template.Spec)
}
