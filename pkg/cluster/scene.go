// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// scene is where a sighting begins: the set, and how it finds what is its own.
type scene struct {
	set      rollout.Set
	selector string
	labels   labels.Set // of the pods that it makes
}

func (c *Client) scene(ctx context.Context, setName string) (scene, error) {
	object, err := c.sets.Get(ctx, setName, metav1.GetOptions{})
	if err != nil {
		return scene{}, err
	}
	return c.sceneOf(object)
}

func (c *Client) sceneOf(object *unstructured.Unstructured) (scene, error) {
	set, err := rollout.LookSet(object)
	if err != nil {
		return scene{}, err
	}
	if err := set.Followed(); err != nil {
		return scene{}, err
	}
	set.Via = c.via
	selector, err := selectorOf(object)
	if err != nil {
		return scene{}, fmt.Errorf("%s: spec.selector: %w", set, err)
	}
	podLabels, _, err := unstructured.NestedStringMap(object.Object, "spec", "template", "metadata", "labels")
	if err != nil {
		return scene{}, fmt.Errorf("%s: %w", set, err)
	}
	return scene{set: set, selector: selector, labels: podLabels}, nil
}

func selectorOf(object *unstructured.Unstructured) (string, error) {
	raw, _, err := unstructured.NestedMap(object.Object, "spec", "selector")
	if err != nil {
		return "", err
	}
	var selector metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(raw, &selector); err != nil {
		return "", err
	}
	parsed, err := metav1.LabelSelectorAsSelector(&selector)
	if err != nil {
		return "", err
	}
	return parsed.String(), nil
}

// feeds bring what belongs to the set of a scene into a view.
func (c *Client) feeds(v *view, s scene) []*feed {
	about := "involvedObject.uid=" + string(s.set.UID)
	return []*feed{
		{name: "pods", source: sourceOf(c.core.Pods(c.namespaceName), s.selector, ""), sink: &v.pods},
		{name: "revisions", source: sourceOf(c.apps.ControllerRevisions(c.namespaceName), s.selector, ""), sink: &v.revisions},
		{name: EventsRead, source: sourceOf(c.core.Events(c.namespaceName), "", about), sink: &v.denials, need: helpful},
	}
}

// claimsFeed brings the namespace's claims into a view.
func (c *Client) claimsFeed(v *view, o Options) *feed {
	f := &feed{name: ClaimsRead, source: sourceOf(c.core.PersistentVolumeClaims(c.namespaceName), "", ""), sink: &v.claims, need: permitted}
	if o.NeedsClaims {
		f.need = required
	}
	return f
}
