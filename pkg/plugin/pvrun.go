// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/render"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// volumeRun is one run of an acting pv command.
type volumeRun struct {
	session
	request VolumeRequest
	client  *cluster.Client
	store   *cluster.Store
	plan    volume.Plan
	done    []volume.Step // those carried out, with what the server answered
}

// run works for one set after the other, up to the first that fails. Of several those
// without claims are passed over.
func (r VolumeRequest) run(ctx context.Context, s session) error {
	if err := s.voice.paint(r.Run.Color); err != nil {
		return err
	}
	if r.Subject.SetName != "" {
		return r.one(ctx, s)
	}
	m, err := parseManifest(r.Subject)
	if err != nil {
		return err
	}
	done := 0
	for _, set := range m.sets {
		if len(set.Spec.VolumeClaimTemplates) == 0 {
			s.voice.note("statefulset.apps/%s has no claims", set.Name)
			continue
		}
		r.Subject.SetName = set.Name
		if err := s.separate(done, r.Run.Output); err != nil {
			return err
		}
		if err := r.one(ctx, s); err != nil {
			return err
		}
		done++
	}
	return nil
}

func (r VolumeRequest) one(ctx context.Context, s session) error {
	ctx, cancel := withTimeout(ctx, r.Run.Timeout)
	defer cancel()
	run := &volumeRun{session: s, request: r}
	flush := run.buffered(nil)
	return flush(run.conclude(ofVolumes(caused(ctx, run.perform(ctx)))))
}

// cutShort is the end of a run that wrote volumes, and none of the set.
type cutShort struct{ error }

func (e cutShort) Error() string {
	return strings.Replace(e.error.Error(), setStays, "the volumes that are done stay", 1)
}

func (e cutShort) Unwrap() error { return e.error }

// ofVolumes says what stays where a run is cut.
func ofVolumes(err error) error {
	var (
		late    *timeoutError
		stopped *Interrupt
	)
	if errors.As(err, &late) || errors.As(err, &stopped) {
		return cutShort{err}
	}
	return err
}

func (r *volumeRun) perform(ctx context.Context) error {
	if err := r.look(ctx); err != nil {
		return err
	}
	switch r.request.Run.DryRun {
	case DryRunClient:
		return nil
	case DryRunServer:
		return r.carryOut(ctx, metav1.DryRunAll)
	}
	if err := r.carryOut(ctx); err != nil || !r.request.Run.Wait {
		return err
	}
	return r.await(ctx)
}

// look reads what there is and plans.
func (r *volumeRun) look(ctx context.Context) error {
	found, err := r.find(ctx, r.request.Subject)
	if err != nil {
		return err
	}
	r.client = found.client
	if err := r.allowed(ctx); err != nil {
		return err
	}
	if r.store, err = r.client.OpenStore(ctx); err != nil {
		return err
	}
	if r.plan, err = r.request.Work.Plan(ctx, r.client, volume.SetOf(found.set), r.store.Stock()); err != nil {
		return err
	}
	for _, text := range r.plan.Told {
		r.voice.note("%s", text)
	}
	for _, text := range r.plan.Warnings {
		r.voice.warn("%s", text)
	}
	return nil
}

func (r *volumeRun) allowed(ctx context.Context) error {
	rules := looksAtVolumes()
	if r.request.Run.DryRun != DryRunClient {
		rules = append(rules,
			cluster.Rule{Verb: r.request.Work.Verb(), Resource: "persistentvolumes", Wide: true},
			cluster.Rule{Verb: "watch", Resource: "persistentvolumes", Wide: true},
			cluster.Rule{Verb: "watch", Resource: "persistentvolumeclaims"},
			cluster.Rule{Verb: "patch", Resource: "persistentvolumeclaims", Why: "claims that wait are bound up to 15s later"})
	}
	_, err := r.permitted(ctx, r.client, rules)
	return err
}

// carryOut makes the writes, one after the other, and tells each.
func (r *volumeRun) carryOut(ctx context.Context, dryRun ...string) error {
	for _, step := range r.plan.Steps {
		if step.Writes() {
			after, err := r.client.CarryOut(ctx, step, dryRun...)
			if err != nil {
				return err
			}
			step.After = *after
		}
		r.done = append(r.done, step)
		if r.request.Run.Output == "" && len(dryRun) == 0 {
			if _, err := fmt.Fprintln(r.Streams.Out, render.Escape("persistentvolume/"+step.After.Name+" "+step.Text())); err != nil {
				return err
			}
		}
	}
	return nil
}

