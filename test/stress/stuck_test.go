// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// fewLines of a component's log tell enough.
const fewLines = 8

// stuck is for who reads a failure: whose turn it was when nothing moved any more.
func (p *plot) stuck(ctx context.Context, check func(view) error) string {
	text := "\nlooked at once more: "
	v, err := p.look(ctx)
	if err == nil {
		err = check(v)
	}
	if err == nil {
		text += "it is right now, and no watch has said so"
	} else {
		text += err.Error()
	}
	if h, err := p.log.Read(p.namespaceName); err == nil {
		text += "\nwritten last:\n  " + strings.Join(h.Last(), "\n  ")
	}
	return text + "\nthe controllers said last:\n  " + strings.Join(p.controllers(), "\n  ")
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
