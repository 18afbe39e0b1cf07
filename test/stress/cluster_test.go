// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/watch"
	typedapps "k8s.io/client-go/kubernetes/typed/apps/v1"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-sts/kubectl-sts/test/stress/audit"
)

// patience ends what would never end. No run that passes comes near it.
const patience = 3 * time.Minute

const setName = "web"

// ground is the control plane, with its log.
type ground struct {
	config *rest.Config
	core   *typedcore.CoreV1Client
	apps   *typedapps.AppsV1Client
	log    *audit.Log
	plots  atomic.Int64
	woken  atomic.Int64 // how often a controller that slept was woken
	mark   string       // so that names are new
}

// openGround returns a context that ends with the test, or with the cluster.
func openGround(t *testing.T) (*ground, context.Context) {
	t.Helper()
	dir := os.Getenv("LOCALKUBE_DIR")
	if dir == "" {
		t.Fatal("no cluster to play on, and none of yours will be taken: run `make stress` or `make e2e`")
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	must(t, err)
	config.QPS = -1
	config.UserAgent = "stress"
	config.Timeout = patience // no request of ours, no watch either, waits for a server that says nothing
	g := &ground{config: config, mark: fmt.Sprintf("%06x", rand.Uint32N(1<<24))}
	g.core, err = typedcore.NewForConfig(config)
	must(t, err)
	g.apps, err = typedapps.NewForConfig(config)
	must(t, err)
	g.log, err = audit.Open(filepath.Join(dir, "audit.log"))
	must(t, err)
	t.Cleanup(func() { must(t, g.log.Close()) })
	return g, g.attend(t)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// plot is one namespace, with one set in it.
type plot struct {
	*ground

	namespaceName string
	shape         shape
}

// fence makes a namespace, and keeps what the log says of it.
func (g *ground) fence(ctx context.Context, s shape) (*plot, error) {
	p := &plot{ground: g, shape: s, namespaceName: fmt.Sprintf("stress-%s-%d", g.mark, g.plots.Add(1))}
	g.log.Keep(p.namespaceName)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: p.namespaceName}}
	_, err := g.core.Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	return p, err
}

// leave does not wait for the end of the namespace.
func (p *plot) leave(ctx context.Context) error {
	p.log.Forget(p.namespaceName)
	ctx = context.WithoutCancel(ctx)
	return errors.Join(
		p.core.Namespaces().Delete(ctx, p.namespaceName, metav1.DeleteOptions{}),
		p.core.PersistentVolumes().DeleteCollection(ctx, metav1.DeleteOptions{}, p.reserved()))
}

// shape is what a set is made with.
type shape struct {
	Replicas, Start, Own int32
	Parallel             bool
	MinReady             int32
	Claims               retention
	// Maker is the field manager that makes the set: kubectl apply's, or one whose
	// fields an apply has to take over.
	Maker string
}

// retention is what becomes of a set's claims when it is deleted; "" where it makes none.
type retention = appsv1.PersistentVolumeClaimRetentionPolicyType

const (
	kubectlApply = "kubectl-client-side-apply"
	somebody     = "somebody"
)

func (s shape) build() *appsv1.StatefulSet {
	labels := map[string]string{"app": setName}
	set := &appsv1.StatefulSet{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"},
		ObjectMeta: metav1.ObjectMeta{Name: setName},
		Spec: appsv1.StatefulSetSpec{
			Replicas: &s.Replicas, ServiceName: setName, MinReadySeconds: s.MinReady,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{
					"localkube/init": "1ms", "localkube/start": "1ms", "localkube/ready": "1ms", "localkube/stop": "20ms",
				}},
				Spec: corev1.PodSpec{
					TerminationGracePeriodSeconds: new(int64(1)),
					// With a probe, what crashes is never Ready.
					Containers: []corev1.Container{{Name: "app", Image: image(1), ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{
						TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(80)},
					}}}},
				},
			},
		},
	}
	if s.Start > 0 {
		set.Spec.Ordinals = &appsv1.StatefulSetOrdinals{Start: s.Start}
	}
	if s.Own > 0 {
		set.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{Partition: &s.Own}
	}
	if s.Parallel {
		set.Spec.PodManagementPolicy = appsv1.ParallelPodManagement
	}
	if s.Claims != "" {
		set.Spec.PersistentVolumeClaimRetentionPolicy = &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
			WhenDeleted: s.Claims, WhenScaled: appsv1.RetainPersistentVolumeClaimRetentionPolicyType,
		}
		set.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{claimTemplate()}
	}
	return set
}

// image is the good one of a number.
func image(n int) string { return fmt.Sprintf("app:v%d", n) }

