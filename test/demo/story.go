// SPDX-License-Identifier: Apache-2.0

package main

import "strings"

// scene is a part of the story: what it shows, and the commands.
type scene struct {
	says  string
	lines []line
}

// line is one kubectl command and the exit code that it must end with.
type line struct {
	args  []string
	stdin string
	code  int
}

func kubectl(command string) line { return line{args: strings.Fields(command)} }

func (l line) exits(code int) line { l.code = code; return l }

func (l line) reads(text string) line { l.stdin = text; return l }

func story() []scene {
	return []scene{
		{"A set of three, as kubectl makes it: 0, 1, 2 in order.", []line{
			kubectl("apply -f -").reads(manifest),
			kubectl("sts status myapp -w"),
		}},
		{"Ordered scale: up to 4, down to 2, each ordinal watched.", []line{
			kubectl("sts scale myapp --replicas 4 --soak 1s"),
			kubectl("sts scale myapp --replicas 2 --soak 1s"),
			kubectl("sts scale myapp --replicas 4 --soak 1s"),
		}},
		{"A rolling update by kubectl, seen by status -w: 3, 2, 1, 0.", []line{
			kubectl("set image statefulset/myapp myapp=ikubernetes/myapp:v2"),
			kubectl("sts status myapp -w"),
		}},
		{"A canary on the top two ordinals; 0 and 1 stay on v2.", []line{
			kubectl("sts canary myapp --image myapp=ikubernetes/myapp:v3 --count 2 --soak 1s"),
			kubectl("sts status myapp"),
		}},
		{"It is good: promote it to all.", []line{
			kubectl("sts promote myapp --soak 1s"),
		}},
		{"A canary whose image is not there: exit code 3, with the cause.", []line{
			kubectl("sts canary myapp --image myapp=ikubernetes/myapp:missing --patience 3s --soak 1s").exits(3),
			kubectl("sts status myapp --patience 3s --exit-code").exits(3),
		}},
		{"Abort: the broken ordinal goes back to v3, no other is restarted.", []line{
			kubectl("sts abort myapp"),
			kubectl("sts status myapp --exit-code"),
		}},
	}
}
