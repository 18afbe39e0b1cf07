// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// History is what happened in one namespace, in which there is one set.
type History struct {
	Events  []Event // versions of the set and of its pods, by resourceVersion
	Calls   []Call  // writes of everything else, in the order of the log
	Watches []*Stream
	ends    []Event  // of sets, which no resourceVersion puts in its place
	answers []string // the last ones, see Last
}

// Event is one stored write.
type Event struct {
	Version  int64
	Received time.Time
	At       time.Time
	Agent    string
	Verb     string
	Status   bool // of the status alone
	Forced   bool // a server-side apply that takes over what others have
	Request  json.RawMessage
	Set      *Set // one of the two
	Pod      *Pod
}

// Call is a stored write of what is neither a set nor a pod: the log has what was
// asked for, and not what became of it.
type Call struct {
	Resource, Name string
	Agent, Verb    string
	Made           bool // it was not there before
	Request        json.RawMessage
	Received       time.Time
}

// Set is a version of the set.
type Set struct {
	Name, UID    string
	Generation   int64
	Replicas     int32
	Partition    int32
	Start        int32
	Strategy     string
	Template     string // its JSON
	OrderedReady bool
	MinReady     time.Duration
	WhenDeleted  string // what becomes of claims
	WhenScaled   string
	Observed     int64
	Current      string
	Update       string
	Record       string
	Gone         bool
}

// Pod is a version of a pod.
type Pod struct {
	Name, UID   string
	Ordinal     int32
	Revision    string
	Ready       bool
	ReadySince  time.Time
	Started     time.Time // of its newest container
	Terminating bool
	Gone        bool
}

// Stream is a watch: from when the server began to answer to its end.
type Stream struct {
	id       string
	Agent    string
	Resource string
	From, To time.Time // To is zero while it lasts
}

const (
	complete = "ResponseComplete"
	started  = "ResponseStarted"
)

func (h *History) take(e entry) error {
	h.note(e)
	switch {
	case e.Verb == "watch":
		h.stream(e)
		return nil
	case e.Stage != complete || e.ResponseStatus.Code >= 300 || strings.Contains(e.URI, "dryRun"), e.Verb == "get", e.Verb == "list":
		return nil
	case len(e.Response) == 0:
		h.Calls = append(h.Calls, Call{
			Resource: e.ObjectRef.Resource, Name: e.ObjectRef.Name, Agent: e.Agent, Verb: e.Verb,
			Made: e.ResponseStatus.Code == http.StatusCreated, Request: e.Request, Received: e.Received,
		})
		return nil
	}
	return h.event(e)
}

func (h *History) event(e entry) error {
	event := Event{
		Received: e.Received, At: e.At, Agent: e.Agent, Verb: e.Verb, Forced: strings.Contains(e.URI, "force=true"),
		Status: e.ObjectRef.Subresource == "status", Request: e.Request,
	}
	var answer struct {
		Kind    string
		Details struct{ UID string }
	}
	if err := json.Unmarshal(e.Response, &answer); err != nil {
		return err
	}
	var err error
	switch {
	case answer.Kind == "StatefulSet":
		event.Set, event.Version, err = setOf(e.Response)
	case answer.Kind == "Pod":
		event.Pod, event.Version, err = podOf(e.Response, e.Verb)
	case answer.Kind == "Status" && e.Verb == "delete" && e.ObjectRef.Resource == "statefulsets":
		event.Set = &Set{Name: e.ObjectRef.Name, UID: answer.Details.UID, Gone: true}
		h.ends = append(h.ends, event)
		return nil
	default: // a binding, or the removal of what was gone already
		return nil
	}
	if event.Version == 0 { // the same: another's removal came first
		return err
	}
	h.Events = append(h.Events, event)
	return err
}

func (h *History) stream(e entry) {
	if e.Stage == started {
		h.Watches = append(h.Watches, &Stream{id: e.AuditID, Agent: e.Agent, Resource: e.ObjectRef.Resource, From: e.At})
		return
	}
	for _, s := range h.Watches {
		if s.id == e.AuditID {
			s.To = e.At
		}
	}
}

func setOf(raw json.RawMessage) (*Set, int64, error) {
	var set appsv1.StatefulSet
	if err := json.Unmarshal(raw, &set); err != nil {
		return nil, 0, err
	}
	template, err := json.Marshal(set.Spec.Template)
	if err != nil {
		return nil, 0, err
	}
	s := &Set{
		Name: set.Name, UID: string(set.UID), Generation: set.Generation, Strategy: string(set.Spec.UpdateStrategy.Type),
		Template: string(template), OrderedReady: set.Spec.PodManagementPolicy == appsv1.OrderedReadyPodManagement,
		MinReady: time.Duration(set.Spec.MinReadySeconds) * time.Second, Observed: set.Status.ObservedGeneration,
		Current: set.Status.CurrentRevision, Update: set.Status.UpdateRevision, Record: set.Annotations["kubectl-sts/rollout"],
	}
	if policy := set.Spec.PersistentVolumeClaimRetentionPolicy; policy != nil {
		s.WhenDeleted, s.WhenScaled = string(policy.WhenDeleted), string(policy.WhenScaled)
	}
	if set.Spec.Replicas != nil {
		s.Replicas = *set.Spec.Replicas
	}
	if rolling := set.Spec.UpdateStrategy.RollingUpdate; rolling != nil && rolling.Partition != nil {
		s.Partition = *rolling.Partition
	}
	if set.Spec.Ordinals != nil {
		s.Start = set.Spec.Ordinals.Start
	}
	version, err := versionOf(set.ResourceVersion)
	return s, version, err
}

