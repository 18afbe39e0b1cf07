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
const Fates = "missing|crash|unready|slowstop|slow|flap|config|badname|neverpull|" +
	"mount|attach|sandbox|evicted|ends|completes|blip|old|peer|liveness|restartall"

// alive is the selector of a pod that is neither being deleted nor over.
const alive = `
- {key: .metadata.deletionTimestamp, operator: DoesNotExist}
- {key: .status.phase, operator: NotIn, values: [Succeeded, Failed]}`

// What most pods are not, so that a stage is passed over at little cost.
const (
	waiting    = `- {key: 'any((.status.initContainerStatuses[]?, .status.containerStatuses[]?); .state.waiting)', operator: In, values: ["true"]}`
	terminated = `- {key: 'any((.status.initContainerStatuses[]?, .status.containerStatuses[]?); .state.terminated)', operator: In, values: ["true"]}`
	fated      = `
- key: >-
    .metadata.annotations["localkube/fate"] != null or any(.metadata.ownerReferences[]?; .kind == "Job") or
    any((.spec.initContainers[]?, .spec.containers[]) | .image | endswith("` + Fates + `" / "|" | .[]); .)
  operator: In
  values: ["true"]`
)

// containers is jq. A container's state is the reason that it waits for, or
// "running", or "terminated". The annotation is for the main containers alone.
const containers = `
def condition($type): [.status.conditions[]? | select(.type == $type) | .status][0];
def image_trouble: IN("ErrImagePull", "ImagePullBackOff", "CreateContainerConfigError", "InvalidImageName", "ErrImageNeverPull");
def containers: . as $pod | (.metadata.annotations // {}) as $set
  | ($pod | condition("localkube/Flapped") == "True") as $flapped
  | any(.metadata.ownerReferences[]?; .kind == "Job") as $job
  | ([.spec.initContainers, .status.initContainerStatuses, "init"], [.spec.containers, .status.containerStatuses, "main"])
  | . as [$specs, $statuses, $list]
  | range($specs // [] | length) as $i | $specs[$i] as $c | ($statuses[$i] // {}) as $s
  | (if $list == "main" then "main" elif $c.restartPolicy == "Always" then "sidecar" else "init" end) as $kind
  | ((if $kind == "main" then $set["localkube/fate"] else null end)
    // ($c.image | capture(":([^/:]*[^/:a-z])?(?<word>` + Fates + `)$").word)
    // (if $job then "completes" else "ready" end)) as $fate
  | ($s.state.waiting.reason // ($s.state // {} | keys | .[0])) as $state
  | ($s.restartCount // 0) as $restarts
  | ($c.readinessProbe != null) as $probed
  | ($fate == "peer" and $restarts < ($set["localkube/peer"] // "2" | tonumber)) as $early
  | ($early or ($fate == "old" and $restarts == 3) or ($fate | IN("crash", "blip", "liveness"))
    or ($kind == "main" and ($fate | IN("restartall", "ends", "completes")))) as $exits
  | ($s.state.terminated // {}) as $end
  | ($state == "terminated" and ($kind == "main" and ($fate | IN("restartall", "ends", "completes")) | not)
    and ($kind != "init" or $end.exitCode != 0)) as $again
  | ($restarts == 0 or ($exits | not) or ((try ($end.finishedAt | fromdate) catch 0) - (try ($end.startedAt | fromdate) catch 0)) >= 600) as $atOnce
  | {
      $kind, $fate, $state, $restarts, $exits,
      ready: ($s.ready // false),
      mayBeReady: ($fate == "unready" or ($fate == "flap" and $flapped) or ($probed and ($fate == "crash" or $early)) | not),
      completes: ($fate == "unready" or $exits | not),
      serves: (if ($fate == "crash" or $early) and ($probed or $kind == "init") then "100ms"
        elif $fate | IN("crash", "blip", "peer") then "1s" elif $job then "500ms" else "2s" end),
      restartsAtOnce: ($again and $atOnce),
      backsOff: ($again and ($atOnce | not))
    };
def all_ready: all(containers | select(.kind != "init"); .ready);
def held: any(containers; .kind == "main" and (.fate | IN("mount", "attach", "sandbox")) and (.state | IN("ContainerCreating", "PodInitializing")));
def initializes: [containers | select(.kind != "main")] | . as $all
  | any(range(length); $all[.].state == "PodInitializing" and all($all[:.][]; .kind == "sidecar" or .state == "terminated"));
def stops: .metadata.annotations["localkube/exit"] != null and any(containers; .kind == "main" and .state == "running");
def gates_open: [.spec.readinessGates[]?.conditionType] - [.status.conditions[]? | select(.status == "True") | .type] | length == 0;
`

