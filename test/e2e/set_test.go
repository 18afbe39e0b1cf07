// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// setCmd makes a StatefulSet of three ordinals on image app:v1, with a
// readiness probe, OrderedReady, and what the keys change of that. Then it waits
// until every ordinal is Available, unless the last word is nowait.
func setCmd(p play, args []string) error {
	if len(args) == 0 {
		return errors.New("usage: set NAME [key=value ...] [nowait]")
	}
	set := newSet(args[0])
	waits := true
	for _, arg := range args[1:] {
		if arg == "nowait" {
			waits = false
			continue
		}
		key, value, _ := strings.Cut(arg, "=")
		alter, ok := keys[key]
		if !ok {
			return fmt.Errorf("set knows no key %q", key)
		}
		if err := alter(set, value); err != nil {
			return fmt.Errorf("%s: %w", arg, err)
		}
	}
	ctx := context.Background()
	if err := p.makeVolumes(ctx, set); err != nil {
		return err
	}
	if _, err := p.apps.StatefulSets(p.namespaceName).Create(ctx, set, metav1.CreateOptions{}); err != nil {
		return err
	}
	if !waits {
		return nil
	}
	return p.until(set.Name, func(s sighting) error { return s.stands() })
}

// keys are what a script can change of the set that it makes.
var keys = map[string]func(*appsv1.StatefulSet, string) error{
	"replicas": number(func(set *appsv1.StatefulSet, n int32) { set.Spec.Replicas = &n }),
	"image": text(func(set *appsv1.StatefulSet, image string) {
		set.Spec.Template.Spec.Containers[0].Image = image
	}),
	"policy": text(func(set *appsv1.StatefulSet, policy string) {
		set.Spec.PodManagementPolicy = appsv1.PodManagementPolicyType(policy)
	}),
	"strategy": text(func(set *appsv1.StatefulSet, strategy string) {
		set.Spec.UpdateStrategy.Type = appsv1.StatefulSetUpdateStrategyType(strategy)
	}),
	"partition":       number(func(set *appsv1.StatefulSet, n int32) { rolling(set).Partition = &n }),
	"maxUnavailable":  number(func(set *appsv1.StatefulSet, n int32) { rolling(set).MaxUnavailable = new(intstr.FromInt32(n)) }),
	"minReadySeconds": number(func(set *appsv1.StatefulSet, n int32) { set.Spec.MinReadySeconds = n }),
	"historyLimit":    number(func(set *appsv1.StatefulSet, n int32) { set.Spec.RevisionHistoryLimit = &n }),
	"start":           number(func(set *appsv1.StatefulSet, n int32) { set.Spec.Ordinals = &appsv1.StatefulSetOrdinals{Start: n} }),
	"grace": number(func(set *appsv1.StatefulSet, n int32) {
		set.Spec.Template.Spec.TerminationGracePeriodSeconds = new(int64(n))
	}),
	"cpu": text(func(set *appsv1.StatefulSet, cpu string) { requests(set)[corev1.ResourceCPU] = resource.MustParse(cpu) }),
	"selector": text(func(set *appsv1.StatefulSet, operator string) {
		set.Spec.Selector = expression(set.Name, metav1.LabelSelectorOperator(operator))
	}),
	"app": text(func(set *appsv1.StatefulSet, app string) { set.Labels["tier"] = app }),
	"probe": text(func(set *appsv1.StatefulSet, word string) {
		if word == "none" {
			set.Spec.Template.Spec.Containers[0].ReadinessProbe = nil
		}
	}),
	"claims": text(addClaims),
	"pod":    text(annotate), // an annotation of the pods, such as localkube/ready:2s
}

func number(alter func(*appsv1.StatefulSet, int32)) func(*appsv1.StatefulSet, string) error {
	return func(set *appsv1.StatefulSet, value string) error {
		n, err := strconv.ParseInt(value, 10, 32)
		alter(set, int32(n))
		return err
	}
}

