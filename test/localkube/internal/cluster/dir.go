// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Dir is the directory that holds all of a cluster.
type Dir string

func (d Dir) path(elements ...string) string {
	return filepath.Join(append([]string{string(d)}, elements...)...)
}

// Kubeconfig is the administrator's.
func (d Dir) Kubeconfig() string { return d.path("kubeconfig") }

// AuditLog is what the API server was asked, an event a line.
func (d Dir) AuditLog() string { return d.path("audit.log") }

// Bin holds the link kubectl.
func (d Dir) Bin() string { return d.path("bin") }

// Log is the output of a component.
func (d Dir) Log(name string) string { return d.path("logs", name+".log") }

// OwnerLock is held by the process whose end ends the cluster.
func (d Dir) OwnerLock() string { return d.path("owner.lock") }

func (d Dir) state() string             { return d.path("state.json") }
func (d Dir) commandLock() string       { return d.path("command.lock") }
func (d Dir) lock(name string) string   { return d.path("run", name+".lock") }
func (d Dir) config(name string) string { return d.path("config", name) }
func (d Dir) pki(name string) string    { return d.path("pki", name) }

// entries are all that a cluster writes: what is not among them is not ours to delete.
func (d Dir) entries() []string {
	return []string{"state.json", "kubeconfig", "audit.log", "bin", "logs", "owner.lock", "command.lock", "run", "config", "pki", "etcd", "volumes"}
}

func (d Dir) make() error {
	for _, name := range []string{"bin", "logs", "run", "config", "pki", "etcd", "volumes"} {
		if err := os.MkdirAll(d.path(name), 0o755); err != nil {
			return fmt.Errorf("cluster directory: %w", err)
		}
	}
	return nil
}

// clear deletes what an earlier cluster left, but for the locks: this process
// may hold them.
func (d Dir) clear() error {
	var problems []error
	for _, name := range d.entries() {
		if path := d.path(name); path != d.OwnerLock() && path != d.commandLock() {
			problems = append(problems, os.RemoveAll(path))
		}
	}
	return errors.Join(problems...)
}

// Remove deletes what a cluster wrote into the directory, and the directory if
// nothing else is in it.
func (d Dir) Remove() error {
	var problems []error
	for _, name := range d.entries() {
		problems = append(problems, os.RemoveAll(d.path(name)))
	}
	if left, err := os.ReadDir(string(d)); err == nil && len(left) == 0 {
		problems = append(problems, os.Remove(string(d)))
	}
	return errors.Join(problems...)
}
