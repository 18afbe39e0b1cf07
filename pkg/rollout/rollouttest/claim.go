// SPDX-License-Identifier: Apache-2.0

package rollouttest

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// claimTemplate is the one template of a set that has claims.
const claimTemplate = "data"

// claim is one version of the claim of an ordinal: never changed, only replaced.
type claim struct {
	ordinal int32
	uid     string
	version int64
	owners  []string // uids
}

func (c *claim) seen() rollout.ClaimSight {
	sight := rollout.ClaimSight{Name: claimTemplate + "-" + podName(c.ordinal), UID: types.UID(c.uid), Version: fmt.Sprint(c.version)}
	for _, owner := range c.owners {
		sight.Owners = append(sight.Owners, types.UID(owner))
	}
	return sight
}

func (m *Model) claimOf(ordinal int32) *claim {
	i := slices.IndexFunc(m.claims, func(c *claim) bool { return c.ordinal == ordinal })
	if i < 0 {
		return nil
	}
	return m.claims[i]
}

// claimFor makes the claim of an ordinal, where there is none yet. It is false
// while the claim of an earlier pod is on its way out
// (pkg/controller/statefulset/stateful_pod_control.go: PodClaimIsStale).
func (m *Model) claimFor(ordinal int32) bool {
	if !m.set.claims {
		return true
	}
	if c := m.claimOf(ordinal); c != nil {
		return !m.collectable(c)
	}
	m.addClaim(ordinal)
	return true
}

func (m *Model) addClaim(ordinal int32, owners ...string) {
	m.claims = append(m.claims, &claim{ordinal: ordinal, uid: fmt.Sprintf("claim-%d", m.nextVersion()), version: m.version, owners: owners})
}

// own gives a claim the owners that the retention policy asks for
// (pkg/controller/statefulset/stateful_set_utils.go: updateClaimOwnerRefForSetAndPod).
func (m *Model) own(seen set, p *pod) {
	c := m.claimOf(p.ordinal)
	if c == nil {
		return
	}
	_, inRange := seen.index(p.ordinal)
	var owners []string
	switch {
	case !inRange && seen.retention.WhenScaled == deletes:
		owners = []string{p.uid}
	case seen.retention.WhenDeleted == deletes:
		owners = []string{seen.uid}
	}
	if !slices.Equal(owners, c.owners) {
		m.replaceClaim(c, &claim{ordinal: c.ordinal, uid: c.uid, version: m.nextVersion(), owners: owners})
	}
}

// deletes as a policy of claims.
const deletes = "Delete"

// replaceClaim puts another version in the place of a claim, or none.
func (m *Model) replaceClaim(c, next *claim) {
	m.claims = slices.DeleteFunc(slices.Clone(m.claims), func(other *claim) bool { return other == c })
	if next != nil {
		m.claims = append(m.claims, next)
	}
	slices.SortFunc(m.claims, func(a, b *claim) int { return int(a.ordinal - b.ordinal) })
	m.nextVersion()
	m.changed()
}

// collectable says that the garbage collector will delete a claim: it has
// owners, and none of them is there.
func (m *Model) collectable(c *claim) bool {
	there := func(owner string) bool {
		return owner == m.set.uid && !m.set.gone || slices.ContainsFunc(m.pods, func(p *pod) bool { return p.uid == owner })
	}
	return len(c.owners) > 0 && !slices.ContainsFunc(c.owners, there)
}

// collect is the garbage collector: it deletes one claim whose owners are gone.
func (m *Model) collect() {
	for _, c := range m.claims {
		if m.collectable(c) {
			m.replaceClaim(c, nil)
			return
		}
	}
}

// storeClaim is a PATCH or a DELETE with uid and resourceVersion, and before the
// DELETE a look at the set.
func (m *Model) storeClaim(seen set, change rollout.ClaimChange) error {
	i := slices.IndexFunc(m.claims, func(c *claim) bool { return c.seen().Name == change.ClaimName })
	if i < 0 || m.claims[i].uid != string(change.UID) || fmt.Sprint(m.claims[i].version) != change.Version {
		return rollout.ErrMoved
	}
	c := m.claims[i]
	if change.Frees == nil {
		if m.set.gone || seen.generation != m.set.generation {
			return rollout.ErrMoved
		}
		m.replaceClaim(c, nil)
		return nil
	}
	next := &claim{ordinal: c.ordinal, uid: c.uid, version: m.nextVersion()}
	for _, owner := range c.owners {
		if !slices.Contains(change.Frees, types.UID(owner)) {
			next.owners = append(next.owners, owner)
		}
	}
	m.replaceClaim(c, next)
	return nil
}

// storeEnd is a DELETE of the set with uid and resourceVersion.
func (m *Model) storeEnd(removal rollout.SetRemoval) error {
	if m.set.gone || m.set.uid != string(removal.UID) || fmt.Sprint(m.set.version) != removal.Version {
		return rollout.ErrMoved
	}
	m.set.version = m.nextVersion()
	m.set.gone = true
	m.changed()
	return nil
}
