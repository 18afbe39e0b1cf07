// SPDX-License-Identifier: Apache-2.0

package program

import (
	"github.com/coredns/coredns/coremain"
	// The plugins that the Corefile of a cluster names.
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
)

func coreDNS([]string) int {
	coremain.Run()
	return 0
}
