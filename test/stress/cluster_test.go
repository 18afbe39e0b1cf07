// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"context"
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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	mark   string // so that names are new
}

func openGround(t *testing.T) *ground {
	t.Helper()
	dir := os.Getenv("LOCALKUBE_DIR")
	if dir == "" {
		t.Fatal("no cluster to play on, and none of yours will be taken: run `make stress` or `make e2e`")
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	must(t, err)
	config.QPS = -1
	config.UserAgent = "stress"
	g := &ground{config: config, mark: fmt.Sprintf("%06x", rand.Uint32N(1<<24))}
	g.core, err = typedcore.NewForConfig(config)
	must(t, err)
	g.apps, err = typedapps.NewForConfig(config)
	must(t, err)
	g.log, err = audit.Open(filepath.Join(dir, "audit.log"))
	must(t, err)
	t.Cleanup(func() { must(t, g.log.Close()) })
	return g
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
}

// fence makes a namespace, and keeps what the log says of it.
func (g *ground) fence(ctx context.Context) (*plot, error) {
	p := &plot{ground: g, namespaceName: fmt.Sprintf("stress-%s-%d", g.mark, g.plots.Add(1))}
	g.log.Keep(p.namespaceName)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: p.namespaceName}}
	_, err := g.core.Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	return p, err
}

// leave does not wait for the end of the namespace.
func (p *plot) leave(ctx context.Context) error {
	p.log.Forget(p.namespaceName)
	return p.core.Namespaces().Delete(context.WithoutCancel(ctx), p.namespaceName, metav1.DeleteOptions{})
}

// shape is what a set is made with.
type shape struct {
	Replicas, Start, Own int32
	Parallel             bool
	MinReady             int32
}

func (s shape) build() *appsv1.StatefulSet {
	labels := map[string]string{"app": setName}
	set := &appsv1.StatefulSet{
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
					Containers:                    []corev1.Container{{Name: "app", Image: image(1)}},
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
	return set
}

// image is the good one of a number.
func image(n int) string { return fmt.Sprintf("app:v%d", n) }

// plant makes the set and waits until it stands.
func (p *plot) plant(ctx context.Context, s shape) error {
	if _, err := p.apps.StatefulSets(p.namespaceName).Create(ctx, s.build(), metav1.CreateOptions{}); err != nil {
		return err
	}
	return p.until(ctx, func(v view) error { return v.stands() })
}

// view is the set and its pods as the API has them.
type view struct {
	set     *appsv1.StatefulSet
	pods    map[string]corev1.Pod
	version string // of the list of pods
}

func (p *plot) look(ctx context.Context) (view, error) {
	set, err := p.apps.StatefulSets(p.namespaceName).Get(ctx, setName, metav1.GetOptions{})
	if err != nil {
		return view{}, err
	}
	list, err := p.core.Pods(p.namespaceName).List(ctx, metav1.ListOptions{})
	if err != nil {
		return view{}, err
	}
	v := view{set: set, pods: map[string]corev1.Pod{}, version: list.ResourceVersion}
	for _, pod := range list.Items {
		v.pods[pod.Name] = pod
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
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		v, err := p.look(ctx)
		if err != nil {
			return err
		}
		wrong := check(v)
		if wrong == nil {
			return nil
		}
		if err := p.change(ctx, v); err != nil {
			return fmt.Errorf("%w, and stayed so: %w", wrong, err)
		}
	}
}

// change waits for the set or a pod to become another.
func (p *plot) change(ctx context.Context, v view) error {
	sets, err := p.apps.StatefulSets(p.namespaceName).Watch(ctx, metav1.ListOptions{ResourceVersion: v.set.ResourceVersion})
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
		if newest := h.Newest(); newest.Set != nil && fmt.Sprint(newest.Version) == v.set.ResourceVersion && h.Quiet("kubectl-sts/") {
			return h, nil
		}
	}
}
