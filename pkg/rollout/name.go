// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation"
)

// revisionSuffix is a dash and the longest hash that names a revision
// (pkg/controller/history/controller_history.go: ControllerRevisionName, of 32
// bits in decimal digits).
const revisionSuffix = len("-4294967295")

// NameTooLong says why a set of a name may get no pods; "" where it does. Each pod
// carries the name of its revision as a label. The server takes such a set, and
// refuses the pods.
func NameTooLong(setName string) string {
	safe := validation.LabelValueMaxLength - revisionSuffix
	if len(setName) <= safe {
		return ""
	}
	return fmt.Sprintf("its name has %d characters, of %d that are safe: the pods' label controller-revision-hash adds up to %d and may have %d, and no pod is made where it is longer",
		len(setName), safe, revisionSuffix, validation.LabelValueMaxLength)
}
