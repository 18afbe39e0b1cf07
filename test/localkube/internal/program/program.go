// SPDX-License-Identifier: Apache-2.0

package program

// Program is the main function of a component: it takes the whole argument
// list, its own name first, and returns the exit code.
type Program = func(args []string) int

// Find returns the program of that name.
func Find(name string) (Program, bool) {
	switch name {
	case "etcd":
		return etcd, true
	case "kube-apiserver":
		return kubeAPIServer, true
	case "kube-controller-manager":
		return kubeControllerManager, true
	case "kube-scheduler":
		return kubeScheduler, true
	case "kubectl":
		return kubectl, true
	case "kwok":
		return kwok, true
	case "coredns":
		return coreDNS, true
	}
	return nil, false
}
