// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"k8s.io/client-go/util/jsonpath"
)

const apiVersion = "kubectl-sts/v1alpha1"

// jsonCmd asserts what a JSONPath finds, as kubectl prints it.
func jsonCmd(p play, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: json FILE PATH VALUE")
	}
	var document any
	if err := json.Unmarshal([]byte(p.ReadFile(args[0])), &document); err != nil {
		return fmt.Errorf("%s is no JSON: %w", args[0], err)
	}
	path := jsonpath.New("assertion").AllowMissingKeys(true)
	if err := path.Parse(args[1]); err != nil {
		return err
	}
	var found strings.Builder
	if err := path.Execute(&found, document); err != nil {
		return err
	}
	if found.String() != args[2] {
		return fmt.Errorf("%s is %q", args[1], found.String())
	}
	return nil
}

// events asserts that every line is a document of its own, the last one a
// result and the others events.
func events(p play, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: events FILE")
	}
	lines := strings.Split(strings.TrimSuffix(p.ReadFile(args[0]), "\n"), "\n")
	for i, line := range lines {
		var document struct{ APIVersion, Kind string }
		if err := json.Unmarshal([]byte(line), &document); err != nil {
			return fmt.Errorf("line %d is no JSON: %w", i+1, err)
		}
		kind := "RolloutEvent"
		if i == len(lines)-1 {
			kind = "Result"
		}
		if document.Kind != kind || document.APIVersion != apiVersion {
			return fmt.Errorf("line %d is a %s of %s, not a %s", i+1, document.Kind, document.APIVersion, kind)
		}
	}
	return os.WriteFile(p.MkAbs("result.json"), []byte(lines[len(lines)-1]), 0o644)
}
