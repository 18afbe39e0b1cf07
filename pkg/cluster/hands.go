// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// kedaLabel is on every autoscaler that KEDA makes: the name of its ScaledObject.
const kedaLabel = "scaledobject.keda.sh/name"

// ErrUnreadable is in the error of a read that is not allowed, or of a kind that
// the server does not have. Any other error says nothing of what is there.
var ErrUnreadable = errors.New("cannot be read")

// Hands are the autoscalers that move the set's replicas; ErrUnreadable where they
// are not to be seen.
func (c *Client) Hands(ctx context.Context, s rollout.State) ([]rollout.Hand, error) {
	var scalers *autoscalingv2.HorizontalPodAutoscalerList
	err := persist(ctx, c.clock.now, func(ctx context.Context) (err error) {
		scalers, err = c.autoscaling.HorizontalPodAutoscalers(c.namespaceName).List(ctx, metav1.ListOptions{})
		return err
	})
	switch {
	case IsForbidden(err), apierrors.IsNotFound(err):
		return nil, fmt.Errorf("autoscalers of %s: %w: %w", s.Set, ErrUnreadable, err)
	case err != nil:
		return nil, fmt.Errorf("autoscalers of %s: %w", s.Set, err)
	}
	return scalersOf(s.Set, scalers.Items), nil
}

// BriefHands are the same for who is only to be warned: it takes little time.
func (c *Client) BriefHands(ctx context.Context, s rollout.State) ([]rollout.Hand, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, helpWithin, errSlow)
	defer cancel()
	hands, err := c.Hands(ctx, s)
	if err != nil && errors.Is(context.Cause(ctx), errSlow) {
		err = fmt.Errorf("autoscalers of %s: %w", s.Set, errSlow)
	}
	return hands, err
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
			hands = append(hands, scalerHand(set, scalerName(scaler), low, high))
		}
	}
	return hands
}

// scalerHand: at 0 replicas the controller writes nothing, whatever minReplicas is
// (pkg/controller/podautoscaler/horizontal.go: reconcileAutoscaler, ScalingDisabled).
func scalerHand(set rollout.Set, name string, low, high int32) rollout.Hand {
	hand := rollout.Hand{
		Kind: rollout.ReplicasHand, Name: name, Low: low, High: high, Off: set.Replicas == 0,
		Meaning: fmt.Sprintf("it scales the set between %d and %d", low, high),
	}
	if hand.Off {
		hand.Meaning = fmt.Sprintf("it is off while replicas are 0; from 1 on it scales the set between %d and %d", low, high)
	}
	return hand
}

func scalerName(scaler autoscalingv2.HorizontalPodAutoscaler) string {
	if scaledObjectName := scaler.Labels[kedaLabel]; scaledObjectName != "" {
		return "ScaledObject/" + scaledObjectName
	}
	return "HorizontalPodAutoscaler/" + scaler.Name
}
