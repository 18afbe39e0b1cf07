// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"encoding/json"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
)

// TestChanging: what a file changes, the most telling first; the replicas are not in
// what is sent.
func TestChanging(t *testing.T) {
	set := func(image string) *unstructured.Unstructured {
		text := `{"metadata":{"name":"web"},"spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"app","image":"shop/app:` + image + `"}]}}}}`
		object := &unstructured.Unstructured{}
		if err := json.Unmarshal([]byte(text), &object.Object); err != nil {
			t.Fatal(err)
		}
		return object
	}
	five, three := int32(5), int32(3)
	for name, tt := range map[string]struct {
		image   string
		changes []string
		asked   manifest.Asked
		want    string
	}{
		"nothing":    {image: "v1"},
		"an image":   {image: "v2", changes: []string{"spec.template"}, want: "image app: v1 -> v2"},
		"replicas":   {image: "v1", asked: manifest.Asked{Replicas: &five}, want: "replicas 3 -> 5"},
		"the same":   {image: "v1", asked: manifest.Asked{Replicas: &three}},
		"everything": {"v2", []string{"metadata.labels", "spec.template"}, manifest.Asked{Replicas: &five}, "image app: v1 -> v2, replicas 3 -> 5, metadata.labels"},
	} {
		got, err := changing(cluster.Prospect{Live: set("v1"), After: set(tt.image), Changes: tt.changes}, tt.asked)
		if text := strings.Join(got, ", "); err != nil || text != tt.want {
			t.Errorf("%s: %q (%v), want %q", name, text, err, tt.want)
		}
	}
}
