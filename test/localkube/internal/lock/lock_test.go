// SPDX-License-Identifier: Apache-2.0

package lock

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	expectHolder(t, path, 0)

	held, err := Acquire(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	expectHolder(t, path, os.Getpid())

	if err := held.Release(); err != nil {
		t.Fatal(err)
	}
	expectHolder(t, path, 0)
}

func TestAcquireHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	held, err := Acquire(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}

	_, err = Acquire(t.Context(), path)
	var other *HeldError
	if !errors.As(err, &other) || other.PID != os.Getpid() {
		t.Errorf("second Acquire: %v, want that this process has it", err)
	}

	if err := held.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := Acquire(t.Context(), path)
	if err != nil {
		t.Fatalf("Acquire after Release: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestAwait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if err := Await(path); err != nil {
		t.Errorf("Await of a lock that never was: %v", err)
	}
	held, err := Acquire(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	free := make(chan error, 1)
	go func() { free <- Await(path) }()
	if len(free) > 0 {
		t.Error("Await returned while the lock was held")
	}
	if err := held.Release(); err != nil {
		t.Fatal(err)
	}
	if err := <-free; err != nil {
		t.Error(err)
	}
}

func expectHolder(t *testing.T, path string, want int) {
	t.Helper()
	got, err := Holder(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("holder is %d, want %d", got, want)
	}
}
