// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/watch"
)

// atOnce is how long a played pod takes to start where it should not matter.
const atOnce = "1ms"

// shape is what a set is made with.
type shape struct {
	setName  string
	image    string // "" for a good one
	replicas int32
	start    string // how long a pod takes from ContainerCreating to running
	parallel bool   // and a tenth of the ordinals may be away at a time
}

func (s shape) build() *appsv1.StatefulSet {
	labels := map[string]string{"app": s.setName}
	set := &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: s.setName},
		Spec: appsv1.StatefulSetSpec{
			Replicas: &s.replicas, ServiceName: s.setName,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{
					"localkube/init": atOnce, "localkube/start": s.start, "localkube/ready": atOnce, "localkube/stop": atOnce,
				}},
				Spec: corev1.PodSpec{
					TerminationGracePeriodSeconds: new(int64(1)),
					// With a probe, what crashes is never Ready.
					Containers: []corev1.Container{{Name: "app", Image: cmp.Or(s.image, "app:v0"), ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{
						TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(80)},
					}}}},
				},
			},
			UpdateStrategy: appsv1.StatefulSetUpdateStrategy{
				Type: appsv1.RollingUpdateStatefulSetStrategyType, RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: new(int32(0))},
			},
		},
	}
	if s.parallel {
		set.Spec.PodManagementPolicy = appsv1.ParallelPodManagement
		set.Spec.UpdateStrategy.RollingUpdate.MaxUnavailable = new(intstr.FromString("10%"))
	}
	return set
}

// bed is a set in a plot.
type bed struct {
	*plot
	shape
}

// plant makes a set in a namespace, and waits until it stands.
func (g *ground) plant(ctx context.Context, namespaceName string, s shape) (*bed, error) {
	b, err := g.sow(ctx, namespaceName, s)
	if err != nil {
		return nil, err
	}
	return b, b.until(ctx, standing)
}

// sow makes a set; one that is there already is as good.
func (g *ground) sow(ctx context.Context, namespaceName string, s shape) (*bed, error) {
	p, err := g.fence(ctx, namespaceName)
	if err != nil {
		return nil, err
	}
	_, err = p.apps.StatefulSets(p.namespaceName).Create(ctx, s.build(), metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		err = nil
	}
	return &bed{plot: p, shape: s}, err
}

// standing says that the controller has nothing left to do.
func standing(set *appsv1.StatefulSet) bool {
	status, replicas := set.Status, *set.Spec.Replicas
	return status.ObservedGeneration >= set.Generation && status.CurrentRevision == status.UpdateRevision &&
		status.Replicas == replicas && status.AvailableReplicas == replicas && status.UpdatedReplicas == replicas
}

// pending says that a rollout waits behind the partition.
func pending(set *appsv1.StatefulSet) bool {
	status := set.Status
	return status.ObservedGeneration >= set.Generation && status.CurrentRevision != status.UpdateRevision
}

// until looks at the set whenever it has changed, until check holds.
func (b *bed) until(ctx context.Context, check func(*appsv1.StatefulSet) bool) error {
	sets := b.apps.StatefulSets(b.namespaceName)
	for {
		set, err := sets.Get(ctx, b.setName, metav1.GetOptions{})
		if err != nil || check(set) {
			return err
		}
		one := metav1.ListOptions{FieldSelector: "metadata.name=" + b.setName, ResourceVersion: set.ResourceVersion}
		stream, err := sets.Watch(ctx, one)
		if err != nil {
			return err
		}
		over := follow(stream, check)
		stream.Stop()
		if over || ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// follow says whether the stream brought what was awaited.
func follow(stream watch.Interface, check func(*appsv1.StatefulSet) bool) bool {
	for event := range stream.ResultChan() {
		if set, ok := event.Object.(*appsv1.StatefulSet); ok && check(set) {
			return true
		}
	}
	return false
}

// template writes the next good one, with a partition, in one request.
func (b *bed) template(ctx context.Context, partition int32) error {
	return b.write(ctx, b.next(), partition)
}

func (b *bed) write(ctx context.Context, image string, partition int32) error {
	body := fmt.Sprintf(`{"spec":{"template":{"spec":{"containers":[{"name":"app","image":%q}]}},"updateStrategy":{"rollingUpdate":{"partition":%d}}}}`, image, partition)
	_, err := b.apps.StatefulSets(b.namespaceName).Patch(ctx, b.setName, types.StrategicMergePatchType, []byte(body), metav1.PatchOptions{})
	return err
}

// next is an image that was not there before: a cluster may be measured on again.
func (g *ground) next() string {
	g.version++
	return fmt.Sprintf("app:%s-%d", g.mark, g.version)
}

// behind makes a rollout that waits behind a partition for all of the ordinals,
// once the last one is over.
func (b *bed) behind(ctx context.Context) error {
	if err := b.until(ctx, standing); err != nil {
		return err
	}
	if err := b.template(ctx, b.replicas); err != nil {
		return err
	}
	return b.until(ctx, pending)
}
