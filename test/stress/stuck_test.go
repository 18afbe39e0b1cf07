// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// fewLines of a component's log tell enough.
const fewLines = 8

// asleep is how long nothing moves before the controller is taken to sleep.
const asleep = 20 * time.Second

// wake writes an annotation to a set that nobody has moved for a while: any write
// brings the controller back to it, which at times it forgets, or comes back to
// after a backoff of minutes
// (client-go/util/workqueue: DefaultTypedControllerRateLimiter).
func (p *plot) wake(ctx context.Context, v view) error {
	if v.set == nil {
		return nil
	}
	p.woken.Add(1)
	patch := fmt.Sprintf(`{"metadata":{"annotations":{"stress/woken":"%d"}}}`, p.woken.Load())
	_, err := p.apps.StatefulSets(p.namespaceName).Patch(ctx, setName, types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: "stress"})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// stuck says whose turn it was where nothing has moved.
func (p *plot) stuck(wrong error) error {
	h, err := p.log.Read(p.namespaceName)
	if err != nil {
		return errors.Join(wrong, err)
	}
	return fmt.Errorf("%w\nwritten last:\n  %s\nthe controllers said last:\n  %s",
		wrong, strings.Join(h.Last(), "\n  "), strings.Join(p.controllers(), "\n  "))
}

// controllers is what the controller manager's log has of the namespace.
func (p *plot) controllers() []string {
	name := filepath.Join(os.Getenv("LOCALKUBE_DIR"), "logs", "kube-controller-manager.log")
	text, err := os.ReadFile(name)
	if err != nil {
		return []string{err.Error()}
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, p.namespaceName+"/") {
			lines = append(lines, fmt.Sprintf("%.300s", strings.TrimSpace(line)))
		}
	}
	return lines[max(0, len(lines)-fewLines):]
}
