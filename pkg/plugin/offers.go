// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// What a shell offers of a set and of a flag.

// wordsOf are all that a flag takes, where these can be counted.
func wordsOf(flag *pflag.Flag) []string {
	words := map[string][]string{
		"color":    {"auto", "always", "never"},
		"progress": {"auto", "tty", "lines", "none"},
		"dry-run":  {"none", "client", "server"},
		"claims":   {"keep", "delete"},
		"type":     {"nfs", "local", "hostPath", "csi"},
		"reclaim":  {string(corev1.PersistentVolumeReclaimRetain), string(corev1.PersistentVolumeReclaimDelete)},
		"output":   {"json", "yaml", "kyaml", "name", "jsonpath=", "go-template="},
	}[flag.Name]
	if flag.Name == "output" && strings.HasPrefix(flag.Usage, "wide") {
		words = append(words, "wide")
	}
	return words
}

func containerNames(separator string) func(rollout.State) []string {
	return func(s rollout.State) []string {
		var template corev1.PodTemplateSpec
		if json.Unmarshal(s.Set.Live, &template) != nil {
			return nil
		}
		var words []string
		for _, container := range slices.Concat(template.Spec.Containers, template.Spec.InitContainers) {
			words = append(words, container.Name+separator)
		}
		return words
	}
}

// revisionNames have what they are to the set, the newest first.
func revisionNames(s rollout.State) []string {
	var words []string
	for _, revision := range slices.Backward(s.Revisions) {
		meaning := fmt.Sprintf("revision %d", revision.Number)
		switch revision.Name {
		case s.Set.Current:
			meaning += ", current"
		case s.Set.Update:
			meaning += ", update"
		}
		words = append(words, revision.Name+"\t"+meaning)
	}
	return words
}

func ordinals(s rollout.State) []string {
	var words []string
	for _, pod := range s.Pods {
		words = append(words, fmt.Sprintf("%d\t%s %s", pod.Ordinal, pod.Name, pod.Phase))
	}
	return words
}
