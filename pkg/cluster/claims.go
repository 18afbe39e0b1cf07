// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// claims is the sink of the namespace's claims. Which of them are the set's
// cannot be asked of the server: a claim may have lost its labels.
type claims struct{ byName map[string]rollout.ClaimSight }

func (c *claims) replace(objects []runtime.Object) error {
	c.byName = make(map[string]rollout.ClaimSight, len(objects))
	for _, object := range objects {
		if err := c.put(object); err != nil {
			return err
		}
	}
	return nil
}

func (c *claims) put(object runtime.Object) error {
	claim, ok := object.(*corev1.PersistentVolumeClaim)
	if !ok {
		return fmt.Errorf("a claim came as %T", object)
	}
	c.byName[claim.Name] = claimSight(claim)
	return nil
}

func (c *claims) drop(object runtime.Object) error {
	if claim, ok := object.(*corev1.PersistentVolumeClaim); ok {
		delete(c.byName, claim.Name)
	}
	return nil
}

// sorted by name; nil where they were not asked for, or may not be read.
func (c *claims) sorted() []rollout.ClaimSight {
	if c.byName == nil {
		return nil
	}
	sights := make([]rollout.ClaimSight, 0, len(c.byName))
	for _, claimName := range slices.Sorted(maps.Keys(c.byName)) {
		sights = append(sights, c.byName[claimName])
	}
	return sights
}
