// SPDX-License-Identifier: Apache-2.0

package stages

import (
	_ "embed"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

//go:embed pod.yaml
var podStages string

//go:embed node.yaml
var nodeStages string

// Fates are the words that end an image tag, or stand in the annotation
// localkube/fate, and decide what becomes of a container.
const Fates = "missing|crash|unready|slowstop|slow|flap|config|badname|neverpull"

// containers is jq. A container's state is the reason that it waits for, or
// "running", or "terminated".
const containers = `
def condition($type): [.status.conditions[]? | select(.type == $type) | .status][0];
def containers: . as $pod | .metadata.annotations["localkube/fate"] as $all
  | [ range(.spec.containers | length) as $i | .spec.containers[$i] as $c | ($pod.status.containerStatuses[$i] // {}) as $s
  | ($all // ($c.image | capture(":[^/:]*?(?<word>` + Fates + `)$").word) // "ready") as $fate | {
      $fate,
      mayBeReady: ($fate | IN("crash", "unready") or (. == "flap" and ($pod | condition("localkube/Flapped") == "True")) | not),
      state: ($s.state.waiting.reason // ($s.state // {} | keys | .[0])),
      ready: ($s.ready // false),
      restarts: ($s.restartCount // 0)
    } ];
def gates_open: [.spec.readinessGates[]?.conditionType] - [.status.conditions[]? | select(.status == "True") | .type] | length == 0;
`

// fate is a Go template with the same rule, for the container $c of the pod $.
const fate = `{{ $fate := dig "annotations" "localkube/fate" "" $.metadata | default (regexFind "(` + Fates + `)$" (regexFind ":[^/:]*$" $c.image)) | default "ready" }}`

// notify is a Go template for the last two conditions of a pod. Their time
// changes only with their status, as the kubelet has it.
const notify = `
{{ $was := dict }}
{{ range $.status.conditions }}{{ $_ := set $was .type .status }}{{ end }}
{{ $closed := list }}
{{ range $.spec.readinessGates }}{{ if ne "True" (get $was .conditionType) }}{{ $closed = append $closed .conditionType }}{{ end }}{{ end }}
conditions:
{{ if $unready }}
{{ $message := printf "containers with unready status: [%s]" (join " " $unready) }}
- {type: ContainersReady, status: "False", reason: ContainersNotReady, message: {{ $message | Quote }}{{ if ne "False" (get $was "ContainersReady") }}, lastTransitionTime: {{ $now | Quote }}{{ end }}}
- {type: Ready, status: "False", reason: ContainersNotReady, message: {{ $message | Quote }}{{ if ne "False" (get $was "Ready") }}, lastTransitionTime: {{ $now | Quote }}{{ end }}}
{{ else }}
- {type: ContainersReady, status: "True", reason: null, message: null{{ if ne "True" (get $was "ContainersReady") }}, lastTransitionTime: {{ $now | Quote }}{{ end }}}
{{ if $closed }}
- {type: Ready, status: "False", reason: ReadinessGatesNotReady, message: {{ printf "the status of pod readiness gate %q is not \"True\"" (first $closed) | Quote }}{{ if ne "False" (get $was "Ready") }}, lastTransitionTime: {{ $now | Quote }}{{ end }}}
{{ else }}
- {type: Ready, status: "True", reason: null, message: null{{ if ne "True" (get $was "Ready") }}, lastTransitionTime: {{ $now | Quote }}{{ end }}}
{{ end }}
{{ end }}`

// Config returns the configuration file of kwok. Both files hold what a
// container of any pod is said to have logged, before and after a crash.
func Config(logFile, previousLogFile string) (string, error) {
	logs, err := yaml.Marshal(map[string]any{
		"kind":       "ClusterLogs",
		"apiVersion": "kwok.x-k8s.io/v1alpha1",
		"metadata":   map[string]any{"name": "logs"},
		"spec": map[string]any{"logs": []any{map[string]any{
			"logsFile":         logFile,
			"previousLogsFile": previousLogFile,
		}}},
	})
	if err != nil {
		return "", fmt.Errorf("kwok's log configuration: %w", err)
	}
	return expand(podStages) + "\n---\n" + nodeStages + "\n---\n" + string(logs), nil
}

// expand fills the three words in, each kept at the indentation of its line.
func expand(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		word := strings.TrimSpace(line)
		indent := line[:strings.Index(line, word)]
		switch word {
		case "@containers@":
			lines[i] = indented(containers, indent)
		case "@fate@":
			lines[i] = indented(fate, indent)
		case "@notify@":
			lines[i] = indented(notify, indent)
		}
	}
	return strings.Join(lines, "\n")
}

func indented(text, indent string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = indent + lines[i]
	}
	return strings.Join(lines, "\n")
}
