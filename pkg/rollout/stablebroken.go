// SPDX-License-Identifier: Apache-2.0

package rollout

// Where the template that an abort goes back to is broken as well, only another one
// helps: the abort refuses where that is known before, and is not named again where it
// has shown.

// argNoneStood notes that no ordinal stood on the template that a rollout came from
// when it began to replace those that had failed of it.
const argNoneStood = "none-stood"

// correction is what goes forward from two templates that are broken; the user has the file.
const correction = "apply -f FILE --replace-broken"

// neverStood says that the rollout under way replaced every ordinal that there was, each
// of them broken.
func (s State) neverStood() bool {
	r := s.rollout()
	return r != nil && r.Args[argNoneStood] != ""
}

// backToNone refuses to put a template back that no ordinal is known to have stood on.
func (s State) backToNone(stable Revision) error {
	hint := correction
	if len(s.broken()) == 0 && s.Live() != "" {
		hint = Promote{Revision: s.Live()}.words(s)
	}
	return refuse(StableBroken, hint,
		"%s: no ordinal stood on %s, which an abort would put back: %s had failed of it, and had to be replaced; if %s is at fault too, apply a corrected template with --replace-broken",
		s.Set, stable.Name, s.rollout().Args[argReplaced], s.Live())
}

// AbortedInVain says that an abort has put its template back, and that ordinals fail of
// that one: there is nothing left for an abort to do about these.
func (s State) AbortedInVain() bool {
	r := s.held()
	return r != nil && r.Op == opAbort && len(s.broken()) > 0 && s.abortedInVain(r)
}

// abortedInVain is also true of an ordinal that has just been started again after a
// crash, so that the answer is the same from one restart to the next.
func (s State) abortedInVain(r *Record) bool {
	fails := false
	for _, pod := range s.Pods {
		if !pod.Broken() && (pod.Phase != Starting || pod.Restarts == 0) {
			continue
		}
		if !s.onLive(pod) {
			return false
		}
		fails = true
	}
	return fails && s.Set.observed() && r.ToDigest == s.Set.Template
}
