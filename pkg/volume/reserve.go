// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Assignment gives volumes to the ordinals of a claim template, ascending.
type Assignment struct {
	Template string // "" for the set's only one
	Volumes  []string
}

// PlanReserve plans that volumes which exist go to ordinals, in the order in
// which they are named; ordinals nil means from the set's first on, as many as
// there are volumes.
func PlanReserve(set Set, stock Stock, assignments []Assignment, ordinals []int32) (Plan, error) {
	p := Plan{Set: set}
	var wrong faults
	for _, a := range assignments {
		if err := p.assign(set, stock, a, ordinals, &wrong); err != nil {
			return Plan{}, err
		}
	}
	if err := wrong.refusal(); err != nil {
		return Plan{}, err
	}
	p.tellBeyond()
	p.tellUnserved(stock)
	p.tellOverlooked(stock)
	return p, p.prove(stock)
}

func (p *Plan) assign(set Set, stock Stock, a Assignment, ordinals []int32, wrong *faults) error {
	templateName, err := set.template(a.Template)
	if err != nil {
		return err
	}
	if ordinals == nil {
		for index := range a.Volumes {
			ordinals = append(ordinals, set.Start+int32(index))
		}
	}
	if len(a.Volumes) > len(ordinals) {
		return refuse(Unfit, "", "%d volumes are too many for %d ordinals; name fewer, or more ordinals in --ordinals", len(a.Volumes), len(ordinals))
	}
	only := set
	only.Templates = slices.DeleteFunc(slices.Clone(set.Templates), func(t corev1.PersistentVolumeClaim) bool { return t.Name != templateName })
	for i, c := range only.ClaimsOf(stock, ordinals[:len(a.Volumes)]) {
		v := stock.volume(a.Volumes[i])
		if v == nil {
			wrong.add(NoSuchVolume, listVolumes, "there is no persistentvolume %q", a.Volumes[i])
			continue
		}
		p.point(Reserve, c, v, wrong)
	}
	return nil
}

// template by name; "" is the only one.
func (s Set) template(templateName string) (string, error) {
	switch {
	case len(s.Templates) == 0:
		_, err := s.claimsOrRefuse(Stock{}, nil)
		return "", err
	case templateName == "" && len(s.Templates) == 1:
		return s.Templates[0].Name, nil
	case templateName == "":
		return "", refuse(NoClaims, "", "%s has the claim templates %s: say which, as %s=volume,volume", s, s.templateNames(), s.Templates[0].Name)
	case !slices.Contains(s.templateNames(), templateName):
		return "", refuse(NoClaims, "", "%s has no claim template %q, but %s; name one of these", s, templateName, s.templateNames())
	}
	return templateName, nil
}

func (s Set) templateNames() []string {
	names := make([]string, len(s.Templates))
	for i, t := range s.Templates {
		names[i] = t.Name
	}
	return names
}

// point adds the step that makes a volume point at a claim.
func (p *Plan) point(action Action, c Claim, v *corev1.PersistentVolume, wrong *faults) {
	s := Step{Action: action, Claim: c, Before: v, After: pointed(action, *v, c)}
	switch ref := v.Spec.ClaimRef; {
	case c.Bound() && c.Spec.VolumeName != v.Name:
		wrong.add(BoundElsewhere, "name another ordinal, or scale that one away and delete its claim first", "claim %s is bound to %s already, and %s would wait for ever", c.Name, c.Spec.VolumeName, v.Name)
		return
	case c.owns(v):
		s.Action, s.After = Keep, *v
	case action == Reserve && c.isNamedBy(v):
		wrong.add(InUse, "", "%s was bound to an earlier claim %s: `pv release` lets it bind again", v.Name, c.Name)
		return
	case action == Reserve && ref != nil && ref.UID != "":
		wrong.add(TakenByOther, "name another volume: `pv status` has each that would serve", "%s belongs to claim %s/%s", v.Name, ref.Namespace, ref.Name)
		return
	case action == Reserve && ref != nil:
		wrong.add(TakenByOther, p.otherWay(*ref), "%s is reserved for claim %s/%s", v.Name, ref.Namespace, ref.Name)
		return
	}
	if policy := v.Spec.PersistentVolumeReclaimPolicy; s.Action == Reserve && policy != corev1.PersistentVolumeReclaimRetain {
		p.warn("the reclaim policy of %s is %s: deleting claim %s would delete its data", v.Name, policy, c.Name)
	}
	if v.DeletionTimestamp != nil {
		p.warn("%s is being deleted, and goes with claim %s", v.Name, c.Name)
	}
	p.Steps = append(p.Steps, s)
}

