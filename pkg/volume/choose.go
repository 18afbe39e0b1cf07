// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Choice is what the binder would take for a claim.
type Choice struct {
	// Volumes that may be taken, by name, sorted. One is certain, several are
	// chance, none is none.
	Volumes []string
	// Reserved: they point at the claim.
	Reserved bool
	// ByScheduler: not before there is a pod, and by what its node can reach.
	ByScheduler bool
}

// Certain says that it is one volume and which.
func (c Choice) Certain(volumeName string) bool {
	return !c.ByScheduler && len(c.Volumes) == 1 && c.Volumes[0] == volumeName
}

// Choose says which volume the binder would take for a claim that is not bound.
func (s Stock) Choose(c Claim) Choice { return s.catalogue().choose(c, nil) }

// choose leaves those out that others take.
func (c catalogue) choose(claim Claim, taken map[string]bool) Choice {
	var serving []Verdict
	class := c.ClassOf(claim)
	pointing, free := c.of(claim)
	for _, v := range slices.Concat(pointing, free) {
		if taken[v.Name] {
			continue
		}
		if verdict := judge(claim, v, class); verdict.Serves() {
			serving = append(serving, verdict)
		}
	}
	if claim.Spec.VolumeName != "" {
		return choiceOf(serving)
	}
	if !class.Delayed {
		return searched(serving)
	}
	reserved := searched(slices.DeleteFunc(slices.Clone(serving), func(v Verdict) bool { return !v.Reserved }))
	if len(reserved.Volumes) > 0 {
		return reserved
	}
	choice := choiceOf(reachable(serving))
	choice.ByScheduler = len(choice.Volumes) > 0
	return choice
}

func choiceOf(verdicts []Verdict) Choice {
	var choice Choice
	for _, v := range verdicts {
		choice.Volumes = append(choice.Volumes, v.Volume.Name)
		choice.Reserved = v.Reserved
	}
	slices.Sort(choice.Volumes)
	return choice
}

// searched is what the search finds: sets of modes by how many they are, the
// fewest first; of several sets with equally many, either may come first.
func searched(serving []Verdict) Choice {
	buckets := map[string][]Verdict{}
	fewest := 0
	for _, v := range serving {
		modes := ModesOf(v.Volume.Spec.AccessModes)
		if fewest == 0 || len(modes) < fewest {
			fewest, buckets = len(modes), map[string][]Verdict{}
		}
		if len(modes) == fewest {
			buckets[modes.String()] = append(buckets[modes.String()], v)
		}
	}
	var winners []Verdict
	for _, bucket := range buckets {
		winners = append(winners, best(bucket)...)
	}
	choice := choiceOf(winners)
	choice.Reserved = len(winners) > 0 && !slices.ContainsFunc(winners, func(v Verdict) bool { return !v.Reserved })
	return choice
}

// best of a bucket: those that are reserved, else the smallest.
func best(bucket []Verdict) []Verdict {
	reserved := slices.DeleteFunc(slices.Clone(bucket), func(v Verdict) bool { return !v.Reserved })
	if len(reserved) > 0 {
		return reserved
	}
	return atMost(bucket, smallest(bucket))
}

// reachable are the volumes that the scheduler may take: on each node the
// smallest that the node can reach, so never one that is larger than one that
// all nodes can reach.
func reachable(serving []Verdict) []Verdict {
	everywhere := slices.DeleteFunc(slices.Clone(serving), func(v Verdict) bool { return affinity(v.Volume) != "" })
	if len(everywhere) == 0 {
		return serving
	}
	return atMost(serving, smallest(everywhere))
}

func smallest(verdicts []Verdict) resource.Quantity {
	return sizeOf(slices.MinFunc(verdicts, func(a, b Verdict) int {
		return cmp.Or(new(sizeOf(a)).Cmp(sizeOf(b)), cmp.Compare(a.Volume.Name, b.Volume.Name))
	}))
}

func atMost(verdicts []Verdict, limit resource.Quantity) []Verdict {
	return slices.DeleteFunc(slices.Clone(verdicts), func(v Verdict) bool { return new(sizeOf(v)).Cmp(limit) > 0 })
}

func sizeOf(v Verdict) resource.Quantity { return v.Volume.Spec.Capacity[corev1.ResourceStorage] }
