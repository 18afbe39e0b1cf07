// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// CreateVolumes is what `pv plan` and `pv create` ask for.
type CreateVolumes struct {
	Recipe   volume.Recipe
	Nodes    []string
	Ordinals []int32 // nil: those that the set has
}

type createFlags struct {
	recipe                                      volume.Recipe
	kind, manifest, ordinals, reclaim, capacity string
	nodes                                       []string
}

func pvPlanVerb() pvVerb {
	v := pvCreateVerb()
	v.use, v.onlyPlans = "plan (NAME | -f FILE) (--type TYPE ... | --template FILE)", true
	v.short = "Show the volumes that pv create would make"
	v.long = `Show the volumes that ` + "`pv create`" + ` would make with the same flags: one an ordinal and
claim template. With -o yaml their manifests, for review or for Git.`
	v.example = `  # manifests to read, keep and apply
  {{name}} pv plan -f web.yaml --type nfs --server nfs1 --path '/exports/{{.Claim}}' -o yaml`
	return v
}

func pvCreateVerb() pvVerb {
	f := &createFlags{}
	return pvVerb{
		use:   "create (NAME | -f FILE) (--type TYPE ... | --template FILE)",
		short: "Make a volume for every ordinal, reserved for its claim",
		long: `Make one PersistentVolume for each ordinal and claim template, reserved for its
claim: size, access modes, class and volume mode are the claim's. --name, --path,
--handle and the file of --template are Go templates with the fields .Namespace,
.Set, .Claim, .Template, .Ordinal and .Node; two ordinals never get the same data.
A claim that is bound already is told and left alone.`,
		example: `  # one export an ordinal
  {{name}} pv create -f web.yaml --type nfs --server nfs1 --path '/exports/{{.Claim}}'

  # local disks, ordinals going round three nodes
  {{name}} pv create web --type local --path '/mnt/disks/{{.Claim}}' --nodes node-1,node-2,node-3

  # any other kind, from a manifest with fields in it; two ordinals more than there are
  {{name}} pv create web --template pv.yaml --ordinals 3-4`,
		flags: f.add,
		work:  f.work,
	}
}

func (f *createFlags) add(flags *pflag.FlagSet) {
	r := &f.recipe
	flags.StringVar(&f.kind, "type", "", "nfs, local, hostPath or csi")
	flags.StringVar(&f.manifest, "template", "", "a file with a PersistentVolume and template fields in it, for any other type")
	flags.StringVar(&r.Name, "name", volume.DefaultName, "name of each volume")
	flags.StringVar(&r.Server, "server", "", "nfs: the server")
	flags.StringVar(&r.Path, "path", "", "nfs, local, hostPath: the directory of each volume")
	flags.StringVar(&r.Driver, "driver", "", "csi: the driver")
	flags.StringVar(&r.Handle, "handle", "", "csi: the handle of each volume")
	flags.StringVar(&r.FSType, "fs-type", "", "csi, local: the file system")
	flags.StringToStringVar(&r.Attributes, "attributes", nil, "csi: KEY=VALUE,...")
	flags.StringSliceVar(&f.nodes, "nodes", nil, "ordinals go round these nodes, each volume on one; local needs it")
	flags.StringToStringVar(&r.Labels, "labels", nil, "KEY=VALUE,... on each volume")
	flags.StringVar(&f.reclaim, "reclaim", "", "Retain or Delete (default Retain)")
	flags.StringSliceVar(&r.MountOptions, "mount-options", nil, "such as nfsvers=4.1,hard")
	flags.StringVar(&f.capacity, "capacity", "", "size of each volume, at least what the claim asks for (default that)")
	addOrdinals(flags, &f.ordinals, "only for these; also such as the set has not yet (default those it has)")
}

func (f *createFlags) work(*pflag.FlagSet) (VolumeWork, error) {
	w := CreateVolumes{Recipe: f.recipe, Nodes: f.nodes}
	r := &w.Recipe
	if err := f.source(r); err != nil {
		return nil, err
	}
	switch f.reclaim {
	case "", string(corev1.PersistentVolumeReclaimRetain), string(corev1.PersistentVolumeReclaimDelete):
		r.Reclaim = corev1.PersistentVolumeReclaimPolicy(f.reclaim)
	default:
		return nil, usage("--reclaim %q is none of Retain, Delete", f.reclaim)
	}
	if f.capacity != "" {
		capacity, err := resource.ParseQuantity(f.capacity)
		if err != nil || capacity.Sign() <= 0 {
			return nil, usage("--capacity %q is no size such as 10Gi", f.capacity)
		}
		r.Capacity = &capacity
	}
	var err error
	if w.Ordinals, err = parseOrdinals(f.ordinals); err != nil {
		return nil, err
	}
	for _, nodeName := range f.nodes {
		r.Nodes = append(r.Nodes, volume.Node{Name: nodeName, Host: nodeName})
	}
	if err := r.Check(); err != nil {
		return nil, usage("%v", err)
	}
	return w, nil
}

// source is --type or --template.
func (f *createFlags) source(r *volume.Recipe) error {
	switch r.Kind = volume.Kind(f.kind); {
	case (f.kind == "") == (f.manifest == ""):
		return usage("say what the volumes are: --type nfs, local, hostPath or csi, or --template FILE")
	case f.manifest != "":
		text, err := readWhole(f.manifest)
		if err != nil {
			return usage("--template: %v", err)
		}
		r.Kind, r.Manifest = volume.Custom, string(text)
	case r.Kind != volume.NFS && r.Kind != volume.Local && r.Kind != volume.HostPath && r.Kind != volume.CSI:
		return usage("--type %q is none of nfs, local, hostPath, csi; --template makes any other", f.kind)
	}
	return nil
}

// Verb implements VolumeWork.
func (w CreateVolumes) Verb() string { return "create" }

// Each implements VolumeWork: names and paths are templates.
func (CreateVolumes) Each() bool { return true }

// Plan implements VolumeWork.
func (w CreateVolumes) Plan(ctx context.Context, client *cluster.Client, set volume.Set, stock volume.Stock) (volume.Plan, error) {
	if len(w.Nodes) > 0 {
		nodes, err := client.Nodes(ctx, w.Nodes)
		if err != nil {
			return volume.Plan{}, err
		}
		w.Recipe.Nodes = nodes
	}
	ordinals := w.Ordinals
	if ordinals == nil {
		ordinals = set.Ordinals()
	}
	return volume.PlanCreate(set, stock, w.Recipe, ordinals)
}
