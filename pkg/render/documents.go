// SPDX-License-Identifier: Apache-2.0

package render

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Onward is how to go on from a status.
type Onward struct {
	Next []string // commands; of several, either
	Hint string   // what may help, where the user has to complete it or to know more
}

// StatusDocument is the status of one set as an object to print, with what goes on
// from it.
func StatusDocument(s rollout.State, on Onward) runtime.Object {
	d := statusOf(s)
	d.Next, d.Hint = on.Next, on.Hint
	return d
}

// StatusListDocument is the status of several sets as an object to print.
func StatusListDocument(sets []rollout.State) runtime.Object {
	list := &StatefulSetStatusList{TypeMeta: typeOf(KindStatusList), Items: []StatefulSetStatus{}}
	for _, s := range sets {
		list.Items = append(list.Items, *statusOf(s))
	}
	return list
}

// EventDocument is an event as an object to print; s is the sighting that it
// came with.
func EventDocument(e rollout.Event, s rollout.State) runtime.Object {
	d := &RolloutEvent{
		TypeMeta: typeOf(KindEvent), ObjectMeta: nameOf(s.Set), Type: e.Type, Time: metav1.NewTime(e.At),
		State: s.Word(), Updated: s.Updated(), Replicas: s.Set.Replicas,
		Change: changeStatus(e.Change), Blockers: blockerStatus(e.Blockers), Message: e.Message,
	}
	if s.At.IsZero() { // the set has not been seen yet
		d.State = ""
	}
	if e.Type == rollout.OrdinalEvent {
		d.Ordinal, d.Restarts = &e.Ordinal, &e.Restarts
		d.Pod, d.Was, d.Phase, d.Revision, d.Replaced = e.PodName, e.Was, e.Phase, e.Revision, e.Replaced
		d.Cause, d.Remedy = causeStatus(e.Cause), e.Cause.Remedy(s.Set, e.PodName)
	}
	return d
}

// Compact writes a document on one line, as a stream of them wants it.
func Compact(w io.Writer, document runtime.Object) error {
	line, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("document of kind %q: %w", document.GetObjectKind().GroupVersionKind().Kind, err)
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}

func typeOf(kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: APIVersion, Kind: kind}
}

func nameOf(set rollout.Set) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: set.Name, Namespace: set.Namespace}
}

func statusOf(s rollout.State) *StatefulSetStatus {
	d := &StatefulSetStatus{
		TypeMeta: typeOf(KindStatus), ObjectMeta: nameOf(s.Set), Set: setStatus(s),
		Ordinals: ordinals(s, s.Pods), Surplus: ordinals(s, s.Surplus),
	}
	for _, stray := range s.Strays {
		d.Strays = append(d.Strays, StrayStatus{Pod: stray.PodName, Why: stray.Why})
	}
	return d
}

func setStatus(s rollout.State) SetStatus {
	sum := tally(s)
	d := SetStatus{
		State: s.Word(), At: metav1.NewTime(s.At), UID: string(s.Set.UID), CreatedAt: metav1.NewTime(s.Set.Created), Strategy: s.Set.Strategy,
		PodManagementPolicy: policyOf(s.Set), Partition: index(s.Set.Partition), OwnPartition: index(s.Own()),
		Replicas: s.Set.Replicas, Updated: s.Updated(), Ready: sum.ready, Available: sum.available,
		Start: s.Set.Start, MinReadySeconds: s.Set.MinReadySeconds,
		Generation: s.Set.Generation, ObservedGeneration: s.Set.Observed,
		CurrentRevision: s.Set.Current, UpdateRevision: s.Set.Update,
		StableRevision: stableName(s), LiveRevision: s.Live(), Differences: differences(s),
		Service: s.Set.ServiceName, ServiceMissing: s.Around.Ungoverned, Finalizers: s.Set.Finalizers, ClaimTemplates: s.Set.ClaimTemplates, Record: recordStatus(s), Blind: s.Blind,
	}
	d.Changed = s.ForeignChange()
	if by, reverted := s.Reverted(); reverted {
		d.Reverted = &RevertedStatus{By: by.Manager, At: moment(by.At)}
	}
	_, d.PartitionLeft = s.Leftover()
	for _, h := range s.Hands("") {
		d.Hands = append(d.Hands, HandStatus{Kind: h.Kind, Name: h.Name, Meaning: h.Meaning})
	}
	for _, b := range s.Around.Budgets {
		d.Budgets = append(d.Budgets, BudgetStatus{Name: b.Name, DisruptionsAllowed: b.Allowed})
	}
	return d
}

