// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// The ids of what an apply of a manifest would be refused for.
const (
	foundOldVersion = "old-version"    // an apiVersion that no server has any more
	foundRefused    = "server-refuses" // by the server's dry run
	foundNotApplied = "apply-refuses"  // by this program: a conflict, a volume that is another's
	foundNoPod      = "pod-refused"    // the set would be made, and its pods denied
)

// inspectServer has the server check what an apply of the manifest would send: each
// object, and a pod of the template; of a set that is there only the pod.
func inspectServer(ctx context.Context, s session, f found) ([]rollout.Finding, error) {
	if f.live() {
		return f.askForPod(ctx)
	}
	var (
		findings []rollout.Finding
		asked    []manifest.Object
	)
	for _, o := range f.concerned() {
		if outdated := o.Outdated(); outdated != "" {
			findings = append(findings, refused(foundOldVersion, o, outdated))
			continue
		}
		o, err := o.Checked()
		if err != nil {
			findings = append(findings, refused(foundNotApplied, o, err.Error()))
			continue
		}
		asked = append(asked, o)
	}
	more, err := s.askServer(ctx, f, asked)
	if err != nil {
		return nil, err
	}
	findings = append(findings, more...)
	if rollout.HasErrors(findings) {
		return findings, nil // a pod of a set that cannot be is no news
	}
	more, err = f.askForPod(ctx)
	return append(findings, more...), err
}

// concerned are the set, and with the first set of a manifest what is beside it.
func (f found) concerned() []manifest.Object {
	var objects []manifest.Object
	for _, o := range f.objects {
		if o.Kind == manifest.Set && o.Name == f.set.Name || o.Kind != manifest.Set && f.set == f.sets[0] {
			objects = append(objects, o)
		}
	}
	return objects
}

// askServer has each object applied in a dry run.
func (s session) askServer(ctx context.Context, f found, objects []manifest.Object) ([]rollout.Finding, error) {
	var (
		findings  []rollout.Finding
		prospects []cluster.Prospect
	)
	for _, o := range objects {
		rule := cluster.Rule{Group: o.Resource.Group, Resource: o.Resource.Resource, Name: o.Name, Wide: !o.Resource.Namespaced}
		missing, err := f.client.Missing(ctx, each(rule, "get", "patch"))
		if err != nil {
			return nil, err
		}
		if len(missing) > 0 {
			findings = append(findings, unseen("whether the server takes "+o.String(), forbidden(f.client.Namespace(), missing)))
			continue
		}
		prospect, err := f.client.Foresee(ctx, o, cluster.Yield)
		if namespaceName := f.client.Namespace(); apierrors.IsNotFound(err) && f.brings("Namespace", namespaceName) {
			return []rollout.Finding{unseen("whether the server takes it", fmt.Errorf("the namespace %q is in the manifest, and not there yet", namespaceName))}, nil
		}
		if err == nil {
			prospects = append(prospects, prospect)
		}
		finding, unanswered := answered(o, err)
		if err == nil && o.Kind == manifest.Set {
			finding, unanswered = s.refusedNow(ctx, f, prospect)
		}
		if unanswered != nil {
			return nil, unanswered
		}
		findings = append(findings, finding...)
	}
	more, err := cutOff(prospects)
	return append(findings, more...), err
}

// answered makes a finding of what keeps an object from being applied. Where there is
// no answer, its error is why.
func answered(o manifest.Object, err error) ([]rollout.Finding, error) {
	var (
		refusal *rollout.Refusal
		bad     *cluster.BadFile
		status  apierrors.APIStatus
	)
	switch {
	case err == nil:
		return nil, nil
	case errors.As(err, &refusal):
		return []rollout.Finding{refused(foundNotApplied, o, refusal.Message)}, nil
	case errors.As(err, &bad):
		return []rollout.Finding{refused(foundRefused, o, bad.Message)}, nil
	case errors.As(err, &status) && status.Status().Code < 500 && !apierrors.IsTooManyRequests(err):
		return []rollout.Finding{refused(foundRefused, o, err.Error())}, nil
	default:
		return nil, err
	}
}

func refused(id string, o manifest.Object, message string) rollout.Finding {
	return rollout.Finding{ID: id, Severity: rollout.FindingError, Object: o.String(), Message: strings.TrimPrefix(message, o.String()+": ")}
}

// askForPod has the server admit a pod of the template in a dry run, as the
// controller would make it: a set whose pods are denied is made all the same. What
// counts pods is not asked, since those that are there would go first.
func (f found) askForPod(ctx context.Context) ([]rollout.Finding, error) {
	missing, err := f.client.Missing(ctx, []cluster.Rule{{Verb: "create", Resource: "pods"}})
	if err != nil {
		return nil, err
	}
	what := "whether the server takes the pods of " + volume.SetOf(f.set).String()
	if len(missing) > 0 {
		return []rollout.Finding{unseen(what, forbidden(f.client.Namespace(), missing))}, nil
	}
	err = f.client.DryRunPod(ctx, f.pod())
	switch {
	case err == nil, apierrors.IsAlreadyExists(err), cluster.ExceedsQuota(err):
		return nil, nil
	case apierrors.IsNotFound(err) && f.brings("Namespace", f.client.Namespace()):
		return nil, nil // told with the first object
	case isDenial(err):
		return f.denied(ctx, err)
	default:
		return nil, err
	}
}

