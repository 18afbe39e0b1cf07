// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
)

// faulty runs a command over the wire while a schedule of faults plays, all of
// which must meet a request, and asserts its exit code.
func faulty(p play, args []string) error {
	if len(args) < 3 {
		return errors.New("usage: faulty SCHEDULE CODE COMMAND ...")
	}
	schedule, err := faultproxy.Parse([]byte(p.ReadFile(args[0])))
	if err != nil {
		return err
	}
	p.wire.Play(schedule, func(string) {})
	defer p.wire.Play(nil, nil)
	if err := p.wired(args[1], args[2:]); err != nil {
		return err
	}
	if met := p.wire.Met(); len(met) != len(schedule) {
		return fmt.Errorf("of %s only these met a request: %q", schedule, met)
	}
	return nil
}

// costs runs a command that ends well over the wire, and asserts how many
// requests of some kinds it made: "read=3 write=0".
func costs(p play, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: costs 'KIND=N ...' COMMAND ...")
	}
	before := p.requests()
	code := p.wired("0", args[1:])
	after := p.requests()
	var wrong []string
	for want := range strings.FieldsSeq(args[0]) {
		name, _, _ := strings.Cut(want, "=")
		kind := faultproxy.Kind(name)
		if got := fmt.Sprintf("%s=%d", name, after[kind]-before[kind]); got != want {
			wrong = append(wrong, got)
		}
	}
	if len(wrong) > 0 {
		return errors.Join(code, fmt.Errorf("it cost %s", strings.Join(wrong, " ")))
	}
	return code
}

// wired runs a command over the wire, and asserts its exit code.
func (p play) wired(code string, args []string) error {
	job, err := p.run(args, "KUBECONFIG="+p.Getenv("WIRE"))
	if err != nil {
		return err
	}
	return p.ended(job, code)
}

// requests of the commands under test so far.
func (p play) requests() map[faultproxy.Kind]int {
	sum := map[faultproxy.Kind]int{}
	for agent, kinds := range p.wire.Counts() {
		if strings.HasPrefix(agent, "kubectl-sts") {
			for kind, n := range kinds {
				sum[kind] += n
			}
		}
	}
	return sum
}
