// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/render"
)

// What an apply tells of the objects of its file, beside what every acting verb
// tells of the set.

func applied(p cluster.Prospect) render.Applied {
	return render.Applied{Name: p.Object.String(), Action: p.String()}
}

// listed is what a dry run says of the objects, a line each.
func (a *applyRun) listed(prospects []cluster.Prospect) string {
	var b strings.Builder
	for _, p := range prospects {
		a.objects = append(a.objects, applied(p))
		b.WriteString(applied(p).Line(a.request.Run.DryRun.shown()) + "\n")
	}
	return b.String()
}

// mostLeft keeps a line readable.
const mostLeft = 5

// tellKept tells that the file is not all of the template.
func (a *applyRun) tellKept() {
	kept := a.set.Kept
	if len(kept) == 0 {
		return
	}
	text := manifest.ByManager(kept[:min(len(kept), mostLeft)])
	if more := len(kept) - mostLeft; more > 0 {
		text += fmt.Sprintf(", and there are %d more", more)
	}
	a.voice.note("others have put into the template what the file does not name, and it stays: %s", text)
}

// tellReplaced tells what others have written and what goes, because the file has a
// field that excludes it.
func (a *applyRun) tellReplaced(p cluster.Prospect) {
	if len(p.Replaced) > 0 {
		a.voice.note("%s: the file has another field in the place of one that others have written, which goes: %s", p.Object, manifest.ByManager(p.Replaced))
	}
}

// rest is what a dry run says of the other fields of the set.
func (a *applyRun) rest() string {
	var b strings.Builder
	steered := func(field string) bool { return field == "spec.template" }
	if changes := slices.DeleteFunc(slices.Clone(a.set.Changes), steered); len(changes) > 0 {
		fmt.Fprintf(&b, "  and, by which no ordinal moves: %s\n", render.Escape(strings.Join(changes, ", ")))
	}
	if left := a.set.Left; len(left) > 0 {
		named := strings.Join(left[:min(len(left), mostLeft)], ", ")
		if more := len(left) - mostLeft; more > 0 {
			named += fmt.Sprintf(" and %d more", more)
		}
		fmt.Fprintf(&b, "  first, what kubectl apply and this program have written becomes the file's alone, and what it does not name goes, or back to its default: %s; whether ordinals move by that shows only then\n", render.Escape(named))
	}
	return b.String()
}
