// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
)

// hasService is for a word more: where it cannot be seen, there is no word.
func (a *action) hasService(ctx context.Context, serviceName string) bool {
	if serviceName == "" {
		return false
	}
	found, err := a.client.HasService(ctx, serviceName)
	return err == nil && found
}

// ungoverned says what is wrong where nobody makes the names of a set's pods; ""
// where its governing Service is there. A set may have none.
func ungoverned(ctx context.Context, client *cluster.Client, serviceName string) (string, error) {
	if serviceName == "" {
		return "", nil
	}
	found, err := client.HasService(ctx, serviceName)
	if err != nil || found {
		return "", err
	}
	return ungovernedBy(serviceName, client.Namespace()), nil
}

func ungovernedBy(serviceName, namespaceName string) string {
	return fmt.Sprintf("the governing Service %q is not in namespace %q: the pods get no names in DNS until it is there", serviceName, namespaceName)
}
