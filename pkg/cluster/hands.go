// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// kedaLabel is on every autoscaler that KEDA makes: the name of its ScaledObject.
const kedaLabel = "scaledobject.keda.sh/name"

// Hands are the autoscalers that move the set's replicas. Whether they may be
// read is told by apierrors.IsForbidden of the error.
func (c *Client) Hands(ctx context.Context, s rollout.State) ([]rollout.Hand, error) {
	scalers, err := c.autoscaling.HorizontalPodAutoscalers(c.namespaceName).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("autoscalers of %s: %w", s.Set, err)
	}
	return scalersOf(s.Set, scalers.Items), nil
}

// scalersOf picks the autoscalers of a set that have room to move.
func scalersOf(set rollout.Set, scalers []autoscalingv2.HorizontalPodAutoscaler) []rollout.Hand {
	var hands []rollout.Hand
	for _, scaler := range scalers {
		target := scaler.Spec.ScaleTargetRef
		if target.Kind != "StatefulSet" || target.Name != set.Name {
			continue
		}
		low, high := int32(1), scaler.Spec.MaxReplicas
		if scaler.Spec.MinReplicas != nil {
			low = *scaler.Spec.MinReplicas
		}
		if low != high {
			hands = append(hands, rollout.Hand{
				Kind: rollout.ReplicasHand, Name: scalerName(scaler),
				Meaning: fmt.Sprintf("it scales the set between %d and %d", low, high),
			})
		}
	}
	return hands
}

func scalerName(scaler autoscalingv2.HorizontalPodAutoscaler) string {
	if scaledObjectName := scaler.Labels[kedaLabel]; scaledObjectName != "" {
		return "ScaledObject/" + scaledObjectName
	}
	return "HorizontalPodAutoscaler/" + scaler.Name
}
