// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"fmt"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Fate is what becomes of the pods of a template.
type Fate string

// The fates.
const (
	Good      Fate = "good"
	Slow      Fate = "slow"       // takes minutes at each stage, within its startup probe's budget
	Unpulled  Fate = "unpulled"   // ImagePullBackOff
	NeverPull Fate = "never-pull" // ErrImageNeverPull
	Crashing  Fate = "crashing"   // never Ready
	Flapping  Fate = "flapping"   // Ready for seconds, then crashes: no readiness probe
	Unready   Fate = "unready"    // runs, and its readiness probe fails
	Unplaced  Fate = "unplaced"   // no node takes it
	Denied    Fate = "denied"     // a quota refuses the pod
	Unrevised Fate = "unrevised"  // a quota refuses the ControllerRevision
)

// Bytes says in which bytes a template is stored. A server writes all that it
// stores today as Modern; the others are what older servers left.
type Bytes string

// The bytes of one meaning.
const (
	Modern    Bytes = ""           // as the server stores it today
	NullStamp Bytes = "null-stamp" // with metadata.creationTimestamp null, before 1.34
	Undefault Bytes = "undefault"  // without a field that is filled in today
	Stamped   Bytes = "stamped"    // with an annotation of a webhook, which its dry run does not show
)

// Template is a pod template: a meaning, which is its name, and bytes.
type Template struct {
	Name  string
	Bytes Bytes
}

// Raw is the template as JSON.
func (t Template) Raw() []byte {
	meta, spec := `"labels":{"app":"web"}`, `,"terminationGracePeriodSeconds":30`
	switch t.Bytes {
	case NullStamp:
		meta = `"creationTimestamp":null,` + meta
	case Undefault:
		spec = ""
	case Stamped:
		meta = `"annotations":{"policy":"checked"},` + meta
	}
	return fmt.Appendf(nil, `{"metadata":{%s},"spec":{"containers":[{"image":"web:%s","name":"main"}]%s}}`, meta, t.Name, spec)
}

// modern is what the server makes of a template that is sent to it.
func (t Template) modern() Template { return Template{Name: t.Name} }

// Patch is the template as a run writes it, with the digest that the server's
// dry run answers.
func (t Template) Patch() rollout.Template {
	return rollout.Template{Raw: t.Raw(), Digest: t.modern().digest()}
}

// digest goes by package rollout's own function, since it is opaque to the
// model: the model compares names and bytes.
func (t Template) digest() string {
	digest, err := rollout.Digest(t.Raw())
	if err != nil { // Raw is JSON
		return err.Error()
	}
	return digest
}
