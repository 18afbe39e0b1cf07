// SPDX-License-Identifier: Apache-2.0

// Package binder asks the real binder of volumes whether pkg/volume is right.
//
// It makes random volumes and random claims, foretells for each claim the set
// of volumes that may be bound to it, and then looks at what the controller
// does: it must bind one of these, and none where the set is empty. Many cases
// are in the cluster at once, kept apart by their storage class, or where they
// have none by their volume attributes class. A case goes several rounds, each
// with another claim for what the last round left, so that all of the volumes
// called admissible have to be taken in the end.
//
// BenchmarkFifty counts and times what `pv create` takes for 50 ordinals with
// three claim templates, beside kubectl create of the same manifests. With a
// kubectl and a kubectl-sts on the PATH, as `make e2e` has them:
//
//	bin/localkube run -- go test -tags=e2e -run='^$' -bench=Fifty -benchtime=5x ./test/e2e/binder
package binder
