// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	typedapps "k8s.io/client-go/kubernetes/typed/apps/v1"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"
)

// loopMode makes of this program the smallest one that could promote: it takes
// the partition down one by one, when the watch shows the last ordinal Ready, and
// checks nothing else. What a promote takes beyond it is the price of care.
const loopMode = "loop"

// loop is a rollout under way, as carelessly seen as can be.
type loop struct {
	sets      typedapps.StatefulSetInterface
	set       *appsv1.StatefulSet
	setEvents watch.Interface
	podEvents watch.Interface
	ready     map[string]bool // the pods on the new revision, by name
}

var errOver = errors.New("the watch has ended")

func runLoop(ctx context.Context, setName string) error {
	l, err := openLoop(ctx, setName)
	if err != nil {
		return err
	}
	defer l.setEvents.Stop()
	defer l.podEvents.Stop()
	for next := *l.set.Spec.Replicas - 1; next >= 0; next-- {
		body := fmt.Sprintf(`{"spec":{"updateStrategy":{"rollingUpdate":{"partition":%d}}}}`, next)
		if _, err := l.sets.Patch(ctx, setName, types.MergePatchType, []byte(body), metav1.PatchOptions{}); err != nil {
			return err
		}
		if err := l.until(func() bool { return l.ready[fmt.Sprintf("%s-%d", setName, next)] }); err != nil {
			return err
		}
	}
	return l.until(func() bool { return standing(l.set) })
}

// openLoop lists and watches as the program under test does.
func openLoop(ctx context.Context, setName string) (*loop, error) {
	l := &loop{ready: map[string]bool{}}
	pods, err := l.connect()
	if err != nil {
		return nil, err
	}
	if l.set, err = l.sets.Get(ctx, setName, metav1.GetOptions{}); err != nil {
		return nil, err
	}
	selector := metav1.FormatLabelSelector(l.set.Spec.Selector)
	list, err := pods.List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, err
	}
	one := metav1.ListOptions{FieldSelector: "metadata.name=" + setName, ResourceVersion: list.ResourceVersion}
	if l.setEvents, err = l.sets.Watch(ctx, one); err != nil {
		return nil, err
	}
	l.podEvents, err = pods.Watch(ctx, metav1.ListOptions{LabelSelector: selector, ResourceVersion: list.ResourceVersion})
	return l, err
}

func (l *loop) connect() (typedcore.PodInterface, error) {
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: os.Getenv("KUBECONFIG")}, nil)
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, err
	}
	namespaceName, _, err := loader.Namespace()
	if err != nil {
		return nil, err
	}
	config.QPS, config.UserAgent = -1, "loop"
	config.ContentType = runtime.ContentTypeProtobuf
	apps, err := typedapps.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	core, err := typedcore.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	l.sets = apps.StatefulSets(namespaceName)
	return core.Pods(namespaceName), nil
}

// until takes events in until check holds.
func (l *loop) until(check func() bool) error {
	for !check() {
		select {
		case event, ok := <-l.setEvents.ResultChan():
			set, is := event.Object.(*appsv1.StatefulSet)
			if !ok || !is {
				return errOver
			}
			l.set = set
		case event, ok := <-l.podEvents.ResultChan():
			pod, is := event.Object.(*corev1.Pod)
			if !ok || !is {
				return errOver
			}
			if strings.HasSuffix(l.set.Status.UpdateRevision, pod.Labels[appsv1.ControllerRevisionHashLabelKey]) && isReady(pod) {
				l.ready[pod.Name] = true
			}
		}
	}
	return nil
}

func isReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue && pod.DeletionTimestamp == nil
		}
	}
	return false
}
