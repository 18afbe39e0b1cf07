// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"testing"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
)

// TestForbidden names a rule once, however many objects need it.
func TestForbidden(t *testing.T) {
	volumes := []cluster.Rule{
		{Verb: "get", Resource: "persistentvolumes", Name: "a", Wide: true},
		{Verb: "get", Resource: "persistentvolumes", Name: "b", Wide: true},
		{Verb: "get", Resource: "pods"},
	}
	const want = `not allowed in namespace "shop": get pods; ask for a Role with these rules; ` +
		"not allowed in the whole cluster: get persistentvolumes; ask for a ClusterRole with these rules and a ClusterRoleBinding"
	if got := forbidden("shop", volumes).Error(); got != want {
		t.Errorf("it says %s\nwant %s", got, want)
	}
}
