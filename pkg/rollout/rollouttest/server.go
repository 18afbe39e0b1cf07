// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// errServer is an answer that is the server's own error.
var errServer = errors.New("etcdserver: request timed out")

// store carries a change out as the API server does, if the preconditions that
// come from the sighting still hold.
func (m *Model) store(writer string, seen Moment, change rollout.Change) error {
	if change.Pod != nil {
		return m.storeRemoval(*change.Pod)
	}
	if change.Set != nil {
		return m.storePatch(writer, seen.set, *change.Set)
	}
	if change.Claim != nil {
		return m.storeClaim(seen.set, *change.Claim)
	}
	if change.End != nil {
		return m.storeEnd(*change.End)
	}
	if change.Nudge != nil {
		return m.storeNudge(seen.set)
	}
	return errServer
}

// storeRemoval is a DELETE with the preconditions uid and resourceVersion.
func (m *Model) storeRemoval(r rollout.Removal) error {
	p, ok := m.podNamed(r.PodName)
	if !ok || p.uid != string(r.UID) || fmt.Sprint(p.version) != r.Version {
		return rollout.ErrMoved
	}
	m.deletePod(p)
	return nil
}

// storePatch writes the set, by JSON patch with tests on uid and generation, and
// with a template on the current revision: the controller's other status writes
// do not break it.
func (m *Model) storePatch(writer string, seen set, p rollout.SetPatch) error {
	if m.set.gone || seen.uid != m.set.uid || seen.generation != m.set.generation || p.Template != nil && seen.status.current != m.set.status.current {
		return rollout.ErrMoved
	}
	record := m.set.record
	if p.Record.V != 0 {
		record = p.Record.String()
	}
	if !m.differs(p) {
		m.annotate(record)
		return nil
	}
	template, err := m.decode(p.Template)
	if err != nil {
		return err
	}
	m.edit(writer, func(s *set) {
		s.record = record
		s.template = template
		if p.Partition != nil {
			s.partition = *p.Partition
		}
		if p.Replicas != nil {
			s.replicas = *p.Replicas
		}
		if p.Retention != nil {
			s.retention = *p.Retention
		}
	})
	return nil
}

// storeNudge writes an annotation that makes no generation, by JSON patch with tests on uid
// and generation.
func (m *Model) storeNudge(seen set) error {
	if m.set.gone || seen.uid != m.set.uid || seen.generation != m.set.generation {
		return rollout.ErrMoved
	}
	m.set.nudged = m.now
	m.annotate(m.set.record)
	return nil
}

// differs says that the patch makes a new generation: the server compares the
// spec before and after (pkg/registry/apps/statefulset/strategy.go: PrepareForUpdate).
func (m *Model) differs(p rollout.SetPatch) bool {
	template, err := m.decode(p.Template)
	return err != nil || template != m.set.template ||
		p.Partition != nil && *p.Partition != m.set.partition ||
		p.Replicas != nil && *p.Replicas != m.set.replicas ||
		p.Retention != nil && *p.Retention != m.set.retention
}

// decode is what the server makes of a template that is sent to it.
func (m *Model) decode(sent *rollout.Template) (Template, error) {
	if sent == nil {
		return m.set.template, nil
	}
	var t struct {
		Spec struct {
			Containers []struct{ Image string }
		}
	}
	if err := json.Unmarshal(sent.Raw, &t); err != nil {
		return Template{}, err
	}
	if len(t.Spec.Containers) != 1 {
		return Template{}, errors.New("spec.template.spec.containers: Required value")
	}
	stored := Template{Name: strings.TrimPrefix(t.Spec.Containers[0].Image, "web:")}
	if m.stamps {
		stored.Bytes = Stamped
	}
	return stored, nil
}
