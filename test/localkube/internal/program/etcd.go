// SPDX-License-Identifier: Apache-2.0

package program

import "go.etcd.io/etcd/server/v3/etcdmain"

func etcd(args []string) int {
	etcdmain.Main(args)
	return 0
}
