// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a command that runs.
type process struct {
	command *exec.Cmd
	out     *transcript
	err     *transcript
	ended   chan struct{}
	problem error // of Wait, once ended
}

// transcript is output that can be waited for while it is written.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{} // closed at the next write
}

func newTranscript() *transcript { return &transcript{more: make(chan struct{})} }

// Write implements io.Writer.
func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.more)
	t.more = make(chan struct{})
	return t.text.Write(p)
}

func (t *transcript) read() (string, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String(), t.more
}

// environment is the script's, as far as a command under test has a use for it.
func (p play) environment(overrides ...string) []string {
	var environment []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "WORK", "KUBECONFIG", "KUBERC", "LOCALKUBE_DIR", "NO_COLOR", "TERM"} {
		if value := p.Getenv(name); value != "" {
			environment = append(environment, name+"="+value)
		}
	}
	return append(environment, overrides...)
}

// run starts a command in the script's directory and environment.
func (p play) run(args []string, overrides ...string) (*process, error) {
	if len(args) == 0 {
		return nil, errors.New("no command was given")
	}
	path, err := look(args[0], p.Getenv("PATH"))
	if err != nil {
		return nil, err
	}
	job := &process{command: exec.Command(path, args[1:]...), out: newTranscript(), err: newTranscript(), ended: make(chan struct{})}
	job.command.Args[0] = args[0]
	job.command.Dir = p.MkAbs(".")
	job.command.Env = p.environment(overrides...)
	job.command.Stdout, job.command.Stderr = job.out, job.err
	if err := job.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(job.ended)
		job.problem = job.command.Wait()
	}()
	return job, nil
}

// look finds a program on the script's PATH.
func look(name, path string) (string, error) {
	if strings.ContainsRune(name, filepath.Separator) {
		return name, nil
	}
	for _, folder := range filepath.SplitList(path) {
		candidate := filepath.Join(folder, name)
		if info, err := os.Stat(candidate); err == nil && !info.IsDir() {
			return candidate, nil
		}
	}
	return "", fmt.Errorf("%s: not on the PATH", name)
}

// code waits for the end; a signal counts as a shell has it.
func (j *process) code() (int, error) {
	select {
	case <-j.ended:
	case <-time.After(patience):
		err := j.command.Process.Kill()
		return 0, errors.Join(fmt.Errorf("%s has not ended after %s", strings.Join(j.command.Args, " "), patience), err)
	}
	var exit *exec.ExitError
	if j.problem != nil && !errors.As(j.problem, &exit) {
		return 0, j.problem
	}
	state := j.command.ProcessState
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return state.ExitCode(), nil
}

// show gives the output to the commands stdout and stderr.
func (p play) show(j *process) error {
	out, _ := j.out.read()
	err, _ := j.err.read()
	if _, failed := p.Stdout().Write([]byte(out)); failed != nil {
		return failed
	}
	_, failed := p.Stderr().Write([]byte(err))
	return failed
}

func exits(p play, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: exits CODE COMMAND ...")
	}
	job, err := p.run(args[1:])
	if err != nil {
		return err
	}
	return p.ended(job, args[0])
}

// ended waits for the end of a job, and asserts its exit code.
func (p play) ended(job *process, want string) error {
	code, err := job.code()
	if err := errors.Join(err, p.show(job)); err != nil {
		return err
	}
	if got := strconv.Itoa(code); got != want {
		return fmt.Errorf("exit code %s, not %s", got, want)
	}
	return nil
}

func start(p play, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: start JOB COMMAND ...")
	}
	job, err := p.run(args[1:])
	if err == nil {
		p.jobs[args[0]] = job
	}
	return err
}

func (p play) job(jobName string) (*process, error) {
	job, ok := p.jobs[jobName]
	if !ok {
		return nil, fmt.Errorf("no job %q was started", jobName)
	}
	return job, nil
}

// says waits until what the job has written so far matches.
func says(p play, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: says JOB PATTERN")
	}
	job, err := p.job(args[0])
	if err != nil {
		return err
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	if err != nil {
		return err
	}
	late := time.After(patience)
	for {
		out, moreOut := job.out.read()
		err, moreErr := job.err.read()
		if pattern.MatchString(out) || pattern.MatchString(err) {
			return nil
		}
		select {
		case <-moreOut:
		case <-moreErr:
		case <-job.ended:
			return p.silent(job, args[1], "it ended")
		case <-late:
			return p.silent(job, args[1], "it still runs after "+patience.String())
		}
	}
}

func (p play) silent(job *process, pattern, why string) error {
	out, _ := job.out.read()
	err, _ := job.err.read()
	if regexp.MustCompile("(?m)" + pattern).MatchString(out + err) {
		return nil
	}
	return errors.Join(fmt.Errorf("it never said %q: %s", pattern, why), p.show(job))
}

func signalCmd(p play, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: signal JOB NAME")
	}
	job, err := p.job(args[0])
	if err != nil {
		return err
	}
	signals := map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL}
	number, ok := signals[args[1]]
	if !ok {
		return fmt.Errorf("no signal %q", args[1])
	}
	return job.command.Process.Signal(number)
}

// ends takes several jobs at once where it does not matter which one ends how:
// "ends a,b 0,5".
func ends(p play, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: ends JOB[,JOB] CODE[,CODE]")
	}
	var codes []string
	for jobName := range strings.SplitSeq(args[0], ",") {
		job, err := p.job(jobName)
		if err != nil {
			return err
		}
		delete(p.jobs, jobName)
		code, err := job.code()
		if err := errors.Join(err, p.show(job)); err != nil {
			return err
		}
		codes = append(codes, strconv.Itoa(code))
	}
	slices.Sort(codes)
	if got := strings.Join(codes, ","); got != args[1] {
		return fmt.Errorf("exit code %s, not %s", got, args[1])
	}
	return nil
}

// endJobs leaves nothing running behind a script that failed.
func (s *stage) endJobs() {
	for _, job := range s.jobs {
		// One that has ended cannot be killed, which is as good.
		_ = job.command.Process.Kill()
		<-job.ended
	}
}
