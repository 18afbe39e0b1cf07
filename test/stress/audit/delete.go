// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// available says that an index has a pod that is Ready, and has been for long enough.
func (s State) available(index int32) bool {
	p, there := s.ordinal(index)
	return there && p.Ready && !p.Terminating && !s.At.Before(p.ReadySince.Add(s.Set.MinReady))
}

// obstructed: a delete does not wait for an ordinal to be gone while the
// controller waits for another to become available, which it may never.
func (j *judge) obstructed(w write) bool {
	return j.run.Verb == "delete" && w.Set.OrderedReady && j.sometime(j.from, w.index, w.At, func(s State) bool {
		if s.Set == nil || s.Set.Observed < s.Set.Generation {
			return false
		}
		for index := range s.Set.Replicas {
			if !s.available(index) {
				return true
			}
		}
		return false
	})
}

// keepsClaims is law 4 of claims: no ordinal goes by a delete while a policy
// would take its claims with it, and asks for none but Retain.
func (j *judge) keepsClaims(w write) {
	before, after := w.before.Set, w.Set
	switch {
	case j.run.Verb == "delete" && after.Replicas < before.Replicas && before.losesClaims():
		j.broken(4, "%s lets ordinals go whose claims go with them: %s, %s", j.describe(w.index), before.WhenDeleted, before.WhenScaled)
	case after.WhenDeleted != before.WhenDeleted || after.WhenScaled != before.WhenScaled:
		if j.run.Verb != "delete" || after.losesClaims() {
			j.broken(4, "%s makes the retention policy %s, %s", j.describe(w.index), after.WhenDeleted, after.WhenScaled)
		}
	}
}

func (s *Set) losesClaims() bool { return s.WhenDeleted == "Delete" || s.WhenScaled == "Delete" }

// end of a set by a delete: the last thing of all, and bound to what was seen.
func (j *judge) end(w write) {
	set := w.before.Set
	switch options, err := optionsOf(w.Request); {
	case err != nil:
		j.broken(4, "%s: %v", j.describe(w.index), err)
	case j.run.Verb != "delete":
		j.broken(4, "%s, which nobody asked for", j.describe(w.index))
	case options.Preconditions.UID != set.UID, options.Preconditions.ResourceVersion != fmt.Sprint(w.before.Version):
		j.broken(5, "%s: its options are %s", j.describe(w.index), w.Request)
	case set.Replicas > 0, len(w.before.Pods) > 0:
		j.broken(1, "%s, and %d pods of it were there", j.describe(w.index), len(w.before.Pods))
	case set.losesClaims():
		j.broken(4, "%s with its claims: %s, %s", j.describe(w.index), set.WhenDeleted, set.WhenScaled)
	}
	j.yields(w)
}

// deleteOptions are the body of a removal.
type deleteOptions struct {
	GracePeriodSeconds *int64
	Preconditions      struct{ UID, ResourceVersion string }
}

func optionsOf(request json.RawMessage) (deleteOptions, error) {
	var options deleteOptions
	err := json.Unmarshal(request, &options)
	return options, err
}

// calls judges what a run wrote beside the set and its pods. Where it made
// something and got no answer, it asks for the same once more: nothing could bind
// that to what it made.
func (j *judge) calls() {
	var made []Call
	for _, c := range j.Calls {
		switch {
		case c.Agent != j.run.Agent, slices.ContainsFunc(made, c.repeats):
			continue
		case c.Made:
			made = append(made, c)
		}
		j.call(c)
	}
}

func (c Call) repeats(earlier Call) bool {
	return c.Verb == earlier.Verb && c.Resource == earlier.Resource && c.Name == earlier.Name && bytes.Equal(c.Request, earlier.Request)
}

func (j *judge) call(c Call) {
	bond := holds(c.Request)
	switch {
	case j.run.Exit == 4:
		j.broken(0, "refused, and %s", c)
	case j.run.Again:
		j.broken(7, "a goal that was reached: %s", c)
	case j.run.Verb == "delete" && c.Resource == "persistentvolumeclaims":
		j.claim(c)
	case j.run.Verb != "apply" || c.Verb != "patch" || c.Resource != "services" && c.Resource != "persistentvolumes":
		j.broken(0, "%s, which nobody asked for", c)
	case c.Made && bond != held{}, !c.Made && (bond.Version == "" || bond.UID == "" && isApply(c.Request)):
		j.broken(5, "%s is not bound to uid and version", c)
	}
}

// claim: a delete sets claims free, and destroys them only where that was asked
// for, when no pod is left.
func (j *judge) claim(c Call) {
	if c.Verb == "patch" {
		if bond := holds(c.Request); bond.UID == "" || bond.Version == "" {
			j.broken(5, "%s is not bound to uid and version", c)
		}
		return
	}
	options, err := optionsOf(c.Request)
	last := j.at(c.Received)
	switch {
	case err != nil:
		j.broken(4, "%s: %v", c, err)
	case !j.run.Claims:
		j.broken(4, "%s, which nobody asked for", c)
	case options.Preconditions.UID == "", options.Preconditions.ResourceVersion == "":
		j.broken(5, "%s: its options are %s", c, c.Request)
	case last.Set == nil, last.Set.Replicas > 0, len(last.Pods) > 0:
		j.broken(4, "%s before the last pod was gone", c)
	}
}

// at is the state when a request came in.
func (h *History) at(t time.Time) State {
	for i, e := range h.Events {
		if e.At.After(t) {
			return h.before(i)
		}
	}
	return h.before(len(h.Events))
}

// Lost are the claims that somebody deleted but those who were asked to: the
// garbage collector, after an owner.
func (h *History) Lost() []Breach {
	var lost []Breach
	for _, c := range h.Calls {
		if c.Resource == "persistentvolumeclaims" && strings.HasPrefix(c.Verb, "delete") && !strings.HasPrefix(c.Agent, "kubectl-sts/") {
			lost = append(lost, Breach{4, c.String()})
		}
	}
	return lost
}

// String names a call by what it did.
func (c Call) String() string {
	return fmt.Sprintf("%s of %s/%s by %.40s", c.Verb, c.Resource, c.Name, c.Agent)
}
