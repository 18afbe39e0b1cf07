// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

// kappCmd deploys the set of a file by the requests of kapp (carvel-dev/kapp 0.60:
// pkg/kapp/clusterapply/add_or_update_change.go). One that is there is read, shown to
// the user, and replaced by a PUT of the whole, with the resourceVersion that was read.
// The paths are those that a rebase rule of the user's takes from what is live. After
// "outdated" comes a command that changes the set while the user looks at what kapp has
// shown: kapp must then change nothing.
func kappCmd(p play, args []string) error {
	if len(args) == 0 {
		return errors.New("usage: kapp FILE [PATH ...] [outdated CMD ...]")
	}
	var meanwhile []string
	paths := args[1:]
	if at := slices.Index(args, "outdated"); at > 0 {
		paths, meanwhile = args[1:at], args[at+1:]
	}
	k, file, err := newKapp(p, args[0], paths)
	if err != nil {
		return err
	}
	err = k.deploy(file, func() error { return p.meanwhile(meanwhile) })
	switch {
	case len(meanwhile) == 0:
		return err
	case !errors.Is(err, errOutdated):
		return fmt.Errorf("kapp goes on with a set that is not as it was shown: %w", err)
	default:
		return nil
	}
}

// meanwhile runs a command to its end, which must be a good one.
func (p play) meanwhile(command []string) error {
	if len(command) == 0 {
		return nil
	}
	job, err := p.run(command)
	if err != nil {
		return err
	}
	code, err := job.code()
	if err == nil && code != 0 {
		err = fmt.Errorf("%q ends with %d", command, code)
	}
	return errors.Join(err, p.show(job))
}

// errOutdated: kapp does not replace what is not as its user has agreed to replace it.
var errOutdated = errors.New("approved diff no longer matches")

type kapp struct {
	sets  dynamic.ResourceInterface
	keeps []string // paths
}

func newKapp(p play, path string, keeps []string) (kapp, *unstructured.Unstructured, error) {
	config := rest.CopyConfig(p.config)
	config.UserAgent = "kapp/0.60.0" // the server makes the field manager of it
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return kapp{}, nil, err
	}
	text, err := os.ReadFile(p.MkAbs(path))
	if err != nil {
		return kapp{}, nil, err
	}
	file := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(text, &file.Object); err != nil {
		return kapp{}, nil, err
	}
	file.SetNamespace(p.namespaceName)
	return kapp{client.Resource(appsv1.SchemeGroupVersion.WithResource("statefulsets")).Namespace(p.namespaceName), keeps}, file, own(file)
}

// own puts kapp's marks on a set and on its pods, as its ownershipLabelRules do.
func own(file *unstructured.Unstructured) error {
	file.SetLabels(with(file.GetLabels(), map[string]string{"kapp.k14s.io/app": "1700000000"}))
	file.SetAnnotations(with(file.GetAnnotations(), map[string]string{"kapp.k14s.io/identity": "v1;" + file.GetNamespace() + "/apps/StatefulSet/" + file.GetName() + ";apps/v1"}))
	return unstructured.SetNestedField(file.Object, "1700000000", "spec", "template", "metadata", "labels", "kapp.k14s.io/app")
}

func with(values, more map[string]string) map[string]string {
	both := map[string]string{}
	maps.Copy(both, values)
	maps.Copy(both, more)
	return both
}

func (k kapp) deploy(file *unstructured.Unstructured, meanwhile func() error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	shown, err := k.sets.Get(ctx, file.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		saved, err := k.sets.Create(ctx, file, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		return k.note(ctx, saved, file)
	}
	if err != nil {
		return err
	}
	if err := meanwhile(); err != nil {
		return err
	}
	saved, err := k.replace(ctx, shown, file)
	if err != nil {
		return err
	}
	return k.note(ctx, saved, file)
}

// replace is a PUT of the whole. Where the set has another resourceVersion by then, kapp
// reads it anew, and goes on where what it would change is still the same.
func (k kapp) replace(ctx context.Context, shown, file *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	latest := shown
	for {
		next, err := k.rebased(latest, file)
		if err != nil {
			return nil, err
		}
		saved, err := k.sets.Update(ctx, next, metav1.UpdateOptions{})
		if !apierrors.IsConflict(err) {
			return saved, err
		}
		if latest, err = k.sets.Get(ctx, file.GetName(), metav1.GetOptions{}); err != nil {
			return nil, err
		}
		if !reflect.DeepEqual(latest.Object["spec"], shown.Object["spec"]) {
			return nil, errOutdated
		}
	}
}

// rebased is the file with what kapp's rebase rules take from the live set: by default
// its metadata, but for labels and annotations (pkg/kapp/config/default.go).
func (k kapp) rebased(live, file *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	next := file.DeepCopy()
	next.Object["metadata"] = live.DeepCopy().Object["metadata"]
	next.SetLabels(file.GetLabels())
	next.SetAnnotations(file.GetAnnotations())
	for _, path := range k.keeps {
		fields := strings.Split(path, ".")
		value, found, err := unstructured.NestedFieldCopy(live.Object, fields...)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		if err := unstructured.SetNestedField(next.Object, value, fields...); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// note is kapp's second PUT, with what it has applied (recordAppliedResource).
func (k kapp) note(ctx context.Context, saved, file *unstructured.Unstructured) error {
	original, err := json.Marshal(file.Object)
	if err != nil {
		return err
	}
	for {
		saved.SetAnnotations(with(saved.GetAnnotations(), map[string]string{"kapp.k14s.io/original": string(original), "kapp.k14s.io/original-diff-md5": "58e0494c51d30eb3494f7c9198986bb9"}))
		_, err := k.sets.Update(ctx, saved, metav1.UpdateOptions{})
		if !apierrors.IsConflict(err) {
			return err
		}
		if saved, err = k.sets.Get(ctx, saved.GetName(), metav1.GetOptions{}); err != nil {
			return err
		}
	}
}
