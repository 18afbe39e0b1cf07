// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

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
func inspectServer(ctx context.Context, _ session, f found) ([]rollout.Finding, error) {
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
	more, err := f.askServer(ctx, asked)
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
func (f found) askServer(ctx context.Context, objects []manifest.Object) ([]rollout.Finding, error) {
	var findings []rollout.Finding
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
		_, err = f.client.Foresee(ctx, o, cluster.Yield)
		if namespaceName := f.client.Namespace(); apierrors.IsNotFound(err) && f.brings("Namespace", namespaceName) {
			return []rollout.Finding{unseen("whether the server takes it", fmt.Errorf("the namespace %q is in the manifest, and not there yet", namespaceName))}, nil
		}
		finding, err := answered(o, err)
		if err != nil {
			return nil, err
		}
		findings = append(findings, finding...)
	}
	return findings, nil
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
	case apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsNotFound(err) || apierrors.IsBadRequest(err):
		return []rollout.Finding{{
			ID: foundNoPod, Severity: rollout.FindingError, Object: volume.SetOf(f.set).String(),
			Message: fmt.Sprintf("the server denies its pods: %v", err),
		}}, nil
	default:
		return nil, err
	}
}

// pod is the first one as the controller would make it, without what the manifest
// brings itself and the server does not know yet.
func (f found) pod() *corev1.Pod {
	template := f.set.Spec.Template.DeepCopy()
	first := volume.SetOf(f.set)
	pod := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	pod.Name, pod.Namespace = fmt.Sprintf("%s-%d", f.set.Name, first.Start), f.client.Namespace()
	pod.Spec.Volumes = slices.DeleteFunc(pod.Spec.Volumes, func(v corev1.Volume) bool {
		return slices.ContainsFunc(f.set.Spec.VolumeClaimTemplates, func(c corev1.PersistentVolumeClaim) bool { return c.Name == v.Name })
	})
	for _, claim := range f.set.Spec.VolumeClaimTemplates {
		source := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim.Name + "-" + pod.Name}}
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: claim.Name, VolumeSource: source})
	}
	if f.brings("ServiceAccount", pod.Spec.ServiceAccountName) {
		pod.Spec.ServiceAccountName, pod.Spec.DeprecatedServiceAccount = "", ""
	}
	if f.brings("PriorityClass.scheduling.k8s.io", pod.Spec.PriorityClassName) {
		pod.Spec.PriorityClassName = ""
	}
	return pod
}

// brings says that the manifest has an object of another kind.
func (f found) brings(kind manifest.Kind, name string) bool {
	return slices.ContainsFunc(f.others, func(o manifest.Object) bool { return o.Kind == kind && o.Name == name })
}