func text(alter func(*appsv1.StatefulSet, string)) func(*appsv1.StatefulSet, string) error {
	return func(set *appsv1.StatefulSet, value string) error {
		alter(set, value)
		return nil
	}
}

func rolling(set *appsv1.StatefulSet) *appsv1.RollingUpdateStatefulSetStrategy {
	if set.Spec.UpdateStrategy.RollingUpdate == nil {
		set.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{}
	}
	return set.Spec.UpdateStrategy.RollingUpdate
}

func requests(set *appsv1.StatefulSet) corev1.ResourceList {
	container := &set.Spec.Template.Spec.Containers[0]
	if container.Resources.Requests == nil {
		container.Resources.Requests = corev1.ResourceList{}
	}
	return container.Resources.Requests
}

// expression is a selector without matchLabels: by the app, or, of DoesNotExist, by no
// label of the pods.
func expression(setName string, operator metav1.LabelSelectorOperator) *metav1.LabelSelector {
	e := metav1.LabelSelectorRequirement{Key: "app", Operator: operator}
	switch operator {
	case metav1.LabelSelectorOpIn:
		e.Values = []string{setName, "another"}
	case metav1.LabelSelectorOpDoesNotExist:
		e.Key = "another"
	}
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{e}}
}

func annotate(set *appsv1.StatefulSet, pair string) {
	key, value, _ := strings.Cut(pair, ":")
	if set.Spec.Template.Annotations == nil {
		set.Spec.Template.Annotations = map[string]string{}
	}
	set.Spec.Template.Annotations[key] = value
}

// addClaims: the value is the retention policy whenScaled, Retain or Delete.
func addClaims(set *appsv1.StatefulSet, whenScaled string) {
	set.Spec.PersistentVolumeClaimRetentionPolicy = &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
		WhenDeleted: appsv1.RetainPersistentVolumeClaimRetentionPolicyType,
		WhenScaled:  appsv1.PersistentVolumeClaimRetentionPolicyType(whenScaled),
	}
	set.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{
		ObjectMeta: metav1.ObjectMeta{Name: "data"},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			StorageClassName: new(volumeClass),
			Resources:        corev1.VolumeResourceRequirements{Requests: storage()},
		},
	}}
}

// volumeClass keeps the claims away from the volumes of other scenarios.
const volumeClass = "e2e"

func storage() corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
}

func newSet(name string) *appsv1.StatefulSet {
	labels := map[string]string{"app": name}
	return &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec: appsv1.StatefulSetSpec{
			Replicas:    new(int32(3)),
			ServiceName: name,
			Selector:    &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					TerminationGracePeriodSeconds: new(int64(1)),
					Containers: []corev1.Container{{
						Name:  "app",
						Image: "app:v1",
						ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{
							TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(80)},
						}},
					}},
				},
			},
		},
	}
}

// makeVolumes reserves a volume for every claim that the set will make, and two more.
func (c *cluster) makeVolumes(ctx context.Context, set *appsv1.StatefulSet) error {
	for _, claim := range set.Spec.VolumeClaimTemplates {
		for ordinal := range *set.Spec.Replicas + 2 {
			claimName := fmt.Sprintf("%s-%s-%d", claim.Name, set.Name, ordinal)
			volume := &corev1.PersistentVolume{
				ObjectMeta: metav1.ObjectMeta{
					Name:   c.namespaceName + "-" + claimName,
					Labels: map[string]string{scenarioLabel: c.namespaceName},
				},
				Spec: corev1.PersistentVolumeSpec{
					AccessModes:            claim.Spec.AccessModes,
					Capacity:               storage(),
					StorageClassName:       volumeClass,
					ClaimRef:               &corev1.ObjectReference{Namespace: c.namespaceName, Name: claimName},
					PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/nowhere"}},
				},
			}
			if _, err := c.core.PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{}); err != nil {
				return err
			}
		}
	}
	return nil
}
