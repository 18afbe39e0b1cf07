// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// costMode makes of this program one that runs a command and tells its cost on
// descriptor 3. The kernel counts a process's memory from the moment it is split
// off, when it still is its parent's; a parent that is as young as this one holds
// less than any program that is measured here.
const costMode = "cost"

// cost is what a process took.
type cost struct {
	Wall time.Duration
	CPU  time.Duration
	Peak int64 // of its memory, in bytes
}

func tellCost(args []string) error {
	command := exec.Command(args[0], args[1:]...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	begun := time.Now()
	err := command.Run()
	wall := time.Since(begun)
	if err != nil {
		return err
	}
	usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("this system does not tell what a process took")
	}
	c := cost{Wall: wall, CPU: command.ProcessState.UserTime() + command.ProcessState.SystemTime(), Peak: usage.Maxrss * rssUnit}
	return json.NewEncoder(os.NewFile(3, "cost")).Encode(c)
}

// measure runs a command in a plot, and returns what it took.
func (p *plot) measure(ctx context.Context, args ...string) (cost, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return cost{}, err
	}
	var said bytes.Buffer
	command := exec.CommandContext(ctx, p.self, append([]string{costMode}, args...)...)
	command.Env, command.Stderr, command.ExtraFiles = p.environment(), &said, []*os.File{writer}
	runErr := command.Run()
	closeErr := writer.Close()
	var c cost
	if runErr == nil {
		runErr = json.NewDecoder(reader).Decode(&c)
	}
	if err := errors.Join(runErr, closeErr, reader.Close()); err != nil {
		return c, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, lastOf(said.Bytes()))
	}
	return c, nil
}

// lastOf is the end of what a program said: the rest is its progress.
func lastOf(said []byte) []byte { return said[max(0, len(said)-1000):] }

// costs are those of the turns of one contender.
type costs []cost

func (c costs) wall() sample {
	return sampleOf(c, func(c cost) float64 { return c.Wall.Seconds() })
}

func (c costs) cpu() sample {
	return sampleOf(c, func(c cost) float64 { return c.CPU.Seconds() })
}

func (c costs) peak() sample {
	return sampleOf(c, func(c cost) float64 { return float64(c.Peak) / 1e6 })
}

func sampleOf(c costs, of func(cost) float64) sample {
	s := make(sample, len(c))
	for i := range c {
		s[i] = of(c[i])
	}
	return s
}

// contender is measured in turns with others.
type contender struct {
	turns int
	run   func(context.Context) (cost, error)
}

// inTurns measures all of them so often, another one first each time.
func inTurns(ctx context.Context, contenders ...contender) ([]costs, error) {
	all := make([]costs, len(contenders))
	for turn, left := 0, true; left; turn++ {
		left = false
		for i := range contenders {
			next := (turn + i) % len(contenders)
			if len(all[next]) >= contenders[next].turns {
				continue
			}
			c, err := contenders[next].run(ctx)
			if err != nil {
				return nil, err
			}
			all[next] = append(all[next], c)
			left = left || len(all[next]) < contenders[next].turns
		}
	}
	return all, nil
}
