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

// The lines that `kubectl logs` shows of any container, of one that crashed, and of
// one whose log is gone: kubelets answer with that line as if it were the log. The format is that of the container runtime interface.
const (
	logLine      = "2026-01-01T00:00:00.000000000Z stdout F localkube runs no processes, so this container says no more than this line\n"
	crashLogLine = "2026-01-01T00:00:00.000000000Z stderr F fatal: localkube let this container crash\n"
	excuseLine   = "2026-01-01T00:00:00.000000000Z stdout F unable to retrieve container logs for containerd://0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0\n"
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
	kwok, err := stages.Config(stages.Logs{
		Now: d.config("container.log"), Previous: d.config("crashed.log"), Excuse: d.config("excuse.log"),
	})
	if err != nil {
		return err
	}
	for fileName, text := range map[string]string{
		"kwok.yaml":         kwok,
		"container.log":     logLine,
		"crashed.log":       crashLogLine,
		"excuse.log":        excuseLine,
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