// fate is a Go template with the same rule, for the container $c of the pod $,
// which is of $kind.
const fate = `
{{ $fate := "ready" }}{{ range $.metadata.ownerReferences }}{{ if eq .kind "Job" }}{{ $fate = "completes" }}{{ end }}{{ end }}
{{ $fate = regexFind ":[^/:]*$" $c.image | regexFind "[^a-z](` + Fates + `)$" | regexFind "[a-z]+$" | default $fate }}
{{ if eq $kind "main" }}{{ $fate = dig "annotations" "localkube/fate" "" $.metadata | default $fate }}{{ end }}`

// each begins a loop over the containers, with the words that containers has for
// each of them. What the loop sets in $is becomes the container's status.
const each = `
{{ $now := Now }}
{{ $flapped := false }}{{ range .status.conditions }}{{ if eq .type "localkube/Flapped" }}{{ $flapped = true }}{{ end }}{{ end }}
{{ range $i, $c := concat (default list .spec.initContainers) .spec.containers }}
{{ $is := index (concat (default list $.status.initContainerStatuses) $.status.containerStatuses) $i }}
{{ $kind := "main" }}
{{ if lt $i (len (default list $.spec.initContainers)) }}{{ $kind = ternary "sidecar" "init" (eq "Always" (default "" $c.restartPolicy)) }}{{ end }}
` + fate + `
{{ $state := "" }}{{ range $key, $value := $is.state }}{{ $state = $key }}{{ if eq $key "waiting" }}{{ $state = $value.reason }}{{ end }}{{ end }}
{{ $restarts := printf "%v" $is.restartCount | atoi }}
{{ $probed := hasKey $c "readinessProbe" }}
{{ $early := and (eq $fate "peer") (lt $restarts (dig "annotations" "localkube/peer" "2" $.metadata | atoi)) }}
{{ $mayBeReady := not (or (eq $fate "unready") (and (eq $fate "flap") $flapped) (and $probed (or (eq $fate "crash") $early))) }}
{{ $forGood := and (eq $kind "main") (has $fate (list "ends" "completes")) }}
{{ $exits := or $early $forGood (and (eq $fate "old") (eq $restarts 3)) (has $fate (list "crash" "blip" "liveness")) (and (eq $kind "main") (eq $fate "restartall")) }}
{{ $again := and (eq $state "terminated") (not $forGood) (not (and (eq $kind "main") (eq $fate "restartall"))) }}
{{ $atOnce := or (eq $restarts 0) (not $exits) }}
{{ if eq $state "terminated" }}
{{ if and (eq $kind "init") (eq "0" (printf "%v" $is.state.terminated.exitCode)) }}{{ $again = false }}{{ end }}
{{ $ran := sub (dig "state" "terminated" "finishedAt" "" $is | toDate "2006-01-02T15:04:05Z07:00" | unixEpoch | atoi) (dig "state" "terminated" "startedAt" "" $is | toDate "2006-01-02T15:04:05Z07:00" | unixEpoch | atoi) }}
{{ $atOnce = or $atOnce (ge $ran 600) }}
{{ end }}
{{ $restartsAtOnce := and $again $atOnce }}
{{ $backsOff := and $again (not $atOnce) }}`

