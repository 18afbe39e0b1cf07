// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
)

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
	return fmt.Sprintf("the governing Service %q is not in namespace %q: the pods get no names in DNS until it is there", serviceName, client.Namespace()), nil
}
