// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are the loopback ports of a cluster.
type Ports struct {
	Etcd              int `json:"etcd"`
	EtcdPeer          int `json:"etcdPeer"`
	APIServer         int `json:"apiServer"`
	ControllerManager int `json:"controllerManager"`
	Scheduler         int `json:"scheduler"`
	Kubelet           int `json:"kubelet"`
	DNS               int `json:"dns"`
	DNSHealth         int `json:"dnsHealth"`
}

// The ports lie below what Linux (32768) and macOS (49152) hand to outgoing
// connections. A component that is restarted finds its port still free, and no
// client that retries in between can end up connected to itself.
const (
	lowestPort = 20000
	blockSize  = 8
	blocks     = 1500
	attempts   = 100
)

// freePorts finds a block of ports that nobody listens on.
func freePorts() (Ports, error) {
	for range attempts {
		base := lowestPort + blockSize*rand.IntN(blocks)
		if blockFree(base) {
			return portsFrom(base), nil
		}
	}
	return Ports{}, errors.New("no free block of loopback ports between 20000 and 32000, end what listens there")
}

func portsFrom(base int) Ports {
	return Ports{
		Etcd: base, EtcdPeer: base + 1, APIServer: base + 2, ControllerManager: base + 3,
		Scheduler: base + 4, Kubelet: base + 5, DNS: base + 6, DNSHealth: base + 7,
	}
}

func blockFree(base int) bool {
	for port := base; port < base+blockSize; port++ {
		listener, err := net.Listen("tcp", address(port))
		if err != nil {
			return false
		}
		if listener.Close() != nil {
			return false
		}
	}
	return true
}

func address(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

func httpURL(port int, path string) string {
	return fmt.Sprintf("http://%s%s", address(port), path)
}

func httpsURL(port int, path string) string {
	return fmt.Sprintf("https://%s%s", address(port), path)
}