// index is null where there is no rollingUpdate block.
func index(p rollout.Partition) *int32 {
	if p.Nil {
		return nil
	}
	return &p.Index
}

func recordStatus(s rollout.State) *RecordStatus {
	r := s.Set.Record
	if r == nil || r.UID != s.Set.UID { // of an earlier set of the same name
		return nil
	}
	d := &RecordStatus{Op: r.Op, State: r.State, Run: r.Run, From: r.From, Generation: r.Gen, At: metav1.NewTime(r.At)}
	if n, says := r.TargetReplicas(); says {
		d.TargetReplicas = &n
	}
	if n, says := r.TargetOrdinals(); says {
		d.TargetOrdinals = &n
	}
	return d
}

func ordinals(s rollout.State, pods []rollout.Pod) []OrdinalStatus {
	list := make([]OrdinalStatus, 0, len(pods))
	for _, pod := range pods {
		list = append(list, ordinalStatus(s, pod))
	}
	return list
}

func ordinalStatus(s rollout.State, pod rollout.Pod) OrdinalStatus {
	d := OrdinalStatus{
		Ordinal: pod.Ordinal, Pod: pod.Name, UID: string(pod.UID), Phase: pod.Phase, Revision: pod.Revision,
		Updated: s.OnLive(pod), Restarts: pod.Restarts, Node: pod.Node,
		CreatedAt: moment(pod.Created), Since: moment(pod.Since),
		Cause: causeStatus(pod.Cause), Remedy: pod.Cause.Remedy(s.Set, pod.Name),
	}
	if until, soaks := s.Soaks(pod); soaks && s.Set.InRange(pod.Ordinal) {
		d.SoaksUntil = moment(until)
	}
	if pod.RemadeText(s.At) != "" {
		d.Made = pod.Made.Times
	}
	for _, c := range claimsOf(s, pod) {
		d.Claims = append(d.Claims, ClaimStatus{Name: c.Name, Phase: c.Phase, Volume: c.VolumeName, Capacity: c.Capacity})
	}
	if b := pod.Before; b != nil {
		d.Before = &EndingStatus{UID: string(b.UID), At: metav1.NewTime(b.At), Reason: b.Reason, Message: b.Message, Own: b.Own, Row: b.Row}
	}
	return d
}

func causeStatus(c rollout.Cause) *CauseStatus {
	if c.ID == "" {
		return nil
	}
	d := &CauseStatus{ID: c.ID, Message: c.Message, Log: c.Log, Container: c.Container}
	if c.Details != "" {
		d.Details = strings.Split(c.Details, "\n")
	}
	return d
}

func blockerStatus(blockers []rollout.Blocker) []BlockerStatus {
	var list []BlockerStatus
	for _, b := range blockers {
		list = append(list, BlockerStatus{
			Pod: b.PodName, Phase: b.Phase, Cause: causeStatus(b.Cause), Message: b.Message, Failed: b.Failed,
		})
	}
	return list
}

func planStatus(plan *rollout.Plan) *PlanStatus {
	if plan == nil {
		return nil
	}
	d := &PlanStatus{Hold: blockerStatus(plan.Hold), Steps: []StepStatus{}}
	for _, step := range plan.Steps {
		d.Steps = append(d.Steps, StepStatus{Change: *changeStatus(&step.Change), Until: step.Until})
	}
	return d
}

func changeStatus(c *rollout.Change) *ChangeStatus {
	if c == nil {
		return nil
	}
	d := &ChangeStatus{Why: c.Why, Nudge: c.Nudge != nil}
	if c.Pod != nil {
		d.RemovedPod = c.Pod.PodName
	}
	if claim := c.Claim; claim != nil && claim.Frees == nil {
		d.RemovedClaim = claim.ClaimName
	} else if claim != nil {
		d.FreedClaim = claim.ClaimName
	}
	d.RemovedSet = c.End != nil
	if p := c.Set; p != nil {
		d.Replicas, d.Record = p.Replicas, string(p.Record.State)
		if p.Retention != nil {
			d.Retention = p.Retention.String()
		}
		if p.Template != nil {
			d.Template = p.Template.Digest
		}
		if p.Partition != nil {
			d.Partition, d.DropsPartition = index(*p.Partition), p.Partition.Nil
		}
	}
	return d
}

// moment is null for a time that is not known.
func moment(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	at := metav1.NewTime(t)
	return &at
}
