// SPDX-License-Identifier: Apache-2.0

// Package volume knows which PersistentVolume serves which ordinal, and plans
// that it is the one that was meant. It does no I/O and reads no clock.
//
// # Chance, and how to end it
//
// A StatefulSet's pods get claims by name, <template>-<set>-<ordinal>, and the
// binder gives each claim the smallest free volume that fits. Which of two
// equal volumes that is, nothing says. A volume whose claimRef names the
// claim's namespace and name is taken before any free one, so a claimRef for
// every ordinal ends chance. That claimRef never has a uid here: with a uid of
// no living claim, the volume counts as released, and its reclaim policy runs.
//
// # What the binder checks
//
// [Stock.Judge] says of one volume and one claim what the binder would say
// (k8s.io/component-helpers/storage/volume/pv_helpers.go: FindMatchingVolume).
// For a volume that is reserved: size, access modes, volume mode, attributes
// class, and that it is not being deleted. For a free one also its phase, the
// storage class and the claim's selector. Not the node affinity: that is the
// scheduler's, once the claim is bound, and then it is too late to choose.
//
// [Stock.Choose] says which volume would be taken. Volumes are searched by
// their sets of access modes, those with the fewest modes first, so that a
// free volume with fewer modes wins over a reserved one with more
// (pkg/controller/volume/persistentvolume/index.go: findByClaim). Where several
// are equal, all of them are the answer: that is what chance means.
//
// # Plans
//
// A [Plan] is a list of steps, one a volume: made from a [Recipe], reserved,
// released or bound anew. Each plan is proven before it is carried out: the
// stock as it would be afterwards is asked what the binder would choose, and
// where that is not the volume meant, the plan is a refusal that names the
// volume that would win.
package volume
