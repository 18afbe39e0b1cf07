// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"regexp"
)

// denied waits until the server refuses to make what a file has. A policy is in
// force some time after it was made, when the API server's own watch has brought it
// and a timer has come round
// (apiserver/pkg/admission/plugin/policy/generic/policy_source.go: Run), and nothing
// tells of that: so it is asked, by dry runs.
func denied(p play, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: denied FILE PATTERN")
	}
	why, err := regexp.Compile(args[1])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for ctx.Err() == nil {
		job, err := p.run([]string{"kubectl", "create", "--dry-run=server", "-f", args[0]})
		if err != nil {
			return err
		}
		if _, err := job.code(); err != nil {
			return err
		}
		if said, _ := job.err.read(); why.MatchString(said) {
			return nil
		}
	}
	return fmt.Errorf("the server takes %s still, after %s", args[0], patience)
}
