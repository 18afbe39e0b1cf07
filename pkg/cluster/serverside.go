// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/csaupgrade"

	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Taking says what becomes of a field that another manager has.
type Taking string

// The two ways.
const (
	Yield Taking = ""      // a conflict refuses the whole
	Force Taking = "force" // it is taken over (--force-conflicts)
)

// Prospect is what a server-side apply of an object would do, by the server's
// dry run on what is live.
type Prospect struct {
	Object  manifest.Object
	Live    *unstructured.Unstructured // nil: it is not there
	After   *unstructured.Unstructured
	Changes []string // the fields that would differ; nil where it is not there
	// Left are fields that the file does not name and that stay until the
	// managers that wrote them are folded into ours.
	Left []string
	// Kept are entries of a set's template that are others' and that the file does not name.
	Kept []manifest.Conflict
	// Replaced is what others have written and what the file excludes, so that it goes.
	Replaced []manifest.Conflict

	body     []byte
	ports    []any               // of a Service, to be written before the rest; nil for none
	withheld []manifest.Conflict // over fields that body does not send
	taking   Taking
	shares   bool // takes over fields whose values stay as they are
	adopts   bool
	posts    bool // see Posts
	overlays bool // see Overlays
}

// Made says that the object is not there yet.
func (p Prospect) Made() bool { return p.Live == nil }

// Writes says that there is anything to write.
func (p Prospect) Writes() bool {
	if p.overlays {
		return len(p.Changes) > 0
	}
	return p.Made() || len(p.Changes) > 0 || len(p.Left) > 0 || p.hasFormer()
}

// String is what kubectl apply would say of it.
func (p Prospect) String() string {
	switch {
	case p.Made():
		return "created"
	case p.Writes():
		return "configured"
	default:
		return "unchanged"
	}
}

// Foresee asks the server what an apply would do. It writes nothing. Its errors
// are *rollout.Refusal where the object is not to be written, *BadFile where the
// server cannot read it, or the server's.
func (c *Client) Foresee(ctx context.Context, o manifest.Object, taking Taking) (Prospect, error) {
	for tries := c.tries(); ; {
		p, err := c.foresee(ctx, o, taking)
		if !tries.again(ctx, err) {
			return p, err
		}
	}
}

// foresee answers a conflict where the object has moved on since it was read.
func (c *Client) foresee(ctx context.Context, o manifest.Object, taking Taking) (Prospect, error) {
	p := Prospect{Object: o, taking: taking}
	var err error
	if p.Live, err = c.live(ctx, o); err != nil {
		return p, err
	}
	if p.Made() {
		p.taking = Yield // what somebody makes meanwhile is not ours to take over
	}
	if p.body, err = o.Body(c.namespaceOf(o), p.Live); err != nil {
		return p, err
	}
	if !p.Made() && taking != Force {
		if p.withheld, err = o.Withheld(p.Live); err != nil {
			return p, err
		}
	}
	err = c.preview(ctx, &p)
	switch conflicts := contested(err); {
	case len(conflicts) > 0:
		p, err = c.settle(ctx, p, o.Foreign(conflicts))
	case err == nil && len(p.withheld) > 0:
		err = o.Contested(p.withheld)
	}
	if err != nil || p.Made() {
		return p, err
	}
	p.Changes = manifest.Changes(p.Live, p.After)
	if p.overlays {
		return p, nil // nothing is merged, so that nothing is left or kept by managers
	}
	if p.Left, err = o.Left(p.After); err != nil {
		return p, err
	}
	p.Kept, err = o.Kept(p.After)
	return p, err
}

