// SPDX-License-Identifier: Apache-2.0

// Package manifest reads the file that a StatefulSet is kept in, and says what a
// server-side apply of it sends. It does no I/O.
//
// # What a file may have
//
// A [File] is StatefulSets with the Services and PersistentVolumes that belong to
// them, in any order, in any number of documents and Lists. Each set is a [Bundle]:
// what comes before it, and itself. That is the order in which the ordinals need
// them: a volume that comes after its claim may find it bound to another one, and a
// pod that comes before its Service has no name for a while. Other kinds are kept
// apart ([Bundle]'s Others): a command names them and leaves them alone, or applies
// them first, in [InstallOrder]. Kinds are told by their group: the Service of
// another project is another kind.
//
// What a cluster adds to an object is taken off when it is read (uid,
// resourceVersion, status, the record of an operation), so that the file may
// come from `kubectl get -o yaml`.
//
// # What is sent
//
// Leaving a field out of a server-side apply removes it, where the same manager
// has applied it before. Of three things a file is not the judge, and
// [Object.Body] puts what is live in their place:
//
//   - The partition, the number of replicas and the record of a set. Without the
//     partition it would fall to 0, and every ordinal would roll at once. What
//     the file says of the first two is reached a step at a time, by package
//     rollout.
//   - The claimRef of a volume, by namespace and name. Without it a bound volume
//     would be left with half of a reference. A uid is never sent: one that no
//     living claim has makes a volume Released, and its reclaim policy runs
//     (pkg/controller/volume/persistentvolume/pv_controller.go: syncVolume).
//
// And a reclaim policy that would destroy a volume which a claim has or had is
// refused, whoever has the field.
//
// Each body has the uid and the resourceVersion of the object that it was made
// for: the server answers 409 where it is another one by now, or none.
//
// # Whose the fields are
//
// A field that kubectl apply, or an Update of ours, has written stays when the
// file no longer names it, since to the server they are other managers than our
// Apply. [Left] lists those fields; where there are any, these managers are to
// be folded into it first. A field that anybody else has is theirs, unless what
// the file says comes to the value that is live ([Differing]).
package manifest
