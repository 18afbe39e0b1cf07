// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// PlanCreate plans one new volume for each claim of the ordinals.
func PlanCreate(set Set, stock Stock, r Recipe, ordinals []int32) (Plan, error) {
	claims, err := set.claimsOrRefuse(stock, ordinals)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Set: set}
	for _, c := range claims {
		class := stock.ClassOf(c)
		node := r.node(c.Ordinal - set.Start)
		v, err := r.volume(c, class, Fields{
			Namespace: c.Namespace, Set: set.Name, Claim: c.Name, Template: c.Template, Ordinal: c.Ordinal, Node: node.Name,
		}, node)
		if err != nil {
			return Plan{}, refuse(BadTemplate, "", "the volume of %s: %v; correct the flags or the file of --template", c.Name, err)
		}
		p.Steps = append(p.Steps, Step{Action: Create, Claim: c, After: v})
	}
	if err := p.storable(); err != nil {
		return Plan{}, err
	}
	if err := p.separate(stock); err != nil {
		return Plan{}, err
	}
	if err := p.meet(stock); err != nil {
		return Plan{}, err
	}
	p.tellOfClasses(stock)
	p.warnOfNodes()
	return p, p.prove(stock)
}

// storable refuses what the server would not store
// (pkg/apis/core/validation/validation.go: ValidatePersistentVolumeSpec).
func (p Plan) storable() error {
	var wrong faults
	for _, s := range p.Steps {
		if attributes := value(s.After.Spec.VolumeAttributesClassName); attributes != "" && s.After.Spec.CSI == nil {
			wrong.add(Unfit, "make it with --type csi or --template", "%s asks for volumeAttributesClassName %q, which only a csi volume can have", s.Claim.Name, attributes)
		}
		if why := noBlock(s.After); why != "" {
			wrong.add(Unfit, "", "%s asks for volumeMode Block, and %s", s.Claim.Name, why)
		}
	}
	return wrong.refusal()
}

// noBlock is why a volume cannot be a block device: the server stores it, and the kubelet
// finds no mapper among its plugins, nfs and hostPath being none
// (pkg/volume/plugins.go: FindMapperPluginBySpec,
// pkg/volume/util/operationexecutor/operation_generator.go: GenerateMapVolumeFunc).
func noBlock(v corev1.PersistentVolume) string {
	source := v.Spec.PersistentVolumeSource
	switch {
	case modeOf(v.Spec.VolumeMode) != corev1.PersistentVolumeBlock:
		return ""
	case source.NFS != nil:
		return "nfs has none: the pod would stay in ContainerCreating; make it of csi or local"
	case source.HostPath != nil:
		return "hostPath has none: the pod would stay in ContainerCreating; make it of local, with --nodes, or csi"
	default:
		return ""
	}
}

// warnOfNodes warns of directories of whichever node a pod is on.
func (p *Plan) warnOfNodes() {
	var names []string
	for _, s := range p.Steps {
		if s.Writes() && s.After.Spec.HostPath != nil && affinity(&s.After) == "" {
			names = append(names, s.After.Name)
		}
	}
	if len(names) > 0 {
		p.warn("%s: a hostPath is a directory of the node that the pod is on, and without --nodes a pod that comes back on another node does not find its data", rollout.Enumerate(names))
	}
}

// separate refuses two volumes of one name, and two of the same data.
func (p Plan) separate(stock Stock) error {
	var wrong faults
	names, places := map[string]string{}, map[string]string{}
	for _, v := range stock.Volumes {
		places[placeOf(v)] = "volume " + v.Name
	}
	for _, s := range p.Steps {
		v := s.After
		if problems := validation.IsDNS1123Subdomain(v.Name); len(problems) > 0 {
			wrong.add(BadName, "give another --name", "the volume of %s cannot be named %q: %s", s.Claim.Name, v.Name, problems[0])
			continue
		}
		if other, ok := names[v.Name]; ok {
			wrong.add(SharedData, "", "%s and %s would both get a volume named %q; use {{.Claim}} in --name", other, s.Claim.Name, v.Name)
		}
		if other, ok := places[placeOf(v)]; ok && other != "volume "+v.Name {
			wrong.add(SharedData, "", "%s and %s would share data: both have %s; use {{.Claim}} or {{.Ordinal}} in the path or handle", other, s.Claim.Name, SourceText(v))
		}
		names[v.Name], places[placeOf(v)] = s.Claim.Name, s.Claim.Name
	}
	return wrong.refusal()
}