// settle looks past the conflicts: of managers that will be folded, and of values
// that are in the end the live ones. A list that is one value to the server
// conflicts by the defaults that the file leaves out, and taking it over changes
// nothing; the body's resourceVersion keeps that true until it is sent.
func (c *Client) settle(ctx context.Context, p Prospect, foreign []manifest.Conflict) (_ Prospect, err error) {
	if p.Made() {
		return p, p.Object.Contested(foreign)
	}
	forced := p
	forced.shares = true
	if err = c.preview(ctx, &forced); err != nil {
		return p, err
	}
	p.After, p.Replaced, p.ports = forced.After, forced.Replaced, forced.ports
	if over := append(manifest.Differing(foreign, p.Live, p.After), p.withheld...); len(over) > 0 {
		return p, p.Object.Contested(over)
	}
	p.shares = len(foreign) > 0
	return p, nil
}

// Adopting is a prospect whose apply is sent though no value differs by it, so
// that our Apply has all that the file names.
func (p Prospect) Adopting() Prospect {
	p.adopts = true
	return p
}

// KeepingTemplate is a prospect of a set whose template stays as it is.
func (p Prospect) KeepingTemplate() (Prospect, error) {
	p.After = p.After.DeepCopy()
	p.Changes = slices.DeleteFunc(slices.Clone(p.Changes), func(field string) bool { return field == "spec.template" })
	return p, copyField(p.After, p.Live, "spec", "template")
}

// ServerSide applies an object, if it is still the one that was foreseen: where
// it has moved on, or no answer came, it is foreseen anew, and holds has the last word
// on that.
func (c *Client) ServerSide(ctx context.Context, p Prospect, holds func(Prospect) error) (Prospect, error) {
	for tries := c.tries(); ; {
		after, err := c.once(ctx, p, holds)
		if !tries.again(ctx, err) {
			return after, err
		}
		if p, err = c.anew(ctx, after); after.Made() && !p.Made() {
			err = cmp.Or(holds(p), err) // before anything of what another has made is folded
		}
		if err != nil {
			return p, err
		}
	}
}

// once folds and applies. A conflict that it answers is that of a version.
func (c *Client) once(ctx context.Context, p Prospect, holds func(Prospect) error) (_ Prospect, err error) {
	if p.ports != nil {
		if p, err = c.renumber(ctx, p); err != nil {
			return p, err
		}
	}
	writes := p.adopts && !p.overlays || p.Writes()
	if writes && !p.Made() && !p.overlays {
		if p, err = c.Fold(ctx, p); err != nil {
			return p, err
		}
		writes = p.adopts || p.Writes()
	}
	if err := holds(p); err != nil || !writes {
		return p, err
	}
	after, err := c.send(ctx, p)
	if conflicts := p.over(err); len(conflicts) > 0 {
		return p, p.Object.Contested(conflicts)
	}
	if err != nil {
		return p, err
	}
	p.After = after
	return p, p.ours()
}

// over are the conflicts of an answer that the user has to decide. Where those
// that are folded have written since, the object has moved on, and no more.
func (p Prospect) over(err error) []manifest.Conflict {
	if p.Made() {
		return contested(err)
	}
	return p.Object.Foreign(contested(err))
}

// Fold gives our Apply what kubectl apply and our own Updates have written, so
// that the file alone says what stays. It changes no value. Where there is
// nothing to fold, it returns the prospect as it is.
func (c *Client) Fold(ctx context.Context, p Prospect) (Prospect, error) {
	for tries := c.tries(); ; {
		patch, err := csaupgrade.UpgradeManagedFieldsPatch(p.unapplied(), folding(p), fieldManager)
		if err != nil || patch == nil {
			return p, err
		}
		folded, err := c.resource(p.Object).Patch(ctx, p.Object.Name, types.JSONPatchType, patch, patchOptions())
		if err == nil {
			err = p.unmoved(folded)
		}
		if err != nil && !tries.again(ctx, err) {
			return p, err
		}
		if p, err = c.anew(ctx, p); err != nil {
			return p, err
		}
	}
}

// unmoved is the failure of a set that has come to another generation by a write that
// changes no value of it.
func (p Prospect) unmoved(after *unstructured.Unstructured) error {
	if p.Object.Kind != manifest.Set || after.GetGeneration() == p.Live.GetGeneration() {
		return nil
	}
	set, err := rollout.LookSet(after)
	if err != nil {
		return err
	}
	return set.RestRewrote()
}

