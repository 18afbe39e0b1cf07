// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"slices"
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

// amid runs a command, and another one to its end at the moment of its nth write, whose
// answer it does not get; it asserts the exit code.
func amid(p play, args []string) error {
	between := slices.Index(args, "--")
	if between < 4 || between+1 == len(args) {
		return errors.New("usage: amid before|stored N CODE OTHER ... -- COMMAND ...")
	}
	nth, err := strconv.Atoi(args[1])
	if err != nil || nth < 1 {
		return fmt.Errorf("%q is no number of a write", args[1])
	}
	other := make(chan error, 1)
	bell := faultproxy.Fault{On: faultproxy.Write, Nth: nth, Moment: faultproxy.Moment(args[0]), Do: faultproxy.Tell}
	p.wire.Play(faultproxy.Schedule{bell}, func(string) { other <- p.whole(args[3:between]) })
	defer p.wire.Play(nil, nil)
	if err := p.wired(args[2], args[between+1:]); err != nil {
		return err
	}
	select {
	case err := <-other:
		return err
	default:
		return fmt.Errorf("it made no write %d", nth)
	}
}

// whole runs a command to its end, which is to be a good one.
func (p play) whole(args []string) error {
	job, err := p.run(args)
	if err != nil {
		return err
	}
	code, err := job.code()
	if code != 0 {
		_, told := job.err.read()
		err = errors.Join(err, fmt.Errorf("%q ended with %d: %v", args, code, told))
	}
	return err
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
