// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/render"
)

// The objects of a file that an apply does not manage.

// leftAlone is the action of an object that is not applied.
const leftAlone = "left alone"

// foreseeOthers has the server check the objects of other kinds, where they are
// asked for; else they are named, with the command that applies them too. A
// Namespace is made at once: before that the server cannot check what is in it.
func (a *applyRun) foreseeOthers(ctx context.Context) error {
	others := manifest.InstallOrder(a.intent.Bundle.Others)
	if !a.intent.WithOthers {
		a.leaveAlone(others)
		return nil
	}
	for i, o := range others {
		var err error
		if others[i], err = a.located(o); err != nil {
			return err
		}
	}
	if err := a.mayWrite(ctx, others); err != nil {
		return err
	}
	for _, o := range others {
		if err := a.foreseeOther(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func (a *applyRun) foreseeOther(ctx context.Context, o manifest.Object) error {
	p, err := a.client.Foresee(ctx, o, a.intent.Taking)
	if err != nil {
		return err
	}
	if o.IsNamespace() && p.Made() && a.request.Run.DryRun == DryRunNone {
		return a.writeAndPrint(ctx, p)
	}
	a.prospects = append(a.prospects, p)
	return a.bring(p)
}

// mayWrite asks for the permissions, which are known only when discovery has said
// where the objects are. Those in other namespaces the server's dry run checks.
func (a *applyRun) mayWrite(ctx context.Context, others []manifest.Object) error {
	var rules []cluster.Rule
	for _, o := range others {
		if o.Namespace == "" || o.Namespace == a.client.Namespace() {
			rule := cluster.Rule{Group: o.Resource.Group, Resource: o.Resource.Resource, Name: o.Name, Wide: !o.Resource.Namespaced}
			rules = append(rules, each(rule, "get", "patch")...)
		}
	}
	_, err := a.permitted(ctx, a.client, rules)
	return err
}

// leaveAlone tells of all of them at once.
func (a *applyRun) leaveAlone(others []manifest.Object) {
	if len(others) == 0 {
		return
	}
	var names []string
	for _, o := range others {
		names = append(names, o.String())
		a.objects = append(a.objects, render.Applied{Name: o.String(), Action: leftAlone})
	}
	a.voice.note("apply manages a StatefulSet with its Services and PersistentVolumes, and leaves alone what else is in the file: %s; to apply that too, before the set: %s",
		strings.Join(names, ", "), a.again("--with-others"))
}

// located asks discovery, by way of its cache, where the objects of a kind are.
func (a *applyRun) located(o manifest.Object) (manifest.Object, error) {
	mapper, err := a.connection.ToRESTMapper()
	if err != nil {
		return o, err
	}
	kind := o.GroupVersionKind()
	mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		return o, fileError("%s: %s: the server has no kind %s in %s; install what defines it first", a.intent.From, o, kind.Kind, o.APIVersion)
	}
	if err != nil {
		return o, err
	}
	if o, err = o.At(mapping); err != nil {
		return o, fileError("%s: %v", a.intent.From, err)
	}
	return o, nil
}

// untouched are the lines of a dry run for what is left alone.
func (a *applyRun) untouched() string {
	var b strings.Builder
	for _, o := range slices.DeleteFunc(slices.Clone(a.objects), func(o render.Applied) bool { return o.Action != leftAlone }) {
		b.WriteString(o.Line(a.request.Run.DryRun.shown()) + "\n")
	}
	return b.String()
}