// anew foresees an object again that has moved on, unless it is another one now.
func (c *Client) anew(ctx context.Context, was Prospect) (Prospect, error) {
	p, err := c.Foresee(ctx, was.Object, was.taking)
	p.adopts = was.adopts
	if err != nil || was.Made() || !p.Made() && p.Live.GetUID() == was.Live.GetUID() {
		return p, err
	}
	return p, &rollout.Superseded{Reason: rollout.SetReplaced, Message: fmt.Sprintf("%s was deleted by somebody else meanwhile", p.Object)}
}

// formerApply stands for our Apply under the former name while it is folded: by that
// name alone it could not be told from our Updates, which of a volume are not folded.
const formerApply = rollout.FormerFieldManager + "-apply"

// unapplied is the live object with our Apply under the former name as an Update, which
// can be folded.
func (p Prospect) unapplied() *unstructured.Unstructured {
	if !p.hasFormer() {
		return p.Live
	}
	live := p.Live.DeepCopy()
	entries := live.GetManagedFields()
	for i := range entries {
		if isFormerApply(entries[i]) {
			entries[i].Manager, entries[i].Operation = formerApply, metav1.ManagedFieldsOperationUpdate
		}
	}
	live.SetManagedFields(entries)
	return live
}

// hasFormer says that the object has an Apply of ours under the former name.
func (p Prospect) hasFormer() bool {
	return !p.Made() && slices.ContainsFunc(p.Live.GetManagedFields(), isFormerApply)
}

func isFormerApply(entry metav1.ManagedFieldsEntry) bool {
	return entry.Manager == rollout.FormerFieldManager && entry.Operation == metav1.ManagedFieldsOperationApply && entry.Subresource == ""
}

// folding are the managers of an object that are folded.
func folding(p Prospect) sets.Set[string] {
	names := sets.New[string]()
	if p.hasFormer() {
		names.Insert(formerApply)
	}
	for _, entry := range p.Live.GetManagedFields() {
		if entry.Operation == metav1.ManagedFieldsOperationUpdate && entry.Subresource == "" && p.Object.Folds(entry.Manager) {
			names.Insert(entry.Manager)
		}
	}
	return names
}

// ours: nothing but the version of [Prospect.exclusive] keeps two from making an object of
// one name at the same time by server-side apply. It is never forced, so that it changes no
// value of the other's; and the answer shows the other one.
func (p Prospect) ours() error {
	if !p.Made() || p.posts {
		return nil
	}
	for _, managerName := range writers(p.After) {
		if managerName != "" {
			return &rollout.Superseded{Reason: rollout.SpecChanged, Message: fmt.Sprintf("%s was made by %q at the same time; look at it, and run the same command again", p.Object, managerName)}
		}
	}
	return nil
}

// writers are the managers of an object, status apart; "" stands for our Apply.
func writers(object *unstructured.Unstructured) []string {
	var names []string
	for _, entry := range object.GetManagedFields() {
		switch {
		case entry.Subresource != "":
		case entry.Manager == fieldManager && entry.Operation == metav1.ManagedFieldsOperationApply:
			names = append(names, "")
		default:
			names = append(names, entry.Manager)
		}
	}
	return names
}

// Makers are the managers of an object that is there, status apart, each once.
func (p Prospect) Makers() []string {
	var names []string
	for _, managerName := range writers(p.Live) {
		if managerName = fmt.Sprintf("%q", cmp.Or(managerName, fieldManager)); !slices.Contains(names, managerName) {
			names = append(names, managerName)
		}
	}
	if len(names) == 0 {
		return []string{"somebody else"}
	}
	return names
}

// Done says that what is there is what our Apply makes of it, by nobody else: a
// request that made it was answered by an error.
func (p Prospect) Done() bool {
	return !p.Made() && !p.Writes() && slices.Equal(writers(p.Live), []string{""})
}

