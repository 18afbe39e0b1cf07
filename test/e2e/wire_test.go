// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/kubectl-sts/kubectl-sts/test/faultproxy"
)

// cut kills a command at its nth write that is stored.
func cut(p play, args []string) error {
	if len(args) < 3 {
		return errors.New("usage: cut before|stored|after N COMMAND ...")
	}
	nth, err := strconv.Atoi(args[1])
	if err != nil || nth < 1 {
		return fmt.Errorf("%q is no number of a write", args[1])
	}
	var struck atomic.Bool
	victim := make(chan *process, 1)
	knife := faultproxy.Fault{On: faultproxy.Write, Nth: nth, Moment: faultproxy.Moment(args[0]), Do: faultproxy.Tell}
	p.wire.Play(faultproxy.Schedule{knife}, func(string) {
		struck.Store(true)
		strike(<-victim)
	})
	job, err := p.run(args[2:], "KUBECONFIG="+p.Getenv("WIRE"))
	if err != nil {
		return err
	}
	victim <- job
	code, err := job.code()
	p.wire.Play(nil, nil)
	if err := errors.Join(err, p.show(job)); err != nil {
		return err
	}
	if !struck.Load() || code != killed {
		return fmt.Errorf("it was not killed %s write %d: exit code %d", args[0], nth, code)
	}
	return nil
}

// killed is the exit code of SIGKILL.
const killed = 137

// strike kills, and returns when the process is no more.
func strike(victim *process) {
	if err := victim.command.Process.Kill(); err == nil {
		<-victim.ended
	}
}

func wireCmd(p play, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "down":
		p.wire.Down()
	case len(args) == 1 && args[0] == "up":
		p.wire.Up()
	default:
		return errors.New("usage: wire down|up")
	}
	return nil
}
