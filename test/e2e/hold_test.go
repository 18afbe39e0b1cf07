// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// hold keeps a pod from being gone once it is deleted, so that a script can act
// in the middle of a run for as long as it likes.
func hold(p play, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: hold POD")
	}
	p.held = append(p.held, args[0])
	return p.finalizers(args[0], `["e2e/hold"]`)
}

// release lets a held pod go.
func release(p play, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: release POD")
	}
	return p.finalizers(args[0], "null")
}

func (c *cluster) finalizers(podName, list string) error {
	patch := []byte(`{"metadata":{"finalizers":` + list + `}}`)
	_, err := c.core.Pods(c.namespaceName).Patch(context.Background(), podName, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// releaseAll lets the namespace go, whatever became of the script.
func (s *stage) releaseAll() error {
	var problems []error
	for _, podName := range s.held {
		if err := s.finalizers(podName, "null"); !apierrors.IsNotFound(err) {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}
