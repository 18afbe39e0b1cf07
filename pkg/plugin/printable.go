// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"regexp"
	"strings"
)

// A command line that is printed ends up in the logs of CI, and in JSON that is kept.

// omitted stands for a value that is not shown. No flag takes it for one.
const omitted = "..."

// printable is a command line without credentials, and without the values of environment
// variables.
func printable(args []string) []string {
	var line []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(line, args[i:]...)
		}
		name, value, assigned := strings.Cut(arg, "=")
		if attached, ok := strings.CutPrefix(arg, "-p"); ok && attached != "" {
			name, value, assigned = "--patch", strings.TrimPrefix(attached, "="), true
		}
		show, guarded := guards()[name]
		switch {
		case !guarded:
			line = append(line, arg)
		case show == nil && !assigned:
			i++ // its value is the next word
		case show == nil:
		case assigned:
			line = append(line, name+"="+show(value))
		case i+1 < len(args):
			i++
			line = append(line, name, show(args[i]))
		}
	}
	return line
}

// guards are the flags whose values are not shown as they were typed, and what is shown
// of them; nil for neither flag nor value.
func guards() map[string]func(string) string {
	return map[string]func(string) string{
		"--token": nil, "--username": nil, "--password": nil,
		"--env": keyOnly, "--patch": withoutEnv, "-p": withoutEnv,
	}
}

// keyOnly is CONTAINER:KEY=VALUE without the value.
func keyOnly(env string) string {
	key, _, assigned := strings.Cut(env, "=")
	if !assigned {
		return env
	}
	return key + "=" + omitted
}

// setsEnv is a patch that has environment variables in it.
var setsEnv = regexp.MustCompile(`\benv\b`)

func withoutEnv(patch string) string {
	if setsEnv.MatchString(patch) {
		return omitted
	}
	return patch
}
