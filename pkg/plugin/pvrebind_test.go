// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// TestRebindNeedsAClaimTemplate of several, by its own flag; and a volume that is not there is
// an error as with any object.
func TestRebindNeedsAClaimTemplate(t *testing.T) {
	set := volume.Set{Name: "web", Replicas: 1, Templates: make([]corev1.PersistentVolumeClaim, 2)}
	set.Templates[0].Name, set.Templates[1].Name = "data", "log"
	for templateName, want := range map[string]int{"": ExitUsage, "log": ExitError} {
		_, err := RebindVolume{Volume: "pv0", Template: templateName}.Plan(t.Context(), nil, set, volume.Stock{})
		if code, _, _ := verdict(err); code != want {
			t.Errorf("%q: %d, %v", templateName, code, err)
		}
		if templateName == "" && !strings.HasSuffix(err.Error(), "has the claim templates data, log: say which by --claim-template") {
			t.Error(err)
		}
	}
}
