// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// What an apply writes beside the steps that every command makes: the whole
// object, by server-side apply, and before that a fold, by which what other
// managers wrote becomes its own. Neither has a precondition but the version of
// the object that it was made of, and neither may move an ordinal.

// held is what a request is bound to.
type held struct{ UID, Version string }

// holds reads the preconditions of a server-side apply, or of a JSON patch that
// replaces the version.
func holds(request json.RawMessage) held {
	var object struct {
		Metadata struct{ UID, ResourceVersion string }
	}
	if json.Unmarshal(request, &object) == nil {
		return held{object.Metadata.UID, object.Metadata.ResourceVersion}
	}
	var h held
	for _, o := range operations(request) {
		switch o.Path {
		case "/metadata/uid":
			h.UID = fmt.Sprint(o.Value)
		case "/metadata/resourceVersion":
			h.Version = fmt.Sprint(o.Value)
		}
	}
	return h
}

// operation is one line of a JSON patch.
type operation struct {
	Op, Path string
	Value    any
}

// operations of a JSON patch; none where it is something else.
func operations(request json.RawMessage) []operation {
	var all []operation
	if json.Unmarshal(request, &all) != nil {
		return nil
	}
	return all
}

func isApply(request json.RawMessage) bool {
	return bytes.HasPrefix(bytes.TrimSpace(request), []byte("{"))
}

// isFold says that a patch writes managers and nothing else. A step, too, may rename
// a manager of ours.
func isFold(request json.RawMessage) bool {
	folds := false
	for _, o := range operations(request) {
		switch {
		case strings.HasPrefix(o.Path, "/metadata/managedFields"):
			folds = true
		case o.Op != "test" && o.Path != "/metadata/resourceVersion":
			return false
		}
	}
	return folds
}

// still says that a write is one that may move nothing.
func (w write) still() bool { return w.Verb == "patch" && (isApply(w.Request) || isFold(w.Request)) }

// stays: a write without a record of its own leaves the record, and all that
// moves ordinals, as they were, and is bound to the version that had them. It may
// come after somebody has scaled the set or moved its partition, since it leaves
// that too; not after another template than the run has found or written.
func (j *judge) stays(w write) {
	before, bond := w.before.Set, holds(w.Request)
	switch {
	case j.run.Verb != "apply":
		j.broken(0, "%s is an apply, which nobody asked for", j.describe(w.index))
	case bond.Version != fmt.Sprint(w.before.Version), isApply(w.Request) && bond.UID != before.UID:
		j.broken(5, "%s is not bound to uid and version", j.describe(w.index))
	case !w.Set.sameSpec(before):
		j.broken(9, "%s moves ordinals and has no record of it", j.describe(w.index))
	case w.Set.Record != before.Record:
		j.broken(9, "%s changes the record, and nothing else", j.describe(w.index))
	case isApply(w.Request) && w.Set.Template != j.before(j.from).Set.Template:
		j.broken(0, "%s, and the template is another than it left", j.describe(w.index))
	}
}

// returns: fields go back to those who apply them by a write that leaves all else as
// it was, bound to the version that it was made of, after all others of the run and
// with no operation under way.
func (j *judge) returns(w write, writes []int) {
	before, bond := w.before.Set, holds(w.Request)
	var r record
	switch {
	case bond.Version != fmt.Sprint(w.before.Version), bond.UID != before.UID:
		j.broken(5, "%s is not bound to uid and version", j.describe(w.index))
	case !slices.Contains([]string{"promote", "abort", "scale"}, j.run.Verb):
		j.broken(0, "%s gives fields back, which is not for this command to do", j.describe(w.index))
	case w.Set.Generation != before.Generation, w.Set.Record != before.Record:
		j.broken(9, "%s gives fields back, and changes more", j.describe(w.index))
	case len(writes) > 0 && writes[len(writes)-1] > w.index:
		j.broken(9, "%s gives fields back before the last write", j.describe(w.index))
	case before.Record != "" && (json.Unmarshal([]byte(before.Record), &r) != nil || r.State == "open"):
		j.broken(9, "%s gives fields back while its operation is under way", j.describe(w.index))
	}
}

// exclusive is what an apply holds that makes a set, and would change none.
const exclusive = "1"

// creation of a set: it takes over nothing that somebody else may have made at the
// same time.
func (j *judge) creation(w write) {
	switch {
	case j.run.Verb != "apply":
		j.broken(0, "%s makes a set, which nobody asked for", j.describe(w.index))
	case w.Forced, w.Verb == "patch" && holds(w.Request) != held{Version: exclusive}, w.Verb != "patch" && holds(w.Request) != held{}:
		j.broken(5, "%s makes a set as if there were one", j.describe(w.index))
	case w.Set.Replicas != j.run.To, !strings.Contains(w.Set.Template, fmt.Sprintf("%q", j.run.Image)):
		j.broken(3, "%s makes a set that is not the file's", j.describe(w.index))
	}
}
