// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"slices"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
)

// preparer is an Intent that ends a set: it has something to do before the first
// write, and something to say where there is no set. Its goals look at claims.
type preparer interface {
	// Prepare is called when the goal may be run. A dry run changes nothing.
	Prepare(context.Context, Opening, DryRun) error
	// Absent says that there is nothing to do, where a set is not there.
	Absent(namespaceName, setName string) (string, bool)
}

// sighting is what the caches are filled with.
func (a *action) sighting() cluster.Options {
	_, ends := a.request.Intent.(preparer)
	return cluster.Options{FailurePolicy: a.request.Run.FailurePolicy, NeedsClaims: ends, Unread: a.unread}
}

// unread tells what the run goes without; what may not be read was told with the
// permissions, unless the server has only now said so.
func (a *action) unread(what string, err error) {
	resource, loses := what, withoutEvents
	if what == cluster.ClaimsRead {
		resource, loses = "persistentvolumeclaims", withoutClaims
	}
	if !slices.ContainsFunc(a.lacks, func(r cluster.Rule) bool { return r.Resource == resource }) {
		a.voice.note("%s cannot be read now, so %s: %v", resource, loses, err)
	}
}

// excused: a set that is not there may be what was asked for.
func (a *action) excused(err error) error {
	p, ends := a.request.Intent.(preparer)
	if !ends || !cluster.IsMissing(err) {
		return err
	}
	text, done := p.Absent(a.client.Namespace(), a.request.SetName)
	if !done {
		return err
	}
	a.absent = text
	return nil
}

// prepare is for what may be run: nobody is asked about what is refused.
func (a *action) prepare(ctx context.Context) error {
	p, ends := a.request.Intent.(preparer)
	if !ends {
		return nil
	}
	if _, err := a.decided(); err != nil {
		return err
	}
	return p.Prepare(ctx, a.opening(), a.request.Run.DryRun)
}
