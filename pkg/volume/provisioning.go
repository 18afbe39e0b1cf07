// SPDX-License-Identifier: Apache-2.0

package volume

import (
	"cmp"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
)

// answersWithin: a provisioner that runs mostly has made a volume by then.
const answersWithin = time.Minute

// provisioner that has been asked for the claim's volume, by the annotation that the binder
// writes (pkg/controller/volume/persistentvolume/pv_controller_base.go:
// setClaimProvisioner); "" while none is.
func (c Claim) provisioner() string {
	if c.Live == nil {
		return ""
	}
	return cmp.Or(c.Annotations["volume.kubernetes.io/storage-provisioner"], c.Annotations["volume.beta.kubernetes.io/storage-provisioner"])
}

// refusesSelector says that a volume would have to be provisioned for a claim with a
// selector. The binder asks for it all the same; provisioners, the external-provisioner of
// CSI among them, answer "claim Selector is not supported".
func (s Standing) refusesSelector() bool { return s.Word == Provisions && s.Claim.Spec.Selector != nil }

// provisioning is for a claim whose volume is not made.
func (s Standing) provisioning(namespaceName string, f rollout.Finding) (rollout.Finding, bool) {
	f.Severity = rollout.FindingWarning
	switch {
	case s.refusesSelector():
		f.ID = FoundSelector
		f.Message = fmt.Sprintf("no volume has the labels of its selector, and %s would have to provision one, which provisioners refuse for a claim with a selector: label a volume, or leave the selector out of the claim template", quotedClass(s.Class.Name))
	case s.Waited >= answersWithin:
		f.ID = FoundUnanswered
		f.Message = fmt.Sprintf("provisioner %q of %s was asked for a volume %s ago and has made none: does it run?", s.Claim.provisioner(), quotedClass(s.Class.Name), duration.HumanDuration(s.Waited))
		f.Remedy = fmt.Sprintf("kubectl -n %s describe pvc %s", namespaceName, s.Claim.Name)
	default:
		return f, false
	}
	return f, true
}

// prospectOfClass is what a claim would get from its class.
func (s Standing) prospectOfClass() string {
	class := quotedClass(s.Class.Name)
	switch {
	case s.refusesSelector():
		return class + " would have to provision a volume, which provisioners refuse for a claim with a selector"
	case s.Claim.provisioner() != "":
		return fmt.Sprintf("provisioner %q of %s has been asked for a volume and has made none yet", s.Claim.provisioner(), class)
	default:
		return "a volume will be provisioned by " + class
	}
}
