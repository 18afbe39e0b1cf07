// SPDX-License-Identifier: Apache-2.0

package faultproxy

import (
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// WriteKubeconfig writes the way to the server, with a namespace.
func (s *Server) WriteKubeconfig(path, namespaceName string) error {
	const name = "faultproxy"
	config := api.NewConfig()
	config.Clusters[name] = &api.Cluster{Server: s.URL}
	config.AuthInfos[name] = &api.AuthInfo{}
	config.Contexts[name] = &api.Context{Cluster: name, AuthInfo: name, Namespace: namespaceName}
	config.CurrentContext = name
	return clientcmd.WriteToFile(*config, path)
}
