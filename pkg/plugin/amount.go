// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// parseAmount takes a number of ordinals, or a percentage of them, at least one
// and at most all.
func parseAmount(flag, text string) (intstr.IntOrString, error) {
	digits, percent := strings.CutSuffix(text, "%")
	n, err := strconv.ParseInt(digits, 10, 32)
	switch {
	case err != nil:
		return intstr.IntOrString{}, usage("--%s %q is neither a number nor a percentage", flag, text)
	case n < 1:
		return intstr.IntOrString{}, usage("--%s %q must be at least 1", flag, text)
	case percent && n > 100:
		return intstr.IntOrString{}, usage("--%s %q is more than all of them", flag, text)
	case percent:
		return intstr.FromString(text), nil
	default:
		return intstr.FromInt32(int32(n)), nil
	}
}
