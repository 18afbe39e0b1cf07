// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// kinds are the words that kubectl knows a StatefulSet by.
var kinds = map[string]bool{
	"sts": true, "statefulset": true, "statefulsets": true,
	"statefulset.apps": true, "statefulsets.apps": true, "statefulsets.v1.apps": true, "statefulset.v1.apps": true,
}

// parseName takes "web", "sts/web", "statefulset/web" or "statefulsets.apps/web".
func parseName(arg string) (string, error) {
	setName := arg
	if kind, name, slashed := strings.Cut(arg, "/"); slashed {
		if !kinds[strings.ToLower(kind)] {
			return "", usage("%q is no StatefulSet: this command takes NAME, sts/NAME or statefulset/NAME", arg)
		}
		setName = name
	}
	if problems := validation.IsDNS1123Subdomain(setName); len(problems) > 0 {
		return "", usage("%q is no name of a StatefulSet: %s", arg, problems[0])
	}
	return setName, nil
}