func versionOf(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	return strconv.ParseInt(text, 10, 64)
}

func podOf(raw json.RawMessage, verb string) (*Pod, int64, error) {
	var pod corev1.Pod
	if err := json.Unmarshal(raw, &pod); err != nil {
		return nil, 0, err
	}
	ordinal, err := strconv.ParseInt(pod.Labels["apps.kubernetes.io/pod-index"], 10, 32)
	if err != nil {
		return nil, 0, err
	}
	p := &Pod{
		Name: pod.Name, UID: string(pod.UID), Ordinal: int32(ordinal), Revision: pod.Labels["controller-revision-hash"],
		Terminating: pod.DeletionTimestamp != nil,
		Gone:        verb == "delete" && (pod.DeletionGracePeriodSeconds == nil || *pod.DeletionGracePeriodSeconds == 0),
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			p.Ready, p.ReadySince = condition.Status == corev1.ConditionTrue, condition.LastTransitionTime.Time
		}
	}
	for _, container := range pod.Status.ContainerStatuses {
		if running := container.State.Running; running != nil && running.StartedAt.After(p.Started) {
			p.Started = running.StartedAt.Time
		}
	}
	version, err := versionOf(pod.ResourceVersion)
	return p, version, err
}

// sorted is a copy in the order of what happened. A write that changes nothing
// is answered with the version that was there, and is left out.
func (h *History) sorted() *History {
	if h == nil {
		return &History{}
	}
	events := slices.Clone(h.Events)
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.Version, b.Version), a.At.Compare(b.At))
	})
	events = slices.CompactFunc(events, func(a, b Event) bool { return a.Version == b.Version })
	for _, end := range h.ends {
		events = place(events, end)
	}
	watches := make([]*Stream, 0, len(h.Watches))
	for _, s := range h.Watches {
		watches = append(watches, &Stream{s.id, s.Agent, s.Resource, s.From, s.To})
	}
	return &History{Events: events, Calls: slices.Clone(h.Calls), Watches: watches, answers: slices.Clone(h.answers)}
}

// place puts the end of a set behind all that the server had been asked for
// before: what comes after it is of another set.
func place(events []Event, end Event) []Event {
	at := 0
	for i, e := range events {
		if !e.Received.After(end.Received) {
			at, end.Version = i+1, e.Version
		}
	}
	return slices.Insert(events, at, end)
}

// Newest is the last version of the set, and of each pod that there is.
func (h *History) Newest() State { return h.before(len(h.Events)) }

// Quiet says that no watch lasts of an agent whose name begins so.
func (h *History) Quiet(agents string) bool {
	return !slices.ContainsFunc(h.Watches, func(s *Stream) bool { return strings.HasPrefix(s.Agent, agents) && s.To.IsZero() })
}

// State is the truth between two events.
type State struct {
	Set     *Set  // nil: there is none
	Version int64 // the set's
	Pods    map[string]Pod
	At      time.Time // until when it was so, as far as is known
}

// before is the state before the event with this index.
func (h *History) before(index int) State {
	s := State{Pods: map[string]Pod{}}
	for _, e := range h.Events[:index] {
		s.apply(e)
	}
	if index < len(h.Events) {
		s.At = h.Events[index].At
	}
	return s
}

func (s *State) apply(e Event) {
	switch {
	case e.Set != nil && e.Set.Gone:
		s.Set, s.Version = nil, 0
	case e.Set != nil:
		s.Set, s.Version = e.Set, e.Version
	case e.Pod.Gone:
		delete(s.Pods, e.Pod.Name)
	default:
		s.Pods[e.Pod.Name] = *e.Pod
	}
	s.At = e.At
}

// index is where an ordinal stands in the set; false out of range.
func (s State) index(p Pod) (int32, bool) {
	if s.Set == nil {
		return 0, false
	}
	i := p.Ordinal - s.Set.Start
	return i, i >= 0 && i < s.Set.Replicas
}

// ordinal is the pod of an index.
func (s State) ordinal(index int32) (Pod, bool) {
	for _, p := range s.Pods {
		if i, inRange := s.index(p); inRange && i == index {
			return p, true
		}
	}
	return Pod{}, false
}
