// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Kind of an object.
type Kind string

// The kinds that a file may have.
const (
	Volume  Kind = "PersistentVolume"
	Service Kind = "Service"
	Set     Kind = "StatefulSet"
)

// versions are the API versions of the kinds.
var versions = map[Kind]string{Volume: "v1", Service: "v1", Set: "apps/v1"}

// words are the kinds in kubectl's messages.
var words = map[Kind]string{Volume: "persistentvolume", Service: "service", Set: "statefulset.apps"}

// Object is one document, without what only a cluster adds.
type Object struct {
	Kind      Kind
	Name      string
	Namespace string // "" where the document names none
	tree      map[string]any
}

// String is the name as kubectl writes it.
func (o Object) String() string { return words[o.Kind] + "/" + o.Name }

// errNull is a document of nothing.
var errNull = errors.New("a document is null, not an object")

// objectOf checks as much of a document as has no sense without a cluster; the
// fields are the server's to judge.
func objectOf(tree map[string]any) (Object, error) {
	u := unstructured.Unstructured{Object: tree}
	o := Object{Kind: Kind(u.GetKind()), Name: u.GetName(), Namespace: u.GetNamespace(), tree: tree}
	version, known := versions[o.Kind]
	switch {
	case o.Kind == "":
		return o, errors.New("a document has no kind")
	case !known:
		return o, fmt.Errorf("it has a %s %q, and this command applies a StatefulSet with its Services and PersistentVolumes only; apply these with kubectl first", o.Kind, o.Name)
	case u.GetAPIVersion() != version:
		return o, fmt.Errorf("the %s %q has apiVersion %q, %q is the one", o.Kind, o.Name, u.GetAPIVersion(), version)
	case o.Name == "" && u.GetGenerateName() != "":
		return o, fmt.Errorf("a %s has metadata.generateName, which a server-side apply cannot use; give it a name", o.Kind)
	case o.Name == "":
		return o, fmt.Errorf("a %s has no name", o.Kind)
	case o.Kind == Volume && o.Namespace != "":
		return o, fmt.Errorf("the PersistentVolume %q has a namespace, and volumes are in none", o.Name)
	}
	if problems := validation.IsDNS1123Subdomain(o.Name); len(problems) > 0 {
		return o, fmt.Errorf("%q is no name of a %s: %s", o.Name, o.Kind, problems[0])
	}
	if _, ok := tree["spec"].(map[string]any); !ok {
		return o, fmt.Errorf("the %s %q has no spec", o.Kind, o.Name)
	}
	if err := misread("", tree); err != nil {
		return o, fmt.Errorf("the %s %q: %w", o.Kind, o.Name, err)
	}
	o.clean()
	return o, nil
}

// clusters adds these.
var metadataOfCluster = []string{
	"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink",
	"deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences",
}

// LastApplied is where kubectl apply keeps what it applied.
const LastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// clean takes off what is a cluster's and not the file's.
func (o Object) clean() {
	delete(o.tree, "status")
	metadata, _ := o.tree["metadata"].(map[string]any)
	for _, key := range metadataOfCluster {
		delete(metadata, key)
	}
	if annotations, ok := metadata["annotations"].(map[string]any); ok {
		delete(annotations, rollout.RecordKey)
		delete(annotations, rollout.NudgeKey)
		delete(annotations, LastApplied)
	}
}

// Asked is what a StatefulSet's document says of the things that are reached a
// step at a time; nil where it says nothing.
type Asked struct {
	ServiceName string
	Strategy    string // "" where it says nothing
	Replicas    *int32
	Partition   *int32
}

// asked reads what a StatefulSet's document says.
func (o Object) asked() (Asked, error) {
	var typed struct {
		Spec struct {
			ServiceName    string `json:"serviceName"`
			Replicas       *int32 `json:"replicas"`
			UpdateStrategy struct {
				Type          string `json:"type"`
				RollingUpdate *struct {
					Partition *int32 `json:"partition"`
				} `json:"rollingUpdate"`
			} `json:"updateStrategy"`
		} `json:"spec"`
	}
	if err := o.into(&typed); err != nil {
		return Asked{}, err
	}
	asked := Asked{ServiceName: typed.Spec.ServiceName, Strategy: typed.Spec.UpdateStrategy.Type, Replicas: typed.Spec.Replicas}
	if rolling := typed.Spec.UpdateStrategy.RollingUpdate; rolling != nil {
		asked.Partition = rolling.Partition
	}
	switch {
	case asked.Replicas != nil && (*asked.Replicas < 0 || *asked.Replicas > rollout.MostReplicas):
		return Asked{}, fmt.Errorf("the StatefulSet %q has %d replicas, which is not from 0 to %d", o.Name, *asked.Replicas, rollout.MostReplicas)
	case asked.Partition != nil && *asked.Partition < 0:
		return Asked{}, fmt.Errorf("the StatefulSet %q has partition %d, which is negative", o.Name, *asked.Partition)
	}
	return asked, nil
}

// into reads the document into a type. Its errors name the field.
func (o Object) into(typed any) error {
	text, err := json.Marshal(o.tree)
	if err == nil {
		err = decode(text, typed)
	}
	if err != nil {
		return fmt.Errorf("the %s %q: %w", o.Kind, o.Name, err)
	}
	return nil
}

// Spec is the document's spec, as JSON.
func (o Object) Spec() ([]byte, error) { return json.Marshal(o.tree["spec"]) }

// Claim is what a volume's document reserves it for; nil for nothing.
func (o Object) claim() (*corev1.ObjectReference, error) { return claimRefOf(o.tree) }

func claimRefOf(tree map[string]any) (*corev1.ObjectReference, error) {
	raw, found, err := unstructured.NestedMap(tree, "spec", "claimRef")
	if err != nil || !found {
		return nil, err
	}
	var ref corev1.ObjectReference
	err = runtime.DefaultUnstructuredConverter.FromUnstructured(raw, &ref)
	return &ref, err
}

// path is such as "spec.claimRef".
func path(keys ...string) string { return strings.Join(keys, ".") }
