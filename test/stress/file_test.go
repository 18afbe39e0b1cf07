// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package stress

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-sts/kubectl-sts/test/stress/audit"
)

// file is what a manifest says of the set, beside what never changes.
type file struct {
	image               string
	replicas, partition *int32 // nil: it does not say
	tier                int    // 0: it does not say
	service, volumes    bool   // are in it too
}

// String is for who reads a story.
func (f file) String() string {
	text := "{image " + f.image
	if f.replicas != nil {
		text += fmt.Sprintf(", replicas %d", *f.replicas)
	}
	if f.partition != nil {
		text += fmt.Sprintf(", partition %d", *f.partition)
	}
	return text + fmt.Sprintf(", tier %d, service %t, volumes %t}", f.tier, f.service, f.volumes)
}

const tierLabel = "tier"

// tierOf is the label's value; "" for none.
func tierOf(tier int) string {
	if tier == 0 {
		return ""
	}
	return fmt.Sprintf("t%d", tier)
}

// set is the set as the file has it.
func (f file) set(s shape) *appsv1.StatefulSet {
	s.Own = 0
	set := s.build()
	set.Spec.Replicas = f.replicas
	set.Spec.Template.Spec.Containers[0].Image = f.image
	if f.partition != nil {
		set.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{Partition: f.partition}
	}
	if f.tier > 0 {
		set.Labels = map[string]string{tierLabel: tierOf(f.tier)}
		set.Spec.RevisionHistoryLimit = new(10 + int32(f.tier))
	}
	return set
}

// text is a List of all that the file has.
func (p *plot) text(f file) ([]byte, error) {
	items := []any{f.set(p.shape)}
	if f.service {
		service := &corev1.Service{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
			ObjectMeta: metav1.ObjectMeta{Name: setName, Labels: map[string]string{tierLabel: tierOf(f.tier)}},
			Spec:       corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": setName}},
		}
		items = append(items, service)
	}
	if f.volumes {
		for _, volume := range p.volumes() {
			volume.Labels[tierLabel] = tierOf(f.tier)
			items = append(items, volume)
		}
	}
	return json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
}

// apply is of a random file, on a settled set.
func (m model) apply(dice *rand.Rand) act {
	f, step := m.file(dice), 1+dice.Int32N(2)
	if dice.IntN(2) == 0 {
		m.images++
		f.image = image(m.images)
	}
	if f.image != m.stable && dice.IntN(4) == 0 {
		f.image += "-" + fates[dice.IntN(len(fates))]
	}
	a := act{command: m.applied(f, step), codes: []int{0}}
	m.tier = f.tier
	after := m
	after.canary, after.count = f.image, min(step, m.replicas)
	if after.broken() {
		a.after, a.codes = after, []int{3}
		return a
	}
	a.after = m.as(f)
	return a
}

// as is what the model becomes by a file.
func (m model) as(f file) model {
	m.stable, m.tier, m.gone = f.image, f.tier, false
	if f.replicas != nil {
		m.replicas = *f.replicas
	}
	if f.partition != nil {
		m.Own = *f.partition
	}
	return m
}

// file is a random one of the live image.
func (m model) file(dice *rand.Rand) file {
	f := file{image: m.stable, service: dice.IntN(4) == 0, volumes: m.Claims != "" && dice.IntN(2) == 0}
	if dice.IntN(4) > 0 {
		f.replicas = new(1 + dice.Int32N(mostReplicas))
	}
	if dice.IntN(2) == 0 {
		f.partition = new(dice.Int32N(3))
	}
	if dice.IntN(2) == 0 {
		f.tier = 1 + dice.IntN(100)
	}
	return f
}

// applied is the command that applies a file.
func (m model) applied(f file, step int32) command {
	c := command{
		args:  words("apply --step %d --soak 0s --patience 1s --progress-timeout %s", step, stall(f.image)),
		file:  &f,
		judge: audit.Run{Verb: "apply", Step: step, To: m.replicas, Own: m.Own, Partition: f.partition, Image: f.image},
	}
	if f.replicas != nil {
		c.judge.To = *f.replicas
	}
	if m.Maker == somebody {
		c.args = append(c.args, "--force-conflicts")
	}
	return c
}

// back makes a set that is not there: as the last delete saved it, or anew.
func (m model) back(dice *rand.Rand) act {
	if m.saved == "" || dice.IntN(4) == 0 {
		f := m.file(dice)
		m.replicas, m.Own = 1, 0
		return act{command: m.applied(f, 1), after: m.as(f), codes: []int{0}}
	}
	a := act{command: m.applied(file{image: m.stable, partition: &m.Own}, 1), codes: []int{0}}
	a.file, a.args = nil, append(a.args, "-f", m.saved)
	m.gone = false
	a.after = m
	return a
}

// delete keeps the claims, mostly.
func (m model) delete(dice *rand.Rand) act {
	m.images++ // so that the file is a new one
	m.saved = filepath.Join(m.folder, fmt.Sprintf("saved-%d.yaml", m.images))
	a := act{command: m.deleted(), codes: []int{0}}
	if m.Claims != "" && dice.IntN(5) == 0 {
		a.args = append(a.args, words("--claims=delete --confirm-data-loss=%s", setName)...)
		a.judge.Claims, a.destroys = true, true
	}
	a.after = m
	a.after.gone = true
	return a
}

func (m model) deleted() command {
	return command{
		args:  words("delete %s -y --save %s", setName, m.saved),
		first: m.isSaved,
		judge: audit.Run{Verb: "delete", Own: m.Own},
	}
}

// isSaved says whether the file brings back what the model knows of the set.
func (m model) isSaved() error {
	text, err := os.ReadFile(m.saved)
	if err != nil {
		return err
	}
	var set appsv1.StatefulSet
	if err := yaml.UnmarshalStrict(text, &set); err != nil {
		return err
	}
	spec := set.Spec
	rolling, policy := spec.UpdateStrategy.RollingUpdate, spec.PersistentVolumeClaimRetentionPolicy
	switch {
	case spec.Replicas == nil || *spec.Replicas != m.replicas || spec.Template.Spec.Containers[0].Image != m.stable:
	case m.Own > 0 && (rolling == nil || *rolling.Partition != m.Own), set.Labels[tierLabel] != tierOf(m.tier):
	case m.Claims != "" && (policy == nil || policy.WhenDeleted != m.Claims || len(spec.VolumeClaimTemplates) != 1):
	default:
		return nil
	}
	return errors.New("what is saved is not the set: " + strings.TrimSpace(string(text)))
}
