// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"encoding/json"
	"slices"
	"strings"
)

// nudgeKey is the annotation by which a run makes the controller look.
const nudgeKey = "kubectl-sts/nudged-at"

// isNudge says that a JSON patch writes that annotation and nothing else.
func isNudge(request json.RawMessage) bool {
	writes := slices.DeleteFunc(operations(request), func(o operation) bool { return o.Op == "test" })
	if len(writes) != 1 || writes[0].Op != "add" {
		return false
	}
	if writes[0].Path == "/metadata/annotations/"+strings.ReplaceAll(nudgeKey, "/", "~1") {
		return true
	}
	all, _ := writes[0].Value.(map[string]any)
	_, there := all[nudgeKey]
	return writes[0].Path == "/metadata/annotations" && there && len(all) == 1
}

// nudge leaves everything as it was, and is bound to the spec that was seen.
func (j *judge) nudge(w write) {
	tests := map[string]bool{}
	for _, o := range operations(w.Request) {
		if o.Op == "test" {
			tests[o.Path] = true
		}
	}
	switch {
	case !tests["/metadata/uid"], !tests["/metadata/generation"]:
		j.broken(5, "%s is not bound to uid and generation", j.describe(w.index))
	case w.Set.Generation != w.before.Set.Generation, w.Set.Record != w.before.Set.Record:
		j.broken(9, "%s is a nudge, and changes more", j.describe(w.index))
	}
}