// await asserts that the binder does what was planned.
func (r *volumeRun) await(ctx context.Context) error {
	bindings := r.plan.Bindings()
	progress, err := r.store.Stock().Assert(r.client.Namespace(), bindings)
	if err != nil {
		return err
	}
	if r.plan.Writes() > 0 && len(progress.Waiting) > 0 {
		if err := r.store.Nudge(ctx, progress.Waiting); err != nil {
			return err
		}
	}
	told := ""
	err = r.store.Await(ctx, bindings, func(p volume.Progress) {
		text := waitingText(p)
		if text != told && len(p.Waiting) > 0 {
			r.voice.note("%s", text)
		}
		told = text
	})
	if errors.Is(err, context.DeadlineExceeded) && told != "" {
		return fmt.Errorf("%w; %s", caused(ctx, err), told)
	}
	return err
}

// waitingText is what the binder has not done yet; claims only, since it takes
// note of a volume in no time.
func waitingText(p volume.Progress) string {
	if len(p.Waiting) == 0 {
		return "waiting for the binder to take note of the volumes"
	}
	return "waiting for the binder: " + rollout.Some(p.Waiting)
}

// conclude tells the result, and what went wrong.
func (r *volumeRun) conclude(err error) error {
	code, reason, hint := verdict(err)
	var bad *UsageError
	if errors.As(err, &bad) && r.request.Run.Output == "" {
		return err
	}
	if printErr := r.show(err, code, reason); printErr != nil {
		return printErr
	}
	if err == nil {
		return nil
	}
	r.voice.say("%s", sentence(err))
	if hint != "" {
		r.voice.say("hint: %s", hint)
	}
	if len(r.done) > 0 && r.request.Run.DryRun == DryRunNone {
		r.voice.say("state: %d of %d volumes are done", len(r.done), len(r.plan.Steps))
		r.voice.say("next: %s", r.again(r.placed()...))
	}
	return codeError(code)
}

// placed is the flag that names the namespace; none where a manifest has several sets,
// which may name theirs.
func (r *volumeRun) placed() []string {
	if r.request.Subject.SetName == "" {
		return nil
	}
	return r.in(r.plan.Set.Namespace)
}

// show prints the manifests or the table of a dry run, the document of a run.
func (r *volumeRun) show(err error, code int, reason rollout.Reason) error {
	output, planned := r.request.Run.Output, r.request.Run.DryRun != DryRunNone && err == nil
	switch {
	case output == "name":
		return r.names()
	case output != "" && planned:
		return r.print(output, rollout.Set{}, render.VolumeManifests(r.plan))
	case output != "":
		message := "done"
		if err != nil {
			message = err.Error()
		}
		return r.print(output, rollout.Set{}, render.VolumeResultDocument(render.VolumeOutcome{
			Command: r.request.Command, SetName: r.request.Subject.SetName, Namespace: r.namespace(),
			ExitCode: code, Reason: string(reason), Message: message, DryRun: r.request.Run.DryRun.shown(), Steps: r.done,
		}))
	case planned:
		return r.table()
	case err == nil && len(r.plan.Steps) == 0:
		_, printErr := fmt.Fprintf(r.Streams.Out, "%s: nothing to do\n", render.Escape(r.plan.Set.String()))
		return printErr
	}
	return nil
}

func (r *volumeRun) namespace() string {
	if r.client == nil {
		return ""
	}
	return r.client.Namespace()
}

func (r *volumeRun) table() error {
	style, err := render.StyleOf(r.Streams.Out, r.request.Run.Color)
	if err != nil {
		return usage("%v", err)
	}
	return render.VolumePlan(r.Streams.Out, style, r.plan, r.request.Run.DryRun.shown())
}

func (r *volumeRun) names() error {
	steps := r.done
	if r.request.Run.DryRun != DryRunNone {
		steps = r.plan.Steps
	}
	for _, step := range steps {
		if step.Action == volume.Skip {
			continue
		}
		if _, err := fmt.Fprintln(r.Streams.Out, "persistentvolume/"+step.After.Name); err != nil {
			return err
		}
	}
	return nil
}

// looksAtVolumes are the permissions of every command that judges volumes.
func looksAtVolumes() []cluster.Rule {
	return []cluster.Rule{
		{Verb: "list", Resource: "persistentvolumes", Wide: true},
		{Verb: "list", Resource: "persistentvolumeclaims"},
		{Verb: "list", Group: "storage.k8s.io", Resource: "storageclasses", Wide: true, Why: "a default class, and whether a class provisions, is not seen"},
	}
}
