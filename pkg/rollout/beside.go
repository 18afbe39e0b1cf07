// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"
)

// immutable fields of a StatefulSet's spec
// (pkg/apis/apps/validation/validation.go: ValidateStatefulSetUpdate).
var immutable = map[string]bool{"serviceName": true, "selector": true, "volumeClaimTemplates": true, "podManagementPolicy": true}

// Beside compares what a manifest's spec says beside its template with the live
// one, and names the fields that differ: those that could be changed and those
// that are immutable. Only what the manifest names counts, since the server
// fills in the rest.
func Beside(manifestSpec, liveSpec []byte) (changed, fixed []string, err error) {
	wanted, err := decode(manifestSpec)
	if err != nil {
		return nil, nil, fmt.Errorf("spec of the manifest: %w", err)
	}
	live, err := decode(liveSpec)
	if err != nil {
		return nil, nil, fmt.Errorf("spec of the set: %w", err)
	}
	for key, value := range wanted {
		switch {
		case key == "template" || covers(live[key], value):
		case immutable[key]:
			fixed = append(fixed, "spec."+key)
		default:
			changed = append(changed, "spec."+key)
		}
	}
	slices.Sort(changed)
	slices.Sort(fixed)
	return changed, fixed, nil
}

// covers says whether live has all that wanted names.
func covers(live, wanted any) bool {
	switch wanted := wanted.(type) {
	case nil:
		return true
	case map[string]any:
		has, ok := live.(map[string]any)
		for key, value := range wanted {
			ok = ok && covers(has[key], value)
		}
		return ok
	case []any:
		has, ok := live.([]any)
		if !ok || len(has) != len(wanted) {
			return false
		}
		for i, value := range wanted {
			ok = ok && covers(has[i], value)
		}
		return ok
	default:
		return sameValue(fmt.Sprint(live), fmt.Sprint(wanted))
	}
}

// sameValue: 1024Mi is 1Gi.
func sameValue(live, wanted string) bool {
	if live == wanted {
		return true
	}
	has, errHas := resource.ParseQuantity(live)
	asks, errAsks := resource.ParseQuantity(wanted)
	return errHas == nil && errAsks == nil && has.Cmp(asks) == 0
}
