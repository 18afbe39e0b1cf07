// SPDX-License-Identifier: Apache-2.0

// Package needs says what a StatefulSet needs of its cluster beside volumes, and
// what of that is not there: a governing Service that governs it, nodes that its pods
// may run on, the objects that its template names. It does no I/O: who calls it has
// read what there is, or the file that brings it.
//
// Each answer is a [rollout.Finding]. What the pods cannot do without is an error:
// a claim, a ConfigMap or a Secret that is named and not there holds the pod in
// ContainerCreating for ever, as kubelet waits for it. What may come by itself, such
// as a node that an autoscaler brings, is a warning.
package needs
