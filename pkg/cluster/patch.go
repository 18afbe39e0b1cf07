// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// encode makes the one patch of a change: its kind and its body.
func encode(set rollout.Set, p rollout.SetPatch) (types.PatchType, []byte, error) {
	if p.Template != nil {
		body, err := wholePatch(set, p)
		return types.StrategicMergePatchType, body, err
	}
	body, err := json.Marshal(stepPatch(set, p))
	return types.JSONPatchType, body, err
}

// wholePatch writes a template. The uid and the resourceVersion in it are
// preconditions: the server answers 422 and 409 where they are not so.
func wholePatch(set rollout.Set, p rollout.SetPatch) ([]byte, error) {
	template, err := replacing(p.Template.Raw)
	if err != nil {
		return nil, err
	}
	spec := map[string]any{"template": template}
	if p.Partition != nil {
		// A server refuses a rollingUpdate block whose type is not named with it
		// where the two do not go together, instead of switching the strategy.
		spec["updateStrategy"] = map[string]any{"type": set.Strategy, "rollingUpdate": block(*p.Partition)}
	}
	if p.Replicas != nil {
		spec["replicas"] = *p.Replicas
	}
	return json.Marshal(map[string]any{
		"metadata": map[string]any{
			"uid": set.UID, "resourceVersion": set.Version,
			"annotations": map[string]string{rollout.RecordKey: p.Record.String()},
		},
		"spec": spec,
	})
}

// replacing makes of a template a patch that replaces the one that is there.
// Without the directive it would be merged with it, and what the old one has
// and the new one has not would stay. Every value keeps its bytes.
func replacing(template []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(template, &fields); err != nil {
		return nil, fmt.Errorf("pod template: %w", err)
	}
	if fields == nil {
		return nil, fmt.Errorf("pod template: it is null")
	}
	fields["$patch"] = json.RawMessage(`"replace"`)
	return fields, nil
}

// block is the rollingUpdate block of a partition; nil, which deletes it, for none.
func block(p rollout.Partition) any {
	if p.Nil {
		return nil
	}
	return map[string]int32{"partition": p.Index}
}

// operation is one line of a JSON patch (RFC 6902).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"` // ignored by remove; a test for null is one for nothing
}

const (
	pathBlock    = "/spec/updateStrategy/rollingUpdate"
	pathReplicas = "/spec/replicas"
	pathNotes    = "/metadata/annotations"
)

// stepPatch moves the partition or the number of replicas, and writes the
// record. Its tests hold it to the spec that it was decided on: the generation
// alone would do, and the old values say so once more where it matters.
func stepPatch(set rollout.Set, p rollout.SetPatch) []operation {
	operations := []operation{
		{"test", "/metadata/uid", set.UID},
		{"test", "/metadata/generation", set.Generation},
	}
	if p.Partition != nil {
		operations = append(operations, movePartition(set.Partition, *p.Partition)...)
	}
	if p.Replicas != nil {
		operations = append(operations,
			operation{"test", pathReplicas, set.Replicas},
			operation{"replace", pathReplicas, *p.Replicas})
	}
	return append(operations, note(set, p.Record)...)
}

func movePartition(from, to rollout.Partition) []operation {
	switch {
	case from.Nil && to.Nil:
		return nil
	case from.Nil:
		return []operation{{"test", pathBlock, nil}, {"add", pathBlock, block(to)}}
	case to.Nil:
		return []operation{{"test", pathBlock + "/partition", from.Index}, {"remove", pathBlock, nil}}
	default:
		return []operation{
			{"test", pathBlock + "/partition", from.Index},
			{"replace", pathBlock + "/partition", to.Index},
		}
	}
}

// note writes the record. Annotations make no generation, so where the sighting
// has none a test keeps the patch from wiping out what others wrote since.
func note(set rollout.Set, record rollout.Record) []operation {
	if !set.Annotated {
		return []operation{
			{"test", pathNotes, nil},
			{"add", pathNotes, map[string]string{rollout.RecordKey: record.String()}},
		}
	}
	return []operation{{"add", pathNotes + "/" + strings.ReplaceAll(rollout.RecordKey, "/", "~1"), record.String()}}
}