// plant makes the set and waits until it stands.
func (p *plot) plant(ctx context.Context) error {
	s := p.shape
	if s.Claims != "" {
		for _, volume := range p.volumes() {
			if _, err := p.core.PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{}); err != nil {
				return err
			}
		}
	}
	if s.Replicas == 0 { // an apply is to make it
		return nil
	}
	if _, err := p.apps.StatefulSets(p.namespaceName).Create(ctx, s.build(), metav1.CreateOptions{FieldManager: s.Maker}); err != nil {
		return err
	}
	return p.until(ctx, func(v view) error { return v.stands() })
}

// view is the set with its pods and claims as the API has them.
type view struct {
	set     *appsv1.StatefulSet // nil: it is not there
	pods    map[string]corev1.Pod
	claims  map[string]types.UID
	version string // of the list of pods
}

func (p *plot) look(ctx context.Context) (view, error) {
	set, err := p.apps.StatefulSets(p.namespaceName).Get(ctx, setName, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		set = nil
	case err != nil:
		return view{}, err
	}
	list, err := p.core.Pods(p.namespaceName).List(ctx, metav1.ListOptions{})
	if err != nil {
		return view{}, err
	}
	claims, err := p.core.PersistentVolumeClaims(p.namespaceName).List(ctx, metav1.ListOptions{})
	if err != nil {
		return view{}, err
	}
	v := view{set: set, pods: map[string]corev1.Pod{}, claims: map[string]types.UID{}, version: list.ResourceVersion}
	for _, pod := range list.Items {
		v.pods[pod.Name] = pod
	}
	for _, claim := range claims.Items {
		v.claims[claim.Name] = claim.UID
	}
	return v, nil
}

// images are those of the pods, by ordinal, with ! where one is not Ready.
func (v view) images() []string {
	var images []string
	for _, name := range slices.Sorted(maps.Keys(v.pods)) {
		pod := v.pods[name]
		image := pod.Spec.Containers[0].Image
		if pod.DeletionTimestamp != nil || !ready(pod) {
			image += "!"
		}
		images = append(images, image)
	}
	return images
}

func ready(pod corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// stands says that the controller has nothing left to do for a set with one revision.
func (v view) stands() error {
	if v.set == nil {
		return errors.New("there is no set")
	}
	status, replicas := v.set.Status, *v.set.Spec.Replicas
	if status.ObservedGeneration < v.set.Generation || status.CurrentRevision != status.UpdateRevision ||
		status.Replicas != replicas || status.AvailableReplicas != replicas || status.UpdatedReplicas != replicas || len(v.pods) != int(replicas) {
		return fmt.Errorf("the set does not stand: %+v with %q", status, v.images())
	}
	return nil
}

// partition is the live one.
func (v view) partition() int32 {
	if rolling := v.set.Spec.UpdateStrategy.RollingUpdate; rolling != nil && rolling.Partition != nil {
		return *rolling.Partition
	}
	return 0
}

// until looks, and looks again whenever something changed, until check holds.
func (p *plot) until(ctx context.Context, check func(view) error) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		v, err := p.look(limited)
		if err != nil {
			return err
		}
		wrong := check(v)
		if wrong == nil {
			return nil
		}
		err = p.change(limited, v)
		switch {
		case limited.Err() != nil:
			return p.stuck(fmt.Errorf("%w, and stayed so: %w", wrong, limited.Err()))
		case errors.Is(err, context.DeadlineExceeded):
			err = p.wake(limited, v)
		}
		if err != nil {
			return err
		}
	}
}

// change waits for the set or a pod to become another, for a while.
func (p *plot) change(ctx context.Context, v view) error {
	ctx, cancel := context.WithTimeout(ctx, asleep)
	defer cancel()
	version := v.version
	if v.set != nil {
		version = v.set.ResourceVersion
	}
	sets, err := p.apps.StatefulSets(p.namespaceName).Watch(ctx, metav1.ListOptions{ResourceVersion: version})
	if err != nil {
		return err
	}
	defer sets.Stop()
	pods, err := p.core.Pods(p.namespaceName).Watch(ctx, metav1.ListOptions{ResourceVersion: v.version})
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
	}
	return ctx.Err()
}

// history is what the log says, when it says as much as the API.
func (p *plot) history(ctx context.Context) (*audit.History, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		v, err := p.look(ctx)
		if err != nil {
			return nil, err
		}
		h, err := p.log.Read(p.namespaceName)
		if err != nil {
			return nil, err
		}
		if v.isNewest(h.Newest()) && h.Quiet("kubectl-sts/") {
			return h, nil
		}
	}
}

func (v view) isNewest(s audit.State) bool {
	if v.set == nil || s.Set == nil {
		return v.set == nil && s.Set == nil
	}
	return fmt.Sprint(s.Version) == v.set.ResourceVersion
}
