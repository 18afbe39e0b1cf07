// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// listing are the flags by which one command is for several claims.
var listing = map[string]string{"create": "--ordinals", "release": "--volumes"}

// together gives findings that one command ends this command, in the place of one for
// each claim.
func together(findings []rollout.Finding) []rollout.Finding {
	values := map[string][]string{}
	for _, f := range findings {
		if key, words, at := listed(f); at > 0 && !slices.Contains(values[key], words[at]) {
			values[key] = append(values[key], words[at])
		}
	}
	for i, f := range findings {
		if key, words, at := listed(f); at > 0 {
			words[at] = list(values[key])
			findings[i].Remedy = strings.Join(words, " ")
		}
	}
	return findings
}

// listed are the words of a remedy and the place of the value that may be a list, with
// what two remedies have in common that can be one; the place is 0 where there is none.
func listed(f rollout.Finding) (key string, words []string, at int) {
	words = strings.Fields(f.Remedy)
	if len(words) < 2 || words[0] != "pv" {
		return "", words, 0
	}
	at = slices.Index(words, listing[words[1]]) + 1
	if at == 0 || at == len(words) {
		return "", words, 0
	}
	kept := slices.Delete(slices.Clone(words), at, at+1)
	if slices.Contains(words, openType) { // which types there are to choose from
		kept = append(kept, f.Details[len(f.Details)-1])
	}
	return strings.Join(kept, " "), words, at
}

// list is such as "pv002,pv004", and of ordinals "0-2,5".
func list(values []string) string {
	var parts []string
	low, high := 0, -1
	flush := func() {
		switch {
		case high < 0:
		case low == high:
			parts = append(parts, strconv.Itoa(low))
		default:
			parts = append(parts, fmt.Sprintf("%d-%d", low, high))
		}
		low, high = 0, -1
	}
	for _, value := range values {
		n, err := strconv.Atoi(value)
		switch {
		case err != nil:
			parts = append(parts, value)
		case high >= 0 && n == high+1:
			high = n
		default:
			flush()
			low, high = n, n
		}
	}
	flush()
	return strings.Join(parts, ",")
}
