// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"fmt"
	"path"
	"slices"
	"time"
)

// fewAnswers is how many are kept for [History.Last].
const fewAnswers = 12

// Last is what was written last, in words, refused or not: where nothing moves
// any more, it shows who should have.
func (h *History) Last() []string { return h.answers }

func (h *History) note(e entry) {
	if e.Stage != complete || slices.Contains([]string{"get", "list", "watch"}, e.Verb) {
		return
	}
	h.answers = append(h.answers, fmt.Sprintf("%s %s %s %s %s %d",
		e.At.Format(time.StampMilli), e.Agent, e.Verb, path.Join(e.ObjectRef.Resource, e.ObjectRef.Name), e.ObjectRef.Subresource, e.ResponseStatus.Code))
	h.answers = h.answers[max(0, len(h.answers)-fewAnswers):]
}
