// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// pulse is how often the cluster is looked after.
	pulse = 5 * time.Second
	// mostMissed: a cluster that has not answered so often in a row does not come back.
	mostMissed = 12
)

// attend looks after the cluster for as long as a test lasts. Where it is gone,
// the test has failed and there is nothing left to wait for: the context
// ends, and with it every story.
func (g *ground) attend(t *testing.T) context.Context {
	t.Helper()
	ctx, end := context.WithCancelCause(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := g.outlast(ctx); err != nil {
			t.Errorf("the cluster is gone: %v", err)
			end(err)
		}
	}()
	t.Cleanup(func() { end(nil); <-ended })
	return ctx
}

// outlast returns when ctx ends, or with what is wrong with the cluster.
func (g *ground) outlast(ctx context.Context) error {
	beat := time.NewTicker(pulse)
	defer beat.Stop()
	for missed := 0; ; missed++ {
		if err := g.log.Check(); err != nil {
			return err
		}
		err := g.answers(ctx)
		switch {
		case err == nil:
			missed = 0
		case missed == mostMissed:
			return err
		}
		select {
		case <-beat.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (g *ground) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*pulse)
	defer cancel()
	_, err := g.core.Namespaces().Get(ctx, metav1.NamespaceDefault, metav1.GetOptions{})
	return err
}
