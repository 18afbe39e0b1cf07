// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// unplaced finds a pod that no scheduler has placed: it is on its node by spec.nodeName,
// and one of its claims is not bound. The scheduler leaves no pod on a node before all are
// (pkg/scheduler/framework/plugins/volumebinding/volume_binding.go: PreBind), and in a class
// with WaitForFirstConsumer nobody else has a claim bound
// (pkg/controller/volume/persistentvolume/pv_controller.go: syncUnboundClaim).
func (g Glance) unplaced(pod Pod) Pod {
	if pod.Node == "" || pod.SetUp || !slices.Contains([]CauseID{"", Creating, VolumeMount}, pod.Cause.ID) {
		return pod
	}
	for _, claimName := range slices.Concat(pod.Claims, pod.Ephemeral) {
		if g.isUnbound(claimName) {
			pod.Cause = Cause{
				ID: ClaimPending, Claim: claimName,
				Message: fmt.Sprintf("%s is not bound, and no scheduler has placed the pod: its template has nodeName %q", claimName, pod.Node),
			}
			return pod
		}
	}
	return pod
}

func (g Glance) isUnbound(claimName string) bool {
	if g.Around.Claims[claimName].Phase == string(corev1.ClaimPending) {
		return true
	}
	place, found := slices.BinarySearchFunc(g.Claims, claimName, func(c ClaimSight, name string) int { return strings.Compare(c.Name, name) })
	return found && g.Claims[place].Unbound
}
