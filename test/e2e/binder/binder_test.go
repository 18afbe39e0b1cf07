// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package binder

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	typedstorage "k8s.io/client-go/kubernetes/typed/storage/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

const (
	cases      = 120
	rounds     = 3
	namespaces = 10
	patience   = 2 * time.Minute // ends what would never end
	hands      = 8               // requests at a time
)

var seed = flag.Uint64("seed", 0, "play this run again; 0 draws one")

// bench is the cluster that is asked.
type bench struct {
	*testing.T
	core    *typedcore.CoreV1Client
	storage *typedstorage.StorageV1Client
	run     string
	only    metav1.ListOptions // what this run made
}

func openBench(t *testing.T) *bench {
	t.Helper()
	if os.Getenv("LOCALKUBE_DIR") == "" {
		t.Fatal("no cluster to ask, and none of yours will be taken: run `make e2e`")
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	b := &bench{T: t}
	b.must(err)
	config.QPS = -1
	config.WarningHandlerWithContext = rest.NoWarnings{}
	b.core, err = typedcore.NewForConfig(config)
	b.must(err)
	b.storage, err = typedstorage.NewForConfig(config)
	b.must(err)
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	b.run = fmt.Sprintf("%x", rand.Uint32())
	b.only = metav1.ListOptions{LabelSelector: labelRun + "=" + b.run}
	t.Cleanup(b.clean)
	return b
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// each does something for every item, some at a time.
func each[T any](b *bench, items []T, do func(T) error) {
	b.Helper()
	var wait sync.WaitGroup
	errs := make([]error, hands)
	for hand := range hands {
		wait.Go(func() {
			for i := hand; i < len(items) && errs[hand] == nil; i += hands {
				errs[hand] = do(items[i])
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		b.must(err)
	}
}

// play is one case as it goes.
type play struct {
	maker
	volumes []*corev1.PersistentVolume
	claim   *corev1.PersistentVolumeClaim // of the round
	choice  volume.Choice                 // what is foretold
	stock   volume.Stock
}

func TestBinderAgrees(t *testing.T) {
	b := openBench(t)
	t.Logf("-seed=%d", *seed)
	plays := b.deal(rand.New(rand.NewPCG(*seed, 0)))
	b.lay(plays)
	sum := tally{}
	for round := range rounds {
		b.foretell(plays, round)
		outcomes := b.submit(plays)
		for _, p := range plays {
			sum.add(p, outcomes[p.claim.Name])
			if wrong := p.compare(outcomes[p.claim.Name]); wrong != "" {
				t.Errorf("round %d: %s\n%s", round, wrong, p)
			}
		}
	}
	t.Logf("%d claims: %s", cases*rounds, sum)
	sum.cover(t)
}

// deal makes the cases, and nothing in the cluster.
func (b *bench) deal(random *rand.Rand) []*play {
	var plays []*play
	for number := range cases {
		namespaceName := fmt.Sprintf("binder-%s-%d", b.run, number%namespaces)
		p := &play{maker: newMaker(random, b.run, number, namespaceName)}
		for index := range 2 + random.IntN(7) {
			p.volumes = append(p.volumes, p.volume(index))
		}
		plays = append(plays, p)
	}
	return plays
}

// lay makes namespaces, classes and volumes, and waits until the binder has
// taken note of every volume.
func (b *bench) lay(plays []*play) {
	ctx := b.Context()
	for number := range namespaces {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("binder-%s-%d", b.run, number), Labels: map[string]string{labelRun: b.run},
		}}
		_, err := b.core.Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
		b.must(err)
	}
	expected := 0
	for _, p := range plays {
		expected += len(p.volumes)
	}
	each(b, plays, func(p *play) error { return b.layOne(ctx, p) })
	volumes := map[string]corev1.PersistentVolumePhase{}
	list, err := b.core.PersistentVolumes().List(ctx, b.only)
	b.must(err)
	for _, v := range list.Items {
		volumes[v.Name] = v.Status.Phase
	}
	b.follow(list.ResourceVersion, b.core.PersistentVolumes().Watch, func(object runtime.Object) {
		if v, ok := object.(*corev1.PersistentVolume); ok {
			volumes[v.Name] = v.Status.Phase
		}
	}, func() bool {
		seen := 0
		for _, phase := range volumes {
			if phase != "" && phase != corev1.VolumePending {
				seen++
			}
		}
		return seen == expected
	})
}

func (b *bench) layOne(ctx context.Context, p *play) error {
	if p.delayed {
		class := &storagev1.StorageClass{
			ObjectMeta:        metav1.ObjectMeta{Name: p.className, Labels: map[string]string{labelRun: b.run}},
			Provisioner:       "kubernetes.io/no-provisioner",
			VolumeBindingMode: new(storagev1.VolumeBindingWaitForFirstConsumer),
		}
		if _, err := b.storage.StorageClasses().Create(ctx, class, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	for _, v := range p.volumes {
		if _, err := b.core.PersistentVolumes().Create(ctx, v, metav1.CreateOptions{}); err != nil {
			return err
		}
		if slices.Contains(v.Finalizers, hold) {
			if err := b.core.PersistentVolumes().Delete(ctx, v.Name, metav1.DeleteOptions{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow watches until done.
func (b *bench) follow(version string, open func(context.Context, metav1.ListOptions) (watch.Interface, error), see func(runtime.Object), done func() bool) {
	ctx, cancel := context.WithTimeout(b.Context(), patience)
	defer cancel()
	options := b.only
	options.ResourceVersion = version
	stream, err := open(ctx, options)
	b.must(err)
	defer stream.Stop()
	for !done() {
		select {
		case event, ok := <-stream.ResultChan():
			if !ok {
				b.Fatal("the stream ended")
			}
			see(event.Object)
		case <-ctx.Done():
			b.Fatal("the binder did not come to an end")
		}
	}
}

// foretell says of each case's next claim what may be bound to it.
func (b *bench) foretell(plays []*play, round int) {
	volumes, err := b.core.PersistentVolumes().List(b.Context(), b.only)
	b.must(err)
	classes, err := b.storage.StorageClasses().List(b.Context(), b.only)
	b.must(err)
	for _, p := range plays {
		p.stock = volume.Stock{Classes: append([]storagev1.StorageClass{}, classes.Items...)}
		for _, v := range volumes.Items {
			if v.Labels[labelCase] == fmt.Sprint(p.number) {
				p.stock.Volumes = append(p.stock.Volumes, v)
			}
		}
		p.claim = p.maker.claim(round, p.volumes)
		p.choice = p.stock.Choose(p.wanted())
	}
}

func (p *play) wanted() volume.Claim {
	return volume.Claim{Namespace: p.claim.Namespace, Name: p.claim.Name, Spec: p.claim.Spec}
}

// outcome is what the binder did: a volume, or what it said.
type outcome struct{ volumeName, said string }

// submit makes the claims and waits until each is bound, or the binder has said
// that it is not.
func (b *bench) submit(plays []*play) map[string]outcome {
	heard := hearing{mine: map[string]bool{}, outcomes: map[string]outcome{}}
	for _, p := range plays {
		heard.mine[p.claim.Namespace+"/"+p.claim.Name] = true
	}
	events := b.events()
	defer events.Stop()
	list, err := b.core.PersistentVolumeClaims("").List(b.Context(), b.only)
	b.must(err)
	each(b, plays, func(p *play) error {
		_, err := b.core.PersistentVolumeClaims(p.namespace).Create(b.Context(), p.claim, metav1.CreateOptions{})
		return err
	})
	claims, err := b.core.PersistentVolumeClaims("").Watch(b.Context(), metav1.ListOptions{LabelSelector: b.only.LabelSelector, ResourceVersion: list.ResourceVersion})
	b.must(err)
	defer claims.Stop()
	late := time.After(patience)
	for len(heard.outcomes) < len(plays) {
		select {
		case event := <-claims.ResultChan():
			heard.see(event.Object)
		case event := <-events.ResultChan():
			heard.see(event.Object)
		case <-late:
			b.silent(plays, heard.outcomes)
		}
	}
	return heard.outcomes
}

// hearing is what was heard of the claims of a round, by their names.
type hearing struct {
	mine     map[string]bool
	outcomes map[string]outcome
}

// see takes a claim that is bound, or what is said of one that is not.
func (h hearing) see(object runtime.Object) {
	switch o := object.(type) {
	case *corev1.PersistentVolumeClaim:
		if h.mine[o.Namespace+"/"+o.Name] && o.Status.Phase == corev1.ClaimBound {
			h.outcomes[o.Name] = outcome{volumeName: o.Spec.VolumeName}
		}
	case *corev1.Event:
		about := o.InvolvedObject
		if h.mine[about.Namespace+"/"+about.Name] && h.outcomes[about.Name].volumeName == "" {
			h.outcomes[about.Name] = outcome{said: o.Reason + ": " + o.Message}
		}
	}
}

// silent ends a run whose claims nothing became of.
func (b *bench) silent(plays []*play, outcomes map[string]outcome) {
	for _, p := range plays {
		if _, ok := outcomes[p.claim.Name]; !ok {
			b.Errorf("the binder says nothing\n%s", p)
		}
	}
	b.FailNow()
}

// events are those on claims from now on.
func (b *bench) events() watch.Interface {
	about := metav1.ListOptions{FieldSelector: "involvedObject.kind=PersistentVolumeClaim"}
	list, err := b.core.Events("").List(b.Context(), about)
	b.must(err)
	about.ResourceVersion = list.ResourceVersion
	events, err := b.core.Events("").Watch(b.Context(), about)
	b.must(err)
	return events
}

// compare says what is wrong: "" where the binder did as foretold.
func (p *play) compare(o outcome) string {
	admissible := p.choice.Volumes
	if p.choice.ByScheduler { // there is no pod
		admissible = nil
	}
	switch {
	case o.volumeName == "" && len(admissible) > 0:
		return fmt.Sprintf("it bound nothing (%s), and %v was foretold", o.said, admissible)
	case o.volumeName != "" && !slices.Contains(admissible, o.volumeName):
		return fmt.Sprintf("it bound %s, and %v was foretold", o.volumeName, admissible)
	}
	return ""
}

// String is the case, for who looks for the error.
func (p *play) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  case %d class=%q delayed=%v claim=%+v\n", p.number, p.className, p.delayed, p.claim.Spec)
	for _, v := range p.stock.Volumes {
		fmt.Fprintf(&b, "  %s phase=%s ref=%+v %s\n", v.Name, v.Status.Phase, v.Spec.ClaimRef, p.stock.Judge(p.wanted(), v).Line())
	}
	return b.String()
}

// clean removes what the run made.
func (b *bench) clean() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.Context()), patience)
	defer cancel()
	list, err := b.core.PersistentVolumes().List(ctx, b.only)
	if err != nil {
		b.Error(err)
		return
	}
	each(b, list.Items, func(v corev1.PersistentVolume) error {
		if v.DeletionTimestamp == nil {
			return b.core.PersistentVolumes().Delete(ctx, v.Name, metav1.DeleteOptions{})
		}
		_, err := b.core.PersistentVolumes().Patch(ctx, v.Name, types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
		return err
	})
	if err := b.storage.StorageClasses().DeleteCollection(ctx, metav1.DeleteOptions{}, b.only); err != nil {
		b.Error(err)
	}
	for number := range namespaces {
		if err := b.core.Namespaces().Delete(ctx, fmt.Sprintf("binder-%s-%d", b.run, number), metav1.DeleteOptions{}); err != nil {
			b.Error(err)
		}
	}
}
