// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	_ "embed"
	"fmt"
	"os"

	"github.com/kubectl-sts/kubectl-sts/test/localkube/internal/stages"
)

//go:embed audit-policy.yaml
var auditPolicy string

// The lines that `kubectl logs` shows of any container, and of one that crashed.
// The format is that of the container runtime interface.
const (
	logLine      = "2026-01-01T00:00:00.000000000Z stdout F localkube runs no processes, so this container says no more than this line\n"
	crashLogLine = "2026-01-01T00:00:00.000000000Z stderr F fatal: localkube let this container crash\n"
)

const schedulerConfig = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: false}
clientConnection: {kubeconfig: %q, qps: 500, burst: 1000}
`

const corefile = `.:%d {
    bind 127.0.0.1
    errors
    ready 127.0.0.1:%d
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig %s
        ttl 0
    }
}
`

// writeConfiguration writes the files that the components read.
func (d Dir) writeConfiguration(ports Ports) error {
	kwok, err := stages.Config(d.config("container.log"), d.config("crashed.log"))
	if err != nil {
		return err
	}
	for fileName, text := range map[string]string{
		"kwok.yaml":         kwok,
		"container.log":     logLine,
		"crashed.log":       crashLogLine,
		"audit-policy.yaml": auditPolicy,
		"scheduler.yaml":    fmt.Sprintf(schedulerConfig, d.kubeconfigOf("kube-scheduler")),
		"Corefile":          fmt.Sprintf(corefile, ports.DNS, ports.DNSHealth, d.kubeconfigOf("coredns")),
	} {
		if err := os.WriteFile(d.config(fileName), []byte(text), 0o644); err != nil {
			return fmt.Errorf("configuration: %w", err)
		}
	}
	return nil
}
