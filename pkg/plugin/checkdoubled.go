// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"

	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// foundDoubled is the id of entries of one key.
const foundDoubled = "key-doubled"

// inspectDoubled finds what keeps others' server-side apply from changing the set.
func inspectDoubled(_ context.Context, _ session, f found) ([]rollout.Finding, error) {
	entries := manifest.Doubled(f.set.Spec.Template)
	if len(entries) == 0 {
		return nil, nil
	}
	return []rollout.Finding{{
		ID: foundDoubled, Severity: rollout.FindingWarning, Object: volume.SetOf(f.set).String(), Details: entries,
		Message: fmt.Sprintf("its template has %d keys twice: the server stores that, and refuses a server-side apply with it, as other tools may send; this program writes such a template whole", len(entries)),
	}}, nil
}