func isDenial(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsNotFound(err) || apierrors.IsBadRequest(err)
}

// denied is the finding of pods that the server denies. It was asked as the user, and
// what admits pods may go by who makes them: so it is an error only where nothing
// shows that the controller is answered otherwise.
func (f found) denied(ctx context.Context, why error) ([]rollout.Finding, error) {
	finding := rollout.Finding{
		ID: foundNoPod, Severity: rollout.FindingError, Object: volume.SetOf(f.set).String(),
		Message: fmt.Sprintf("the server denies its pods: %v", why),
	}
	otherwise, err := f.takenOfController(ctx)
	if otherwise {
		finding.Severity = rollout.FindingWarning
		finding.Message = fmt.Sprintf("the server denies its pods to you, and has taken those that are there of the controller; new ones may be denied: %v", why)
	}
	return []rollout.Finding{finding}, err
}

// takenOfController says that pods of the live template are there, though the server
// denies them too.
func (f found) takenOfController(ctx context.Context) (bool, error) {
	if f.live() {
		return hasPods(f.set), nil
	}
	set, err := f.client.StatefulSet(ctx, f.set.Name)
	switch {
	case cluster.IsMissing(err), cluster.IsForbidden(err):
		return false, nil
	case err != nil:
		return false, err
	case !hasPods(set):
		return false, nil
	}
	err = f.client.DryRunPod(ctx, found{client: f.client, typedManifest: typedManifest{set: set}}.pod())
	if err != nil && !isDenial(err) && !apierrors.IsAlreadyExists(err) {
		return false, err
	}
	return err != nil && isDenial(err), nil
}

// hasPods says that pods of the newest template are there.
func hasPods(set *appsv1.StatefulSet) bool {
	return set.Status.ObservedGeneration == set.Generation && set.Status.UpdatedReplicas > 0
}

// unmadeUID stands for that of a set that is not there yet.
const unmadeUID = "00000000-0000-0000-0000-000000000000"

// pod is the first one as the controller would make it
// (pkg/controller/statefulset/stateful_set_utils.go: newVersionedStatefulSetPod,
// initIdentity), without what the manifest brings itself and the server does not know
// yet. Its owner does not block the deletion: that takes a permission which the
// controller has.
func (f found) pod() *corev1.Pod {
	template := f.set.Spec.Template.DeepCopy()
	index := strconv.Itoa(int(volume.SetOf(f.set).Start))
	pod := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	pod.Name, pod.Namespace = f.set.Name+"-"+index, f.client.Namespace()
	if pod.Labels == nil {
		pod.Labels = map[string]string{}
	}
	pod.Labels[appsv1.StatefulSetPodNameLabel] = pod.Name
	pod.Labels[appsv1.PodIndexLabel] = index
	pod.Labels[appsv1.StatefulSetRevisionLabel] = cmp.Or(f.set.Status.UpdateRevision, f.set.Name+"-0")
	controller := true
	pod.OwnerReferences = []metav1.OwnerReference{{
		APIVersion: "apps/v1", Kind: "StatefulSet", Name: f.set.Name, UID: cmp.Or(f.set.UID, unmadeUID), Controller: &controller,
	}}
	pod.Spec.Hostname, pod.Spec.Subdomain = pod.Name, f.set.Spec.ServiceName
	pod.Spec.Volumes = f.withClaims(pod)
	f.omitBrought(&pod.Spec)
	return pod
}

// withClaims are the volumes of a pod, those of its own claims among them.
func (f found) withClaims(pod *corev1.Pod) []corev1.Volume {
	volumes := slices.DeleteFunc(pod.Spec.Volumes, func(v corev1.Volume) bool {
		return slices.ContainsFunc(f.set.Spec.VolumeClaimTemplates, func(c corev1.PersistentVolumeClaim) bool { return c.Name == v.Name })
	})
	for _, claim := range f.set.Spec.VolumeClaimTemplates {
		source := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim.Name + "-" + pod.Name}}
		volumes = append(volumes, corev1.Volume{Name: claim.Name, VolumeSource: source})
	}
	return volumes
}

// omitBrought takes out what admission looks up and the manifest brings.
func (f found) omitBrought(spec *corev1.PodSpec) {
	if f.brings("ServiceAccount", spec.ServiceAccountName) {
		spec.ServiceAccountName, spec.DeprecatedServiceAccount = "", ""
	}
	if f.brings("PriorityClass.scheduling.k8s.io", spec.PriorityClassName) {
		spec.PriorityClassName = ""
	}
	if spec.RuntimeClassName != nil && f.brings("RuntimeClass.node.k8s.io", *spec.RuntimeClassName) {
		spec.RuntimeClassName = nil
	}
}

// brings says that the manifest has an object of another kind.
func (f found) brings(kind manifest.Kind, name string) bool {
	return slices.ContainsFunc(f.others, func(o manifest.Object) bool { return o.Kind == kind && o.Name == name })
}