// start lets a container run, or has it held by its image.
const start = `
{{ $reason := "" }}{{ $message := "" }}
{{ if eq $fate "missing" }}
{{ $reason = "ErrImagePull" }}{{ $message = printf "rpc error: code = NotFound desc = failed to pull and unpack image %q: failed to resolve reference %q: %s: not found" $c.image $c.image $c.image }}
{{ else if eq $fate "config" }}
{{ $reason = "CreateContainerConfigError" }}{{ $message = printf "configmap %q not found" (printf "%s-config" $c.name) }}
{{ else if eq $fate "badname" }}
{{ $reason = "InvalidImageName" }}{{ $message = printf "Failed to apply default image tag %q: couldn't parse image name %q: invalid reference format" $c.image $c.image }}
{{ else if eq $fate "neverpull" }}
{{ $reason = "ErrImageNeverPull" }}{{ $message = printf "Container image %q is not present with pull policy of Never" $c.image }}
{{ end }}
{{ if $reason }}
{{ $_ := set $is "state" (dict "waiting" (dict "reason" $reason "message" $message)) }}
{{ else }}
{{ $_ := set $is "imageID" (printf "docker.io/library/localkube@sha256:%s" (sha256sum $c.image)) }}
{{ $_ := set $is "containerID" (printf "containerd://%s" (sha256sum (printf "%s/%s/0" $.metadata.uid $c.name))) }}
{{ $_ := set $is "started" true }}
{{ $_ := set $is "state" (dict "running" (dict "startedAt" $now)) }}
{{ end }}`

// done ends the loop and prints the status that follows: phases as in
// pkg/kubelet/kubelet_pods.go: getPhase, conditions as in
// pkg/kubelet/status/generate.go. A condition's time changes with its status
// only.
const done = `
{{ end }}
{{ $unready := list }}{{ $incomplete := list }}{{ $pending := false }}{{ $over := true }}{{ $failed := false }}
{{ range $i, $c := concat (default list .spec.initContainers) .spec.containers }}
{{ $is := index (concat (default list $.status.initContainerStatuses) $.status.containerStatuses) $i }}
{{ $main := ge $i (len (default list $.spec.initContainers)) }}
{{ $sidecar := and (not $main) (eq "Always" (default "" $c.restartPolicy)) }}
{{ if and (or $main $sidecar) (not $is.ready) }}{{ $unready = append $unready $c.name }}{{ end }}
{{ if $main }}
{{ $kind := "main" }}
` + fate + `
{{ $stopped := and $.metadata.deletionTimestamp (hasKey $is.state "terminated") }}
{{ if and (hasKey $is.state "waiting") (not (hasKey (default dict $is.lastState) "terminated")) }}{{ $pending = true }}{{ end }}
{{ if not (or $stopped (and (hasKey $is.state "terminated") (has $fate (list "ends" "completes")))) }}{{ $over = false }}
{{ else if ne "0" (printf "%v" $is.state.terminated.exitCode) }}{{ $failed = true }}{{ end }}
{{ else if $sidecar }}
{{ if eq "PodInitializing" (dig "state" "waiting" "reason" "" $is) }}{{ $incomplete = append $incomplete $c.name }}{{ end }}
{{ else if ne "Completed" (dig "state" "terminated" "reason" "" $is) }}{{ $incomplete = append $incomplete $c.name }}
{{ end }}
{{ end }}
{{ $conditions := dict }}
{{ range .status.conditions }}{{ $_ := set $conditions .type .status }}{{ end }}
{{ $closed := list }}
{{ range .spec.readinessGates }}{{ if ne "True" (get $conditions .conditionType) }}{{ $closed = append $closed .conditionType }}{{ end }}{{ end }}
{{ $phase := "Running" }}{{ $contained := list "True" "null" "null" }}{{ $ready := list "True" "null" "null" }}
{{ if $over }}
{{ $phase = ternary "Failed" "Succeeded" $failed }}{{ $contained = list "False" (ternary "PodFailed" "PodCompleted" $failed) "null" }}{{ $ready = $contained }}
{{ else }}
{{ if or $pending $incomplete }}{{ $phase = "Pending" }}{{ end }}
{{ if $unready }}
{{ $contained = list "False" "ContainersNotReady" (printf "containers with unready status: [%s]" (join " " $unready) | Quote) }}{{ $ready = $contained }}
{{ else if $closed }}
{{ $ready = list "False" "ReadinessGatesNotReady" (printf "the status of pod readiness gate %q is not \"True\"" (first $closed) | Quote) }}
{{ end }}
{{ end }}
phase: {{ $phase }}
{{ if .spec.initContainers }}
initContainerStatuses: {{ toJson .status.initContainerStatuses }}
{{ end }}
containerStatuses: {{ toJson .status.containerStatuses }}
conditions:
{{ if .spec.initContainers }}
{{ if $incomplete }}
- {type: Initialized, status: "False", reason: ContainersNotInitialized, message: {{ printf "containers with incomplete status: [%s]" (join " " $incomplete) | Quote }}}
{{ else }}
- {type: Initialized, status: "True", reason: null, message: null{{ if ne "True" (get $conditions "Initialized") }}, lastTransitionTime: {{ $now | Quote }}{{ end }}}
{{ end }}
{{ end }}
- {type: ContainersReady, status: {{ index $contained 0 | Quote }}, reason: {{ index $contained 1 }}, message: {{ index $contained 2 }}{{ if ne (index $contained 0) (get $conditions "ContainersReady") }}, lastTransitionTime: {{ $now | Quote }}{{ end }}}
- {type: Ready, status: {{ index $ready 0 | Quote }}, reason: {{ index $ready 1 }}, message: {{ index $ready 2 }}{{ if ne (index $ready 0) (get $conditions "Ready") }}, lastTransitionTime: {{ $now | Quote }}{{ end }}}`

