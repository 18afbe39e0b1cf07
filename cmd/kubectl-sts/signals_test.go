// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// timeout sends each signal twice; a person who presses Ctrl-C again means it.
func TestWhichSignalIsTheSecond(t *testing.T) {
	for name, tt := range map[string]struct {
		next  os.Signal
		after time.Duration
		want  time.Duration // when the process ends; 0 where it goes on
	}{
		"twice at once":        {os.Interrupt, time.Millisecond, 0},
		"once more":            {os.Interrupt, time.Second, time.Second},
		"another kind at once": {syscall.SIGTERM, time.Millisecond, time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, signals, ended := time.Now(), make(chan os.Signal, 2), time.Duration(0)
				go func() {
					another(signals, os.Interrupt)
					ended = time.Since(began)
				}()
				time.AfterFunc(tt.after, func() { signals <- tt.next })
				<-time.After(time.Minute)
				synctest.Wait()
				if ended != tt.want {
					t.Errorf("the second comes after %s, want %s", ended, tt.want)
				}
				signals <- syscall.SIGTERM // ends the one that still waits
			})
		})
	}
}
