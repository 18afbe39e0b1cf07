// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Pending says of pods why their claims are not bound, by uid. A pod whose
// claims are all bound by now is left out, and so is every pod where volumes
// may not be read. The pods are ascending by ordinal, and the claims of the
// lower ones come first.
func (s Stock) Pending(set rollout.Set, pods []rollout.Pod) map[types.UID]rollout.Cause {
	if s.Volumes == nil {
		return nil
	}
	var claims []Claim
	for _, pod := range pods {
		claims = append(claims, s.mounted(set, pod)...)
	}
	worst := map[int32]Standing{}
	for standing := range s.stand(claims) {
		was, known := worst[standing.Claim.Ordinal]
		if standing.Word != Bound && (!known || was.Word != Unserved && standing.Word == Unserved) {
			worst[standing.Claim.Ordinal] = standing
		}
	}
	causes := map[types.UID]rollout.Cause{}
	for _, pod := range pods {
		if standing, ok := worst[pod.Ordinal]; ok {
			causes[pod.UID] = s.pending(set, standing, pod.Cause.NoVolumeOnNodes())
		}
	}
	return causes
}

// mounted are the claims of a pod that exist, those of no template among them.
func (s Stock) mounted(set rollout.Set, pod rollout.Pod) []Claim {
	var claims []Claim
	for _, claimName := range slices.Concat(pod.Claims, pod.Ephemeral) {
		for i, claim := range s.Claims {
			if claim.Namespace == set.Namespace && claim.Name == claimName {
				claims = append(claims, Claim{
					Namespace: set.Namespace, Name: claimName, Ordinal: pod.Ordinal,
					Spec: claim.Spec, Annotations: claim.Annotations, Live: &s.Claims[i], NodeName: pod.Node,
				})
			}
		}
	}
	return claims
}

// pending is the cause that a claim makes of its standing. The scheduler's own words, where
// it has looked for a volume, come first: it knows why no node will do.
func (s Stock) pending(set rollout.Set, standing Standing, scheduler string) rollout.Cause {
	cause := rollout.Cause{
		ID: rollout.ClaimPending, Message: fmt.Sprintf("%s is not bound: %s", standing.Claim.Name, s.prospect(standing)),
		Claim: standing.Claim.Name, Scheduler: scheduler,
		Unserved: standing.Word == Unserved && s.shows(standing.Class),
	}
	switch {
	case scheduler != "" && standing.Word == Waits:
		cause.Message = fmt.Sprintf("%s; %s is not bound", scheduler, standing.Claim.Name)
	case scheduler != "":
		cause.Message = scheduler + "; " + cause.Message
	}
	if standing.Word == Unserved && !standing.unscheduled() {
		cause.Message += " (" + standing.request() + ")"
	}
	var more string
	cause.Try, more = standing.ways(set, cause.Unserved)
	lines := slices.DeleteFunc(append(standing.Details(), more), func(line string) bool { return line == "" })
	cause.Details = strings.Join(lines, "\n")
	return cause
}

// ways are a command that helps, or shows more, and a line about how to make a volume, where
// nothing else serves; needed says that nothing else will.
func (s Standing) ways(set rollout.Set, needed bool) (try, more string) {
	its, lacks := own(set, s.Claim), s.Word == Unserved && !s.unscheduled()
	try = s.remedy(set)
	switch {
	case its && s.unscheduled():
		return "kubectl sts " + s.reserveOne(set.Name) + " -n {ns}", ""
	case its && lacks && needed && try == "":
		return "kubectl sts " + s.makeOne(set.Name) + " -n {ns}", s.typesText()
	case its && lacks:
		return try, s.toMakeOne(set)
	case try == "" && !its:
		return fmt.Sprintf("kubectl -n {ns} describe pvc %s", s.Claim.Name), ""
	default:
		return try, ""
	}
}

// own says whether a claim is one that the set's templates make.
func own(set rollout.Set, c Claim) bool {
	return slices.Contains(set.ClaimNames(fmt.Sprintf("%s-%d", set.Name, c.Ordinal)), c.Name)
}

// remedy of the findings on the claim, as a command line; "" where they have none.
func (s Standing) remedy(set rollout.Set) string {
	s.InRange = true
	for _, f := range s.findings(Set{Namespace: set.Namespace, Name: set.Name}) {
		switch {
		case f.Remedy == "", strings.HasPrefix(f.Remedy, "kubectl "):
			return f.Remedy
		default:
			return "kubectl sts " + f.Remedy + " -n {ns}"
		}
	}
	return ""
}
