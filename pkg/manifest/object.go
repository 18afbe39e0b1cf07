// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// Object is one document, without what only a cluster adds.
type Object struct {
	Kind       Kind
	APIVersion string
	Name       string
	Namespace  string // "" where the document names none
	Resource   Resource
	tree       map[string]any
}

// String is the name as kubectl writes it: "statefulset.apps/web".
func (o Object) String() string {
	_, group, _ := strings.Cut(string(o.Kind), ".")
	if o.Managed() {
		group = resources[o.Kind].Group
	}
	return strings.ToLower(strings.TrimSuffix(o.kind()+"."+group, ".")) + "/" + o.Name
}

// Managed says that it is of a kind that an apply manages.
func (o Object) Managed() bool {
	_, isManaged := resources[o.Kind]
	return isManaged
}

// GroupVersionKind is what discovery knows the object's kind by.
func (o Object) GroupVersionKind() schema.GroupVersionKind {
	return schema.FromAPIVersionAndKind(o.APIVersion, o.kind())
}

// kind is that of the document, without its group.
func (o Object) kind() string {
	kind, _, _ := strings.Cut(string(o.Kind), ".")
	return kind
}

// errNull is a document of nothing.
var errNull = errors.New("a document is null, not an object")

// Objects reads a document, as JSON, and takes Lists apart. Its errors are about
// what every object needs: a kind, and a name and a namespace that are text.
func Objects(document []byte) ([]Object, error) {
	var tree map[string]any
	if err := utiljson.Unmarshal(document, &tree); err != nil {
		return nil, fmt.Errorf("a document is no object: %w", err)
	}
	return objectsOf(tree)
}

func objectsOf(tree map[string]any) ([]Object, error) {
	if tree == nil {
		return nil, errNull
	}
	items, isList := tree["items"].([]any)
	if !isList {
		o, err := identify(tree)
		return []Object{o}, err
	}
	var all []Object
	for _, item := range items {
		inner, ok := item.(map[string]any)
		if !ok {
			return nil, errors.New("an item of a List is no object")
		}
		objects, err := objectsOf(inner)
		if err != nil {
			return nil, err
		}
		all = append(all, objects...)
	}
	return all, nil
}

// identify reads what names an object. What is no text counts as nothing to
// [unstructured.Unstructured], so that an object would go to another namespace than
// the one that is written.
func identify(tree map[string]any) (Object, error) {
	u := unstructured.Unstructured{Object: tree}
	o := Object{Kind: kindOf(u.GetAPIVersion(), u.GetKind()), APIVersion: u.GetAPIVersion(), Name: u.GetName(), Namespace: u.GetNamespace(), tree: tree}
	o.Resource = resources[o.Kind]
	for _, keys := range [][]string{{"apiVersion"}, {"kind"}} {
		if err := mustBeText("a document", tree, keys...); err != nil {
			return o, err
		}
	}
	if u.GetKind() == "" {
		return o, errors.New("a document has no kind")
	}
	what := withArticle(u.GetKind())
	if o.Name != "" {
		what = fmt.Sprintf("the %s %q", u.GetKind(), o.Name)
	}
	if metadata, found := tree["metadata"]; found && metadata != nil {
		if _, ok := metadata.(map[string]any); !ok {
			return o, fmt.Errorf("%s: metadata is %s, where an object is needed", what, inWords(valueOf(metadata)))
		}
	}
	for _, keys := range [][]string{{"metadata", "name"}, {"metadata", "namespace"}, {"metadata", "generateName"}} {
		if err := mustBeText(what, tree, keys...); err != nil {
			return o, err
		}
	}
	return o, nil
}

// mustBeText refuses a field that YAML has taken for something else, as the decoder
// of kubectl does.
func mustBeText(what string, tree map[string]any, keys ...string) error {
	value, found, err := unstructured.NestedFieldNoCopy(tree, keys...)
	if _, isText := value.(string); err != nil || !found || value == nil || isText {
		return nil
	}
	return fmt.Errorf("%s: %s", what, notText(path(keys...), value))
}

// notText says what a field is that should be text, and how it becomes that.
func notText(field string, value any) string {
	switch value.(type) {
	case int64, float64, bool:
		return fmt.Sprintf("%s is %s (%v), where text is needed; %s", field, inWords(valueOf(value)), value, inQuotes)
	default:
		return fmt.Sprintf("%s is %s, where text is needed", field, inWords(valueOf(value)))
	}
}

// inQuotes is how a number becomes text.
const inQuotes = "put it in quotes"

// valueOf is a value's type in the decoder's words, see inWords.
func valueOf(value any) string {
	switch value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case bool:
		return "bool"
	case string:
		return "string"
	default:
		return "number"
	}
}

// Checked is a managed object, or what has no sense in it without a cluster; the
// fields are the server's to judge.
func (o Object) Checked() (Object, error) {
	u := unstructured.Unstructured{Object: o.tree}
	switch {
	case o.Outdated() != "":
		return o, errors.New(o.Outdated())
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
	if _, ok := o.tree["spec"].(map[string]any); !ok {
		return o, fmt.Errorf("the %s %q has no spec", o.Kind, o.Name)
	}
	o.clean()
	return o, o.Into(o.Kind.typed())
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
	if o.Managed() {
		prune(o.tree, isNothing)
	} else {
		prune(o.tree, isNull)
	}
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

// vanishing are the maps that the API stores as none where they are empty. Of
// others, such as emptyDir or a selector, an empty one says something.
var vanishing = []string{"annotations", "labels", "nodeSelector", "limits", "requests", "matchLabels"}

func isNull(_ string, value any) bool { return value == nil }

// isNothing is null too, and an empty list or map that the server stores as none.
func isNothing(key string, value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0 && slices.Contains(vanishing, key)
	default:
		return false
	}
}

// prune takes out what says nothing. A server-side apply makes "" of a null, by
// which ordinals would roll, and answers a conflict where another manager has
// applied the same nothing.
func prune(tree map[string]any, nothing func(key string, value any) bool) {
	for key, value := range tree {
		switch value := value.(type) {
		case map[string]any:
			prune(value, nothing)
		case []any:
			for _, item := range value {
				if entry, ok := item.(map[string]any); ok {
					prune(entry, nothing)
				}
			}
		}
		if nothing(key, value) {
			delete(tree, key)
		}
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

// Asked reads what a StatefulSet's document says.
func (o Object) Asked() (Asked, error) {
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
	if err := o.decode(&typed); err != nil {
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

// Into reads the document into a type. Its errors name the field.
func (o Object) Into(typed any) error {
	if err := misread("", o.tree); err != nil {
		return fmt.Errorf("the %s %q: %w", o.Kind, o.Name, err)
	}
	return o.decode(typed)
}

func (o Object) decode(typed any) error {
	text, err := json.Marshal(o.tree)
	if err == nil {
		err = decode(text, typed)
	}
	if err != nil {
		return fmt.Errorf("the %s %q: %w", o.Kind, o.Name, err)
	}
	return nil
}

// JSON is the document.
func (o Object) JSON() ([]byte, error) { return json.Marshal(o.tree) }

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
