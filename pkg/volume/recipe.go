// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/template"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/document"
)

// Kind of storage that volumes are made of.
type Kind string

// The kinds that a recipe knows; Custom takes any from a manifest.
const (
	NFS      Kind = "nfs"
	Local    Kind = "local"
	HostPath Kind = "hostPath"
	CSI      Kind = "csi"
	Custom   Kind = "template"
)

// DefaultName of a volume.
const DefaultName = "{{.Namespace}}-{{.Claim}}"

// Recipe says how the volumes of a set are made. Name, Path, Handle and
// Manifest are Go templates over [Fields].
type Recipe struct {
	Kind Kind
	Name string

	Server     string // nfs
	Path       string // nfs, local, hostPath
	Driver     string // csi
	Handle     string // csi
	FSType     string // local, csi
	Attributes map[string]string
	Manifest   string // the text of a PersistentVolume's manifest, for Custom

	Nodes        []Node // ordinals go round them
	Labels       map[string]string
	Reclaim      corev1.PersistentVolumeReclaimPolicy
	MountOptions []string
	Capacity     *resource.Quantity // nil: what the claim asks for
}

// Fields are what a name, a path or a handle is made from.
type Fields struct {
	Namespace string
	Set       string
	Claim     string // the claim's name
	Template  string // the name of the claim template
	Ordinal   int32
	Node      string // of Nodes; "" without
}

// Check says what is wrong with a recipe, whatever the set.
func (r Recipe) Check() error {
	if err := r.complete(); err != nil {
		return err
	}
	sample := Fields{Namespace: "default", Set: "web", Claim: "data-web-0", Template: "data", Node: "node-1"}
	for flag, text := range map[string]string{"--name": r.Name, "--path": r.Path, "--handle": r.Handle, "--template": r.Manifest} {
		if _, err := expand(text, sample); err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
	}
	if r.Kind == Custom {
		_, err := r.parse(sample)
		return err
	}
	return nil
}

// complete says whether a kind has what it needs.
func (r Recipe) complete() error {
	switch {
	case r.Kind == NFS && (r.Server == "" || r.Path == ""):
		return errors.New("type nfs needs --server and --path")
	case r.Kind == Local && (r.Path == "" || len(r.Nodes) == 0):
		return errors.New("type local needs --path and --nodes: a local volume is on one node")
	case r.Kind == HostPath && r.Path == "":
		return errors.New("type hostPath needs --path")
	case r.Kind == CSI && (r.Driver == "" || r.Handle == ""):
		return errors.New("type csi needs --driver and --handle")
	case r.Path != "" && !strings.HasPrefix(r.Path, "/") && !strings.HasPrefix(r.Path, "{{"):
		return fmt.Errorf("--path %q is not absolute", r.Path)
	}
	return nil
}

// expand fills a template. A field that there is not is an error, not a gap.
func expand(text string, fields Fields) (string, error) {
	parsed, err := template.New("").Option("missingkey=error").Parse(text)
	if err == nil {
		var b bytes.Buffer
		if err = parsed.Execute(&b, fields); err == nil {
			return b.String(), nil
		}
	}
	why := strings.TrimPrefix(err.Error(), "template: :")
	return "", fmt.Errorf("%s; the fields are .Namespace .Set .Claim .Template .Ordinal .Node", why)
}

// node of an ordinal, by its index in the set, so that it is the same whichever
// ordinals are asked for.
func (r Recipe) node(index int32) Node {
	n := int32(len(r.Nodes))
	if n == 0 {
		return Node{}
	}
	return r.Nodes[(index%n+n)%n]
}

