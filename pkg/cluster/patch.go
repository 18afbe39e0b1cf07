// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// encode makes the one patch of a change, a JSON patch (RFC 6902). Its tests
// hold it to the spec that it was decided on: the generation alone would do, and
// the old values say so once more where it matters. A template is decided on the
// current revision too, which moves once all pods are updated. A resourceVersion
// would collide with the controller's own writes of the status at almost every
// step.
func encode(set rollout.Set, p rollout.SetPatch) ([]byte, error) {
	operations := sameSpec(set)
	if p.Template != nil {
		replace, err := replacing(p.Template.Raw)
		if err != nil {
			return nil, err
		}
		operations = append(operations, operation{"test", pathCurrent, revisionOf(set.Current)}, replace)
	}
	if p.Partition != nil {
		operations = append(operations, movePartition(set.Partition, *p.Partition)...)
	}
	if p.Replicas != nil {
		operations = append(operations,
			operation{"test", pathReplicas, set.Replicas},
			operation{"replace", pathReplicas, *p.Replicas})
	}
	if p.Retention != nil {
		operations = append(operations, operation{"add", pathRetention, map[string]string{
			"whenDeleted": p.Retention.WhenDeleted, "whenScaled": p.Retention.WhenScaled,
		}})
	}
	operations = append(operations, note(set, rollout.RecordKey, p.Record.String())...)
	return json.Marshal(append(operations, rename(set)...))
}

// rename gives our entries of managedFields under the former name the present one,
// bound to their places: the server adds what a patch changes to what the patch says
// of managers (apimachinery/pkg/util/managedfields/internal/fieldmanager.go: Update).
func rename(set rollout.Set) []operation {
	place := func(index int, field string) string { return fmt.Sprintf("/metadata/managedFields/%d%s", index, field) }
	var operations []operation
	for _, former := range set.Formers {
		operations = append(operations, operation{"test", place(former.Index, "/manager"), rollout.FormerFieldManager})
		if former.Into < 0 {
			operations = append(operations, operation{"replace", place(former.Index, "/manager"), rollout.FieldManager})
			continue
		}
		operations = append(operations, operation{"test", place(former.Into, "/manager"), rollout.FieldManager},
			operation{"replace", place(former.Into, "/fieldsV1"), former.Fields})
	}
	for _, former := range slices.Backward(set.Formers) { // a removal moves those behind it
		if former.Into >= 0 {
			operations = append(operations, operation{"remove", place(former.Index, ""), nil})
		}
	}
	return operations
}

// encodeNudge makes the patch of a nudge.
func encodeNudge(set rollout.Set, n rollout.Nudge) ([]byte, error) {
	return json.Marshal(append(sameSpec(set), note(set, rollout.NudgeKey, n.At.UTC().Format(time.RFC3339))...))
}

// sameSpec holds a patch to the spec that was seen.
func sameSpec(set rollout.Set) []operation {
	return []operation{
		{"test", "/metadata/uid", set.UID},
		{"test", "/metadata/generation", set.Generation},
	}
}

// replacing puts a template, every value with its bytes, in the place of the one
// that is there: merged with it, what the old one has and the new one has not
// would stay.
func replacing(template []byte) (operation, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(template, &fields); err != nil {
		return operation{}, fmt.Errorf("pod template: %w", err)
	}
	if fields == nil {
		return operation{}, fmt.Errorf("pod template: it is null")
	}
	return operation{"replace", pathTemplate, json.RawMessage(template)}, nil
}

// revisionOf is a revision's name in a test; nil, which a missing one passes, for none.
func revisionOf(revisionName string) any {
	if revisionName == "" {
		return nil
	}
	return revisionName
}

// block is the rollingUpdate block of a partition; nil, which deletes it, for none.
func block(p rollout.Partition) any {
	if p.Nil {
		return nil
	}
	return map[string]int32{"partition": p.Index}
}

// operation is one line of a JSON patch.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"` // ignored by remove; a test for null is one for nothing
}

const (
	pathTemplate  = "/spec/template"
	pathCurrent   = "/status/currentRevision"
	pathBlock     = "/spec/updateStrategy/rollingUpdate"
	pathReplicas  = "/spec/replicas"
	pathRetention = "/spec/persistentVolumeClaimRetentionPolicy"
	pathNotes     = "/metadata/annotations"
)

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

// note writes an annotation. Annotations make no generation, so where the sighting
// has none a test keeps the patch from wiping out what others wrote since.
func note(set rollout.Set, key, value string) []operation {
	if !set.Annotated {
		return []operation{
			{"test", pathNotes, nil},
			{"add", pathNotes, map[string]string{key: value}},
		}
	}
	return []operation{{"add", pathNotes + "/" + strings.ReplaceAll(key, "/", "~1"), value}}
}
