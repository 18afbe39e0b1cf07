// SPDX-License-Identifier: Apache-2.0

package volume

import corev1 "k8s.io/api/core/v1"

// claimKey is the namespace and the name of a claim.
type claimKey struct{ namespaceName, claimName string }

// catalogue sorts the volumes of a stock by what they point at, so that a claim of many is
// judged without a look at the volumes of the others.
type catalogue struct {
	Stock
	byName   map[string]*corev1.PersistentVolume
	free     []*corev1.PersistentVolume              // that point at no claim
	pointing map[claimKey][]*corev1.PersistentVolume // at a claim, by its name
}

func (s Stock) catalogue() catalogue {
	c := catalogue{Stock: s, byName: make(map[string]*corev1.PersistentVolume, len(s.Volumes)), pointing: map[claimKey][]*corev1.PersistentVolume{}}
	for i := range s.Volumes {
		v := &s.Volumes[i]
		c.byName[v.Name] = v
		if ref := v.Spec.ClaimRef; ref != nil {
			key := claimKey{ref.Namespace, ref.Name}
			c.pointing[key] = append(c.pointing[key], v)
		} else {
			c.free = append(c.free, v)
		}
	}
	return c
}

// of a claim: the volumes that point at it, and those that are free.
func (c catalogue) of(claim Claim) (pointing, free []*corev1.PersistentVolume) {
	return c.pointing[claimKey{claim.Namespace, claim.Name}], c.free
}
