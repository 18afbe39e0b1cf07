// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package appliers

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/fluxcd/pkg/ssa"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

const manifest = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: %s}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: app, image: "app:%s", readinessProbe: {tcpSocket: {port: 80}}}]
`

// flux is Flux's kustomize-controller in one namespace.
type flux struct {
	*testing.T
	manager   *ssa.ResourceManager
	namespace string
}

func newFlux(t *testing.T) flux {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	kube, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	owner := ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"}
	f := flux{t, ssa.NewResourceManager(kube, nil, owner), "flux-" + strings.ToLower(rand.Text()[:8])}
	f.run("create", "namespace", f.namespace)
	t.Cleanup(func() { f.run("delete", "namespace", f.namespace, "--wait=false") })
	return f
}

// apply is one sync, with the clean-up that kustomize-controller asks for
// (internal/controller/kustomization_controller.go: apply).
func (f flux) apply(image string) {
	f.Helper()
	var object unstructured.Unstructured
	if err := yaml.Unmarshal([]byte(fmt.Sprintf(manifest, f.namespace, image)), &object); err != nil {
		f.Fatal(err)
	}
	options := ssa.DefaultApplyOptions()
	options.Cleanup = ssa.ApplyCleanupOptions{
		Annotations: []string{"kubectl.kubernetes.io/last-applied-configuration"},
		FieldManagers: []ssa.FieldManager{
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationApply},
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: "before-first-apply", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: "kustomize-controller", OperationType: metav1.ManagedFieldsOperationUpdate},
		},
	}
	if _, err := f.manager.ApplyAllStaged(f.Context(), []*unstructured.Unstructured{&object}, options); err != nil {
		f.Fatal(err)
	}
}

// run is kubectl.
func (f flux) run(args ...string) string {
	f.Helper()
	out, err := exec.Command("kubectl", args...).CombinedOutput()
	if err != nil {
		f.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (f flux) sts(args ...string) string {
	f.Helper()
	return f.run(append([]string{"sts"}, append(args, "-n", f.namespace)...)...)
}

func (f flux) spec(want string) {
	f.Helper()
	got := f.run("get", "statefulset", "web", "-n", f.namespace, "-o", "jsonpath={.spec.template.spec.containers[0].image} {.spec.updateStrategy.rollingUpdate.partition}")
	if got != want {
		f.Errorf("image and partition are %q, want %q", got, want)
	}
}

// TestFluxLeavesTheCanary: its clean-up takes over every manager that begins with
// "kubectl", and what they have and Git has not, it removes: the partition of a canary.
// With the canary's image in Git every ordinal would roll at once.
func TestFluxLeavesTheCanary(t *testing.T) {
	f := newFlux(t)
	f.apply("v1")
	f.sts("status", "web", "-w", "--timeout=5m")
	f.sts("canary", "web", "--image=app=app:v2", "--soak=0s")
	f.apply("v2")
	f.spec("app:v2 2")
	f.sts("promote", "web", "--soak=0s")
	f.spec("app:v2 0")
	f.sts("canary", "web", "--image=app=app:v3", "--soak=0s")
	f.apply("v2") // Git takes the canary back, and leaves the partition
	f.spec("app:v2 2")
	f.sts("status", "web", "-w", "--timeout=5m")
	f.sts("abort", "web")
	f.spec("app:v2 0")
}

// TestFluxMeetsAnEarlierVersion: the canary's own write renames what an earlier version
// of this program, whose manager began with "kubectl", has left.
func TestFluxMeetsAnEarlierVersion(t *testing.T) {
	f := newFlux(t)
	f.apply("v1")
	f.sts("status", "web", "-w", "--timeout=5m")
	f.run("patch", "statefulset", "web", "-n", f.namespace, "--field-manager=kubectl-sts", "--type=merge", "-p", `{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}},"minReadySeconds":1}}`)
	f.sts("status", "web", "-w", "--timeout=5m")
	f.sts("canary", "web", "--image=app=app:v2", "--soak=0s")
	f.apply("v2")
	f.spec("app:v2 2")
}
