// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedapps "k8s.io/client-go/kubernetes/typed/apps/v1"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// patience ends what would never end. No scenario that passes comes near it.
const patience = 90 * time.Second

// scenarioLabel marks what a scenario makes outside of its namespace.
const scenarioLabel = "e2e/namespace"

// cluster is the way to one namespace.
type cluster struct {
	namespaceName string
	config        *rest.Config
	core          *typedcore.CoreV1Client
	apps          *typedapps.AppsV1Client
}

func openCluster(scenarioName string) (*cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	core, err := typedcore.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	apps, err := typedapps.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	namespaceName, err := unique(scenarioName)
	if err != nil {
		return nil, err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespaceName}}
	_, err = core.Namespaces().Create(context.Background(), namespace, metav1.CreateOptions{})
	return &cluster{namespaceName: namespaceName, config: config, core: core, apps: apps}, err
}

// unique lets a scenario run again while its last namespace is still going.
func unique(scenarioName string) (string, error) {
	var mark [3]byte
	if _, err := rand.Read(mark[:]); err != nil {
		return "", err
	}
	return scenarioName[:min(len(scenarioName), 50)] + "-" + hex.EncodeToString(mark[:]), nil
}

// remove asks for the end of all that the scenario made. It does not wait: the
// next namespace has another name.
func (c *cluster) remove(t testscript.T) {
	ctx := context.Background()
	mine := metav1.ListOptions{LabelSelector: scenarioLabel + "=" + c.namespaceName}
	if err := c.core.PersistentVolumes().DeleteCollection(ctx, metav1.DeleteOptions{}, mine); err != nil {
		t.Log(fmt.Sprintf("volumes of %s: %v", c.namespaceName, err))
	}
	if err := c.core.Namespaces().Delete(ctx, c.namespaceName, metav1.DeleteOptions{}); err != nil {
		t.Log(fmt.Sprintf("namespace %s: %v", c.namespaceName, err))
	}
}

// writeKubeconfig writes the way to the cluster, with the scenario's namespace.
func (c *cluster) writeKubeconfig(path string) error {
	config, err := clientcmd.LoadFromFile(os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.Contexts[config.CurrentContext].Namespace = c.namespaceName
	return clientcmd.WriteToFile(*config, path)
}