// event is an event of the pod $, about the container $c if that has a name.
const event = `
apiVersion: v1
kind: Event
metadata:
  name: {{ printf "%s.%s" $.metadata.name (sha256sum (printf "%s/%s" $.metadata.uid $reason) | trunc 16) | Quote }}
  namespace: {{ $.metadata.namespace | Quote }}
involvedObject:
  apiVersion: v1
  kind: Pod
  name: {{ $.metadata.name | Quote }}
  namespace: {{ $.metadata.namespace | Quote }}
  uid: {{ $.metadata.uid | Quote }}
  {{ if $c.name }}
  {{ $list := "initContainers" }}{{ range $.spec.containers }}{{ if eq .name $c.name }}{{ $list = "containers" }}{{ end }}{{ end }}
  fieldPath: {{ printf "spec.%s{%s}" $list $c.name | Quote }}
  {{ end }}
type: {{ $type }}
reason: {{ $reason }}
message: {{ $message | Quote }}
count: {{ $count }}
firstTimestamp: {{ $.status.startTime | Quote }}
lastTimestamp: {{ Now | Quote }}
source: {component: {{ $source }}, host: {{ $.spec.nodeName | Quote }}}`

// Logs are the files with what containers are said to have logged.
type Logs struct {
	Now, Previous string // any container, and one that has crashed before
	Excuse        string // both of a container of the name Excused
}

// Excused is the name of the containers whose log is what a kubelet says in its
// place once the container was collected.
const Excused = "excused"

// Config returns the configuration file of kwok.
func Config(files Logs) (string, error) {
	logs, err := yaml.Marshal(map[string]any{
		"kind":       "ClusterLogs",
		"apiVersion": "kwok.x-k8s.io/v1alpha1",
		"metadata":   map[string]any{"name": "logs"},
		"spec": map[string]any{"logs": []any{
			map[string]any{"logsFile": files.Now, "previousLogsFile": files.Previous},
			map[string]any{"logsFile": files.Excuse, "previousLogsFile": files.Excuse, "containers": []any{Excused}},
		}},
	})
	if err != nil {
		return "", fmt.Errorf("kwok's log configuration: %w", err)
	}
	return expand(podStages) + "\n---\n" + nodeStages + "\n---\n" + string(logs), nil
}

// expand fills the words in, each kept at the indentation of its line.
func expand(text string) string {
	words := map[string]string{
		"@alive@": alive, "@containers@": containers, "@fate@": fate, "@each@": each,
		"@waiting@": waiting, "@terminated@": terminated, "@fated@": fated, "@start@": start, "@done@": done, "@event@": event,
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		word := strings.TrimSpace(line)
		if meaning, ok := words[word]; ok {
			lines[i] = indented(meaning, line[:strings.Index(line, word)])
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
