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
)

// fewLines of a component's log tell enough.
const fewLines = 8

// atLast looks once more at what no watch has shown to change, and says whose turn
// it was where nothing has moved.
func (p *plot) atLast(ctx context.Context, check func(view) error, stuck error) error {
	v, err := p.look(ctx)
	if err != nil {
		return errors.Join(stuck, err)
	}
	if err := check(v); err == nil {
		p.deaf.Add(1)
		return nil
	}
	h, err := p.log.Read(p.namespaceName)
	if err != nil {
		return errors.Join(stuck, err)
	}
	return fmt.Errorf("%w\nwritten last:\n  %s\nthe controllers said last:\n  %s",
		stuck, strings.Join(h.Last(), "\n  "), strings.Join(p.controllers(), "\n  "))
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
