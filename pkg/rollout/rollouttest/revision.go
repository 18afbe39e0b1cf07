// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"slices"
	"strconv"
)

// choose finds the update revision of a template, or makes it
// (pkg/controller/statefulset/stateful_set_control.go:
// getStatefulSetRevisions). It is false where a quota denies a new one.
func (m *Model) choose(t Template) (revision, bool) {
	newest := len(m.revisions) - 1
	for i := newest; i >= 0; i-- {
		if m.revisions[i].template == t {
			return m.renumber(i), true
		}
	}
	// The same meaning in other bytes is the same revision only where it is the newest.
	if newest >= 0 && m.revisions[newest].template.Name == t.Name {
		return m.revisions[newest], true
	}
	if m.fate(t) == Unrevised {
		return revision{}, false
	}
	r := revision{name: m.unusedName(t), number: m.highest() + 1, template: t, record: m.set.record}
	m.revisions = append(m.revisions, r)
	m.changed()
	return r, true
}

// renumber takes an old revision to the top: its name stays.
func (m *Model) renumber(i int) revision {
	if i == len(m.revisions)-1 {
		return m.revisions[i]
	}
	r := m.revisions[i]
	r.number = m.highest() + 1
	m.revisions = append(slices.Delete(slices.Clone(m.revisions), i, i+1), r)
	m.changed()
	return r
}

func (m *Model) highest() int64 {
	if len(m.revisions) == 0 {
		return 0
	}
	return m.revisions[len(m.revisions)-1].number
}

// unusedName stands for the hash of the bytes.
func (m *Model) unusedName(t Template) string {
	name := setName + "-" + t.Name
	for n := 2; ; n++ {
		if _, taken := m.truth().revisionNamed(name); !taken {
			return name
		}
		name = setName + "-" + t.Name + strconv.Itoa(n)
	}
}

// truncate drops what nothing uses beyond revisionHistoryLimit, oldest first
// (pkg/controller/statefulset/stateful_set_control.go: truncateHistory).
func (m *Model) truncate(current, update string) {
	live := map[string]bool{current: true, update: true}
	for _, p := range m.pods {
		live[p.revision] = true
	}
	unused := 0
	for _, r := range m.revisions {
		if !live[r.name] {
			unused++
		}
	}
	excess := unused - m.set.historyLimit
	if excess <= 0 {
		return
	}
	m.revisions = slices.DeleteFunc(slices.Clone(m.revisions), func(r revision) bool {
		if live[r.name] || excess == 0 {
			return false
		}
		excess--
		return true
	})
	m.changed()
}
