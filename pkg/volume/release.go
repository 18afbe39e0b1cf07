// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// PlanRelease plans that the volumes which were bound to earlier claims of the
// ordinals bind again to claims of the same names; volumeNames nil means all.
func PlanRelease(set Set, stock Stock, ordinals []int32, volumeNames []string) (Plan, error) {
	claims, err := set.claimsOrRefuse(stock, ordinals)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Set: set}
	volumes := stock.catalogue()
	for _, c := range claims {
		pointing, _ := volumes.of(c)
		for _, v := range pointing {
			asked := volumeNames == nil || slices.Contains(volumeNames, v.Name)
			if asked && !c.owns(v) {
				p.release(c, v)
			}
		}
	}
	if err := p.answers(stock, volumeNames); err != nil {
		return Plan{}, err
	}
	p.tellLost(stock, claims)
	return p, p.prove(stock)
}

// answers refuses volumes that were named and that the plan has nothing for,
// but those that wait for their claim or have it: these are as was asked.
func (p Plan) answers(stock Stock, volumeNames []string) error {
	var wrong faults
	for _, volumeName := range volumeNames {
		v := stock.volume(volumeName)
		switch {
		case v == nil:
			wrong.add(NoSuchVolume, listVolumes, "there is no persistentvolume %q", volumeName)
		case slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Before.Name == volumeName }):
		default:
			p.Set.refuseRelease(stock, *v, &wrong)
		}
	}
	return wrong.refusal()
}

func (s Set) refuseRelease(stock Stock, v corev1.PersistentVolume, wrong *faults) {
	ref := v.Spec.ClaimRef
	has := func(claim corev1.PersistentVolumeClaim) bool {
		return claim.Namespace == ref.Namespace && claim.Name == ref.Name && claim.UID == ref.UID
	}
	switch {
	case ref == nil:
		wrong.add(Unfit, "", "%s is no claim's, so there is nothing to release: `pv reserve` gives it to an ordinal", v.Name)
	case ref.Namespace != s.Namespace || !s.makes(ref.Name):
		wrong.add(TakenByOther, "leave it out of --volumes, or release it with the set that makes that claim", "%s is for claim %s/%s, which %s in namespace %q never makes", v.Name, ref.Namespace, ref.Name, s, s.Namespace)
	case ref.UID != "" && !slices.ContainsFunc(stock.Claims, has):
		wrong.add(Unfit, "name that ordinal in --ordinals too", "%s was bound to claim %s, whose ordinal is not among those asked for", v.Name, ref.Name)
	}
}

// outlives says of a volume whose claim is gone that it was bound once. Bound is
// what the controller has not come to see yet.
func outlives(v corev1.PersistentVolume) bool {
	return slices.Contains([]corev1.PersistentVolumePhase{corev1.VolumeReleased, corev1.VolumeFailed, corev1.VolumeBound}, v.Status.Phase)
}

func (p *Plan) release(c Claim, v *corev1.PersistentVolume) {
	s := Step{Action: Release, Claim: c, Before: v, After: pointed(Release, *v, c)}
	var way string
	if s.Why, way = c.unreleased(*v); s.Why != "" {
		s.Action, s.After = Skip, *v
		p.warn("%s stays as it is: %s; %s", v.Name, s.Why, way)
	}
	p.Steps = append(p.Steps, s)
}

// unreleased says why a volume is not released for a claim, and what to do about it; ""
// where it is.
func (c Claim) unreleased(v corev1.PersistentVolume) (why, way string) {
	switch {
	case v.DeletionTimestamp != nil:
		return "it is being deleted", "save its manifest, and make it again when it is gone"
	case !outlives(v):
		return fmt.Sprintf("its phase is %s, neither Released nor Failed", v.Status.Phase), "run the same command again when it is"
	case c.Bound() && c.Spec.VolumeName == v.Name:
		return "the claim is bound to it and Lost", "if it has the claim's data: " + c.carry()
	case c.Bound():
		return "the claim is bound to " + c.Spec.VolumeName, "scale that ordinal away and delete its claim first, or `pv rebind` gives it to another ordinal"
	default:
		return "", ""
	}
}

// releasable says whether the binder would take a volume for a claim, were it
// released and nothing else.
func (s Stock) releasable(c Claim, v corev1.PersistentVolume) bool {
	plan := Plan{Steps: []Step{{Action: Release, Claim: c, Before: &v, After: pointed(Release, v, c)}}}
	return plan.prove(s) == nil
}

// PlanRebind plans that a volume goes to another ordinal. It is refused as long
// as a claim is bound to the volume, or the ordinal's claim to another one.
func PlanRebind(set Set, stock Stock, templateName string, volumeName string, ordinal int32) (Plan, error) {
	templateName, err := set.template(templateName)
	if err != nil {
		return Plan{}, err
	}
	v := stock.volume(volumeName)
	if v == nil {
		return Plan{}, refuse(NoSuchVolume, "", "there is no persistentvolume %q; %s", volumeName, listVolumes)
	}
	claims := set.ClaimsOf(stock, []int32{ordinal})
	c := claims[slices.IndexFunc(claims, func(c Claim) bool { return c.Template == templateName })]
	if err := set.idle(stock, *v, c); err != nil {
		return Plan{}, err
	}
	p := Plan{Set: set}
	var wrong faults
	p.point(Rebind, c, v, &wrong)
	if err := wrong.refusal(); err != nil {
		return Plan{}, err
	}
	p.tellBeyond()
	p.tellOverlooked(stock)
	return p, p.prove(stock)
}

// freeFirst is how a volume comes to be in use no more, with its data.
const freeFirst = "scale that ordinal away and delete the claim first, with the volume's reclaim policy on Retain"

// idle refuses a volume that is in use: bound to a claim that lives, or going; or
// that is somebody else's, though that claim may be gone or yet to come.
func (s Set) idle(stock Stock, v corev1.PersistentVolume, c Claim) error {
	ref := v.Spec.ClaimRef
	switch {
	case v.DeletionTimestamp != nil:
		return refuse(InUse, "", "%s is being deleted; save its manifest, and make it again when it is gone, or name another volume", v.Name)
	case c.owns(&v):
		return nil
	case v.Status.Phase == corev1.VolumeBound:
		return refuse(InUse, fmt.Sprintf("kubectl -n %s get pvc %s", ref.Namespace, ref.Name),
			"%s is in use: claim %s/%s is bound to it; %s", v.Name, ref.Namespace, ref.Name, freeFirst)
	case ref != nil && (ref.Namespace != s.Namespace || !s.makes(ref.Name)):
		return refuse(TakenByOther, "", "%s is for claim %s/%s, which %s in namespace %q never makes; if nobody needs it any more, take its claimRef away first, with kubectl edit", v.Name, ref.Namespace, ref.Name, s, s.Namespace)
	}
	for _, claim := range stock.Claims {
		if claim.Spec.VolumeName == v.Name {
			return refuse(InUse, fmt.Sprintf("kubectl -n %s get pvc %s", claim.Namespace, claim.Name),
				"%s is in use: claim %s/%s has it as its volume; %s", v.Name, claim.Namespace, claim.Name, freeFirst)
		}
	}
	return nil
}