// volume for a claim: what the claim asks for, reserved for it by name alone.
func (r Recipe) volume(c Claim, class Class, fields Fields, node Node) (corev1.PersistentVolume, error) {
	v, err := r.base(fields)
	if err != nil {
		return v, err
	}
	spec := &v.Spec
	v.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolume"}
	v.Status = corev1.PersistentVolumeStatus{}
	spec.AccessModes = ModesOf(c.Spec.AccessModes)
	spec.StorageClassName = class.Name
	spec.VolumeMode = new(modeOf(c.Spec.VolumeMode))
	spec.VolumeAttributesClassName = c.Spec.VolumeAttributesClassName
	spec.ClaimRef = reference(c)
	if spec.Capacity == nil {
		spec.Capacity = corev1.ResourceList{corev1.ResourceStorage: c.Request()}
	}
	if r.Capacity != nil {
		spec.Capacity = corev1.ResourceList{corev1.ResourceStorage: *r.Capacity}
	}
	if r.Reclaim != "" || spec.PersistentVolumeReclaimPolicy == "" {
		spec.PersistentVolumeReclaimPolicy = r.reclaim()
	}
	if len(r.MountOptions) > 0 {
		spec.MountOptions = r.MountOptions
	}
	if node.Host != "" {
		spec.NodeAffinity = onNode(node.Host)
	}
	for key, text := range r.Labels {
		metav1.SetMetaDataLabel(&v.ObjectMeta, key, text)
	}
	return v, nil
}

func (r Recipe) reclaim() corev1.PersistentVolumeReclaimPolicy {
	if r.Reclaim == "" {
		return corev1.PersistentVolumeReclaimRetain
	}
	return r.Reclaim
}

// reference reserves: namespace and name, and no uid.
func reference(c Claim) *corev1.ObjectReference {
	return &corev1.ObjectReference{APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: c.Namespace, Name: c.Name}
}

// base has the name and the source.
func (r Recipe) base(fields Fields) (corev1.PersistentVolume, error) {
	var v corev1.PersistentVolume
	if r.Kind == Custom {
		parsed, err := r.parse(fields)
		if err != nil {
			return v, err
		}
		v = parsed
	}
	texts := map[*string]string{}
	var path, handle string
	texts[&path], texts[&handle] = r.Path, r.Handle
	if v.Name == "" || r.Name != DefaultName {
		texts[&v.Name] = r.Name
	}
	for into, text := range texts {
		expanded, err := expand(text, fields)
		if err != nil {
			return v, err
		}
		*into = expanded
	}
	if r.Kind != Custom {
		v.Spec.PersistentVolumeSource = r.source(path, handle)
	}
	return v, nil
}

func (r Recipe) source(path, handle string) corev1.PersistentVolumeSource {
	switch r.Kind {
	case NFS:
		return corev1.PersistentVolumeSource{NFS: &corev1.NFSVolumeSource{Server: r.Server, Path: path}}
	case Local:
		return corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path, FSType: optional(r.FSType)}}
	case HostPath:
		return corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: path}}
	default:
		return corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{
			Driver: r.Driver, VolumeHandle: handle, FSType: r.FSType, VolumeAttributes: r.Attributes,
		}}
	}
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// parse reads the manifest, filled in. What a claim decides may not be in it.
func (r Recipe) parse(fields Fields) (corev1.PersistentVolume, error) {
	var v corev1.PersistentVolume
	text, err := expand(r.Manifest, fields)
	if err != nil {
		return v, err
	}
	object, err := single(text)
	if err != nil {
		return v, fmt.Errorf("--template: %w", err)
	}
	strict := json.NewDecoder(bytes.NewReader(object))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&v); err != nil {
		return v, fmt.Errorf("--template: %w", err)
	}
	switch {
	case v.Kind != "PersistentVolume":
		return v, fmt.Errorf("--template: its kind is %q, not PersistentVolume", v.Kind)
	case v.Spec.ClaimRef != nil:
		return v, errors.New("--template: leave spec.claimRef out, it is made for each ordinal")
	case v.UID != "" || v.ResourceVersion != "":
		return v, errors.New("--template: leave metadata.uid and metadata.resourceVersion out")
	}
	return v, nil
}

// single is the one document of a text, as JSON; null where there is none.
func single(text string) ([]byte, error) {
	all, err := document.Split([]byte(text))
	switch {
	case err != nil:
		return nil, err
	case len(all) > 1:
		return nil, errors.New("it has several documents; make the volumes of each by a command of its own")
	case len(all) == 0:
		return []byte("null"), nil
	default:
		return all[0], nil
	}
}
