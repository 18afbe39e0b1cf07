// SPDX-License-Identifier: Apache-2.0

package lock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long Acquire tries: Holder takes the lock for an instant to
// see whether it is free, and that must not turn an owner away.
const patience = time.Second

// A Lock is held until it is released or its process ends, however it ends.
type Lock struct {
	file *os.File
}

// HeldError says which process has the lock that was asked for.
type HeldError struct {
	Path string
	PID  int
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("lock %s is held by process %d", e.Path, e.PID)
}

// Acquire takes the lock and writes this process's id into its file.
func Acquire(ctx context.Context, path string) (*Lock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := try(ctx, file, syscall.LOCK_EX); err != nil {
		pid := readPID(path)
		err = errors.Join(err, file.Close())
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &HeldError{Path: path, PID: pid}
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := writePID(file); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return &Lock{file: file}, nil
}

// Release gives the lock back.
func (l *Lock) Release() error {
	return l.file.Close()
}

// Holder returns the id of the process that has the lock, or 0 if it is free.
func Holder(path string) (int, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("lock: %w", err)
	}
	err = flock(file, syscall.LOCK_SH|syscall.LOCK_NB)
	held := errors.Is(err, syscall.EWOULDBLOCK)
	pid := readPID(path)
	if err := file.Close(); err != nil {
		return 0, fmt.Errorf("lock %s: %w", path, err)
	}
	switch {
	case held:
		return pid, nil
	case err != nil:
		return 0, fmt.Errorf("lock %s: %w", path, err)
	}
	return 0, nil
}

// Await returns when nobody has the lock, at once if that is so already.
func Await(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	return errors.Join(flock(file, syscall.LOCK_SH), file.Close())
}

func try(ctx context.Context, file *os.File, how int) error {
	deadline := time.Now().Add(patience)
	for {
		err := flock(file, how|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// flock asks again when a signal interrupts it: the Go runtime sends itself some.
func flock(file *os.File, how int) error {
	for {
		err := syscall.Flock(int(file.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func writePID(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func readPID(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return pid
}