// placeOf is where the data of a volume are. Two volumes of one place share them.
func placeOf(v corev1.PersistentVolume) string {
	// The fields of a source are all that json can write.
	source, _ := json.Marshal(plainSource(v.Spec.PersistentVolumeSource))
	return string(source) + affinity(&v)
}

// plainSource leaves out what does not say where the data are, and writes one
// path, and one server, one way.
func plainSource(source corev1.PersistentVolumeSource) corev1.PersistentVolumeSource {
	switch {
	case source.NFS != nil:
		return corev1.PersistentVolumeSource{NFS: &corev1.NFSVolumeSource{Server: strings.ToLower(source.NFS.Server), Path: path.Clean(source.NFS.Path)}}
	case source.HostPath != nil:
		return corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: path.Clean(source.HostPath.Path)}}
	case source.Local != nil:
		return corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path.Clean(source.Local.Path)}}
	case source.CSI != nil:
		return corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: source.CSI.Driver, VolumeHandle: source.CSI.VolumeHandle}}
	}
	return source
}

// meet compares the plan with what is there: volumes of the same name, and
// claims that are bound.
func (p *Plan) meet(stock Stock) error {
	var wrong faults
	for i := range p.Steps {
		s := &p.Steps[i]
		if there := stock.volume(s.After.Name); there != nil {
			s.Before = there
			if why := differs(*there, s.After, s.Claim); why != "" {
				wrong.add(NameTaken, "give the new one another --name, or leave that ordinal out with --ordinals", "persistentvolume/%s exists and is not what would be made: %s", there.Name, why)
				continue
			}
			s.Action, s.After = Keep, *there
		}
		if bound := s.Claim.Spec.VolumeName; s.Claim.Bound() && bound != s.After.Name {
			s.Action, s.Why = Skip, "bound to "+bound
			p.tell("%s is bound to %s, so no volume is made for it", s.Claim.Name, bound)
		}
	}
	return wrong.refusal()
}

// differs says why a volume that is there is not the one that would be made.
func differs(there, wanted corev1.PersistentVolume, c Claim) string {
	switch {
	case there.Spec.ClaimRef == nil:
		return "it is reserved for nobody; `pv reserve` gives it to a claim"
	case !c.isNamedBy(&there):
		return fmt.Sprintf("it is for claim %s/%s", there.Spec.ClaimRef.Namespace, there.Spec.ClaimRef.Name)
	case !c.owns(&there):
		return "it was bound to an earlier claim of this name; `pv release` lets it bind again"
	case placeOf(there) != placeOf(wanted):
		return fmt.Sprintf("it is %s, not %s", SourceText(there), SourceText(wanted))
	case !apiequality.Semantic.DeepEqual(there.Spec.Capacity, wanted.Spec.Capacity) && !c.Bound():
		return fmt.Sprintf("its capacity is %s, not %s", Capacity(there), Capacity(wanted))
	}
	return ""
}

// tellOfClasses tells of the traps of storage classes, once for each class.
func (p *Plan) tellOfClasses(stock Stock) {
	told := map[string]bool{}
	for _, s := range p.Steps {
		class := stock.ClassOf(s.Claim)
		text := ""
		switch {
		case class.Unknown:
			text = "storage classes may not be read: a default class, which claims without a class get, would not be seen"
		case class.Missing:
			text = fmt.Sprintf("there is no StorageClass %q; the claims of it bind to volumes that name it or are reserved, and none is provisioned", class.Name)
		case class.Default:
			text = fmt.Sprintf("the claim templates name no class, so their claims get the default class %q; the volumes are put into it", class.Name)
		}
		if text != "" && !told[text] {
			told[text] = true
			p.tell("%s", text)
		}
	}
}

// Capacity of a volume, for people.
func Capacity(v corev1.PersistentVolume) string {
	size := v.Spec.Capacity[corev1.ResourceStorage]
	return size.String()
}

// SourceText is where the data of a volume are, for people.
func SourceText(v corev1.PersistentVolume) string {
	switch source := v.Spec.PersistentVolumeSource; {
	case source.NFS != nil:
		return "nfs " + source.NFS.Server + ":" + source.NFS.Path
	case source.HostPath != nil:
		return "hostPath " + source.HostPath.Path
	case source.Local != nil:
		return "local " + source.Local.Path
	case source.CSI != nil:
		return "csi " + source.CSI.Driver + " " + source.CSI.VolumeHandle
	default:
		text, _ := json.Marshal(source)
		return string(text)
	}
}
