// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedapps "k8s.io/client-go/kubernetes/typed/apps/v1"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// agent is the bench's own, apart from those that it counts.
const agent = "bench"

// ground is the cluster, and the programs that are measured on it.
type ground struct {
	config *rest.Config
	core   *typedcore.CoreV1Client
	apps   *typedapps.AppsV1Client

	self    string // this program
	sts     string
	kubectl string
	audit   string // the server's log
	most    int32  // ordinals of the largest set
	folder  string // for what the programs write
	plots   map[string]*plot
	mark    string // of the images of this run
	version int    // of the last one
}

func openGround(sts, kubectl string) (*ground, error) {
	dir := os.Getenv("LOCALKUBE_DIR")
	if dir == "" {
		return nil, errors.New("no cluster to measure on, and none of yours will be taken: run `make bench`")
	}
	g := &ground{audit: filepath.Join(dir, "audit.log"), plots: map[string]*plot{}}
	if err := errors.Join(g.programs(sts, kubectl), g.connect()); err != nil {
		return nil, err
	}
	var err error
	g.folder, err = os.MkdirTemp("", "bench-")
	g.mark = filepath.Base(g.folder)
	return g, err
}

// programs finds them, so that it does not matter where they are run.
func (g *ground) programs(sts, kubectl string) (err error) {
	if g.self, err = os.Executable(); err != nil {
		return err
	}
	if g.sts, err = exec.LookPath(sts); err != nil {
		return err
	}
	if g.kubectl, err = exec.LookPath(kubectl); err != nil {
		return err
	}
	if g.sts, err = filepath.Abs(g.sts); err != nil {
		return err
	}
	g.kubectl, err = filepath.Abs(g.kubectl)
	return err
}

func (g *ground) connect() (err error) {
	g.config, err = clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	g.config.QPS, g.config.UserAgent = -1, agent
	if g.core, err = typedcore.NewForConfig(g.config); err != nil {
		return err
	}
	g.apps, err = typedapps.NewForConfig(g.config)
	return err
}

func (g *ground) close() error { return os.RemoveAll(g.folder) }

// plot is a namespace, and a kubeconfig that leads there.
type plot struct {
	*ground

	namespaceName string
	kubeconfig    string
}

// fence makes a namespace; that of a name is made once.
func (g *ground) fence(ctx context.Context, namespaceName string) (*plot, error) {
	if p, made := g.plots[namespaceName]; made {
		return p, nil
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespaceName}}
	if _, err := g.core.Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return nil, err
	}
	config, err := clientcmd.LoadFromFile(os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	config.Contexts[config.CurrentContext].Namespace = namespaceName
	p := &plot{ground: g, namespaceName: namespaceName, kubeconfig: filepath.Join(g.folder, namespaceName)}
	g.plots[namespaceName] = p
	return p, clientcmd.WriteToFile(*config, p.kubeconfig)
}

// environment is what every contender gets: the two programs by name, and a home
// of their own, in which kubectl keeps what it has discovered.
func (p *plot) environment() []string {
	path := strings.Join([]string{filepath.Dir(p.kubectl), filepath.Dir(p.sts), os.Getenv("PATH")}, string(filepath.ListSeparator))
	return []string{"PATH=" + path, "HOME=" + p.folder, "KUBERC=off", "KUBECONFIG=" + p.kubeconfig}
}

// program is the path of one of the two that are measured.
func (g *ground) program(name string) string {
	return map[string]string{"kubectl": g.kubectl, "kubectl-sts": g.sts}[name]
}

// do runs a command that is not measured, and that must succeed.
func (p *plot) do(ctx context.Context, args ...string) error {
	command := exec.CommandContext(ctx, p.program(args[0]), args[1:]...)
	command.Env = p.environment()
	if said, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, lastOf(said))
	}
	return nil
}
