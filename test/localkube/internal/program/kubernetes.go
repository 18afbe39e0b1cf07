// SPDX-License-Identifier: Apache-2.0

package program

import (
	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	// The metrics that the released components have.
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func kubeAPIServer(args []string) int {
	return runCobra(apiserver.NewAPIServerCommand(), args)
}

func kubeControllerManager(args []string) int {
	return runCobra(controllermanager.NewControllerManagerCommand(), args)
}

func kubeScheduler(args []string) int {
	return runCobra(scheduler.NewSchedulerCommand(), args)
}

func runCobra(command *cobra.Command, args []string) int {
	command.SetArgs(args[1:])
	return cli.Run(command)
}