// live is what is there under the object's name; nil for nothing.
func (c *Client) live(ctx context.Context, o manifest.Object) (*unstructured.Unstructured, error) {
	object, err := c.resource(o).Get(ctx, o.Name, metav1.GetOptions{})
	if IsMissing(err) {
		return nil, nil
	}
	return object, err
}

// send makes the one request of an apply.
func (c *Client) send(ctx context.Context, p Prospect, dryRun ...string) (*unstructured.Unstructured, error) {
	switch {
	case p.posts:
		return c.post(ctx, p, dryRun...)
	case p.overlays:
		return c.overlay(ctx, p, dryRun...)
	}
	options := patchOptions(dryRun...)
	force := p.taking == Force || p.shares
	options.Force = &force
	body, err := p.exclusive()
	if err != nil {
		return nil, err
	}
	after, err := c.resource(p.Object).Patch(ctx, p.Object.Name, types.ApplyPatchType, body, options)
	if err != nil {
		return nil, p.why(err)
	}
	return after, nil
}

// noVersion is a resourceVersion that no object has: the first write of a storage makes 2.
const noVersion = "1"

// exclusive is the body of an apply that makes a set, and changes none: a version in it is
// held against what is there, and is dropped where nothing is
// (staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go: Update). Of two
// that make the same set at once, the second one's is answered by a conflict, also where
// both have the same manager.
func (p Prospect) exclusive() ([]byte, error) {
	if !p.Made() || p.Object.Kind != manifest.Set {
		return p.body, nil
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(p.body); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Object, err)
	}
	object.SetResourceVersion(noVersion)
	return object.MarshalJSON()
}

// why tells the answers that are about the file from the server's other ones.
func (p Prospect) why(err error) error {
	var answer apierrors.APIStatus
	if !p.Made() && errors.As(err, &answer) {
		if refusal := p.Object.Fixed(answer.Status()); refusal != nil {
			return refusal
		}
	}
	return illegible(p.Object, err)
}

func (c *Client) resource(o manifest.Object) dynamic.ResourceInterface {
	resource := c.raw.Resource(o.Resource.GroupVersionResource)
	if !o.Resource.Namespaced {
		return resource
	}
	return resource.Namespace(c.namespaceOf(o))
}

// namespaceOf is where an object is: only those that are applied beside a set may be
// in another namespace than the set's.
func (c *Client) namespaceOf(o manifest.Object) string {
	if o.Managed() {
		return c.namespaceName
	}
	return cmp.Or(o.Namespace, c.namespaceName)
}

func contested(err error) []manifest.Conflict {
	var answer apierrors.APIStatus
	if !errors.As(err, &answer) {
		return nil
	}
	return manifest.ConflictsOf(answer.Status())
}

// BadFile says that the server can make nothing of a document.
type BadFile struct {
	Message string
	doubled bool // a list has entries of one key, and nothing else is wrong
}

func (b *BadFile) Error() string { return b.Message }

// untyped is how a server begins that cannot read what is applied; it answers
// with 500 and no reason (apimachinery/pkg/util/managedfields/internal/
// structuredmerge.go: Apply).
const untyped = "failed to create typed patch object ("

// linesOf is what is wrong with a document, which the server tells a line each.
func linesOf(why string) (parts []string) {
	for line := range strings.Lines(why) {
		if part := strings.TrimPrefix(strings.TrimSpace(line), "."); part != "" && part != "errors:" {
			parts = append(parts, part)
		}
	}
	return parts
}

func illegible(o manifest.Object, err error) error {
	var answer apierrors.APIStatus
	if !errors.As(err, &answer) {
		return err
	}
	status := answer.Status()
	_, why, ok := strings.Cut(status.Message, untyped)
	switch {
	case ok:
		_, why, _ = strings.Cut(why, "): ")
		parts := linesOf(why)
		return &BadFile{fmt.Sprintf("%s: %s", o, strings.Join(parts, "; ")), onlyDoubled(parts)}
	case status.Code == http.StatusBadRequest:
		return &BadFile{Message: fmt.Sprintf("%s: %s", o, legible(err))}
	default:
		return err
	}
}
