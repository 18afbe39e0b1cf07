// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
)

// A Status is what one component looks like from outside.
type Status struct {
	Name    string
	PID     int
	Problem error // nil if the component says that it is well
}

// Status asks every component.
func (d Dir) Status(ctx context.Context) ([]Status, error) {
	state, err := d.load()
	if err != nil {
		return nil, err
	}
	p, err := d.prober()
	if err != nil {
		return nil, err
	}
	var all []Status
	for _, c := range Components() {
		pid, err := d.pid(c.Name)
		if err != nil {
			return nil, err
		}
		all = append(all, Status{Name: c.Name, PID: pid, Problem: p.ask(ctx, c.health(state.Ports))})
	}
	return all, nil
}

// Describe writes the status and the addresses, a line each.
func (d Dir) Describe(w io.Writer, all []Status) error {
	state, err := d.load()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range all {
		fmt.Fprintf(table, "%s\t%s\n", s.Name, s.word())
	}
	fmt.Fprintf(table, "\nserver\t%s\nDNS\t%s\nkubeconfig\t%s\naudit log\t%s\nlogs\t%s\n",
		httpsURL(state.Ports.APIServer, ""), address(state.Ports.DNS), d.Kubeconfig(), d.AuditLog(), d.Log("*"))
	return table.Flush()
}

func (s Status) word() string {
	switch {
	case s.PID == 0:
		return "stopped"
	case s.Problem != nil:
		return fmt.Sprintf("not well\tprocess %d: %v", s.PID, s.Problem)
	}
	return fmt.Sprintf("ready\tprocess %d", s.PID)
}