// listVolumes is where the names of volumes are.
const listVolumes = "`kubectl get pv` lists those that are there"

// otherWay is what to do about a volume that is reserved for another claim.
func (p *Plan) otherWay(ref corev1.ObjectReference) string {
	if ref.Namespace == p.Set.Namespace && p.Set.makes(ref.Name) {
		return "`pv rebind` gives it to another ordinal"
	}
	return "name another volume, or, if nobody needs that claim any more, take the volume's claimRef away first, with kubectl edit"
}

// pointed is a volume that is reserved for a claim by name: no uid, and nothing
// left that says the binder bound it, or the binder would drop the claimRef
// whole at the first conflict (pv_controller.go: unbindVolume).
func pointed(action Action, v corev1.PersistentVolume, c Claim) corev1.PersistentVolume {
	after := *v.DeepCopy()
	after.Spec.ClaimRef = reference(c)
	delete(after.Annotations, BoundByController)
	if action != Reserve {
		after.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimRetain
	}
	if outlives(after) {
		after.Status.Phase = corev1.VolumeAvailable
	}
	return after
}

// BoundByController marks a claimRef that the binder wrote.
const BoundByController = "pv.kubernetes.io/bound-by-controller"

// tellBeyond tells of ordinals that the set has not.
func (p *Plan) tellBeyond() {
	for _, s := range p.Steps {
		if !p.Set.Has(s.Claim.Ordinal) {
			p.tell("%s is for ordinal %d, which %s has not yet (replicas %d)", s.After.Name, s.Claim.Ordinal, p.Set, p.Set.Replicas)
		}
	}
}

// tellUnserved tells which claims of the templates that are served have no
// volume, and get none.
func (p *Plan) tellUnserved(stock Stock) {
	templates, claims := map[string]bool{}, map[string]bool{}
	for _, s := range p.Steps {
		templates[s.Claim.Template], claims[s.Claim.Name] = true, true
	}
	volumes := stock.catalogue()
	for _, c := range p.Set.ClaimsOf(stock, p.Set.Ordinals()) {
		pointing, _ := volumes.of(c)
		has := c.Bound() || slices.ContainsFunc(pointing, c.owns)
		if templates[c.Template] && !claims[c.Name] && !has {
			p.tell("%s gets no volume by this", c.Name)
		}
	}
}

// tellOverlooked tells what the binder does not look at on a reserved volume.
func (p *Plan) tellOverlooked(stock Stock) {
	var texts []string
	names := map[string][]string{}
	for _, s := range p.Steps {
		if s.Claim.Bound() {
			continue
		}
		for _, text := range stock.Judge(s.Claim, s.After).Told {
			if names[text] == nil {
				texts = append(texts, text)
			}
			names[text] = append(names[text], s.After.Name)
		}
	}
	for _, text := range texts {
		p.tell("%s: %s; it binds all the same", strings.Join(names[text], ", "), text)
	}
}

// Text of a step, for people: "reserved for data-web-0".
func (s Step) Text() string {
	text := fmt.Sprintf("%s for %s", s.Action, s.Claim.Name)
	if s.Why != "" {
		text += ": " + s.Why
	}
	return text
}
