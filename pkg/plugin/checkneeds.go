// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubectl-sts/kubectl-sts/pkg/cluster"
	"github.com/kubectl-sts/kubectl-sts/pkg/manifest"
	"github.com/kubectl-sts/kubectl-sts/pkg/needs"
	"github.com/kubectl-sts/kubectl-sts/pkg/rollout"
	"github.com/kubectl-sts/kubectl-sts/pkg/volume"
)

// Inspections of what a set needs beside volumes.

const (
	foundNoService = "service-missing"    // the governing Service is not there
	foundNoProbe   = "no-readiness-probe" // Ready says nothing
)

// inspectService finds that nobody makes the names of the pods.
func inspectService(ctx context.Context, _ session, f found) ([]rollout.Finding, error) {
	serviceName := f.set.Spec.ServiceName
	if serviceName == "" {
		return nil, nil
	}
	if service, ok := f.service(serviceName); ok {
		return needs.Governing(f.set, service), nil
	}
	missing, err := f.client.Missing(ctx, []cluster.Rule{{Verb: "get", Resource: "services", Name: serviceName}})
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return []rollout.Finding{unseen("its governing Service", forbidden(f.client.Namespace(), missing))}, nil
	}
	service, err := f.client.Service(ctx, serviceName)
	if err != nil {
		return nil, err
	}
	if service != nil {
		return needs.Governing(f.set, *service), nil
	}
	finding := rollout.Finding{
		ID: foundNoService, Severity: rollout.FindingWarning, Object: volume.SetOf(f.set).String(), Message: ungovernedBy(serviceName, f.client.Namespace()),
	}
	if fitting := needs.Fitting(f.set, f.services); len(fitting) > 0 {
		finding.Details = []string{fmt.Sprintf("of the file's Services it would be %s, by spec.serviceName", strings.Join(fitting, " or "))}
	}
	return []rollout.Finding{finding}, nil
}

// inspectReferences finds objects that the template names and that are not there.
func inspectReferences(ctx context.Context, _ session, f found) ([]rollout.Finding, error) {
	var (
		asked    []needs.Reference
		rules    []cluster.Rule
		findings []rollout.Finding
	)
	for _, r := range needs.References(f.set) {
		if !f.brings(manifest.Kind(r.Kind), r.Name) && !slices.ContainsFunc(f.untilSet(), r.MadeBy) {
			asked = append(asked, r)
			rules = append(rules, cluster.Rule{Verb: "get", Resource: r.Resource(), Name: r.Name})
		}
	}
	missing, err := f.client.Missing(ctx, rules)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return []rollout.Finding{unseen("what its template names", forbidden(f.client.Namespace(), missing))}, nil
	}
	for _, r := range asked {
		exists, err := f.client.Exists(ctx, r.Resource(), r.Name)
		if err != nil {
			return nil, err
		}
		if !exists {
			findings = append(findings, f.lacks(r))
		}
	}
	return findings, nil
}

// lacks is the finding of what is not there, also where a set of the manifest makes it
// that an apply comes to only after this one.
func (f found) lacks(r needs.Reference) rollout.Finding {
	finding := r.Missing(f.set)
	for _, later := range f.inNamespace() {
		if r.MadeBy(later) {
			finding.Details = append(finding.Details, volume.SetOf(later).String()+" makes it, which comes after this one in the manifest: put it before")
		}
	}
	return finding
}

// untilSet are the sets of the manifest up to the one that is looked at, in the order in
// which an apply makes them.
func (f found) untilSet() []*appsv1.StatefulSet {
	sets := f.inNamespace()
	return sets[:slices.Index(sets, f.set)+1]
}

// inspectNodes finds that the pods have nowhere to go, or not all of them.
func inspectNodes(ctx context.Context, _ session, f found) ([]rollout.Finding, error) {
	if !needs.AsksForNodes(f.set) {
		return nil, nil
	}
	missing, err := f.client.Missing(ctx, []cluster.Rule{{Verb: "list", Resource: "nodes", Wide: true}})
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return []rollout.Finding{unseen("the nodes that its pods may run on", forbidden(f.client.Namespace(), missing))}, nil
	}
	nodes, err := f.client.AllNodes(ctx)
	if err != nil {
		return nil, err
	}
	return needs.Places(f.set, nodes), nil
}

// inspectRetention finds a policy by which data goes.
func inspectRetention(_ context.Context, _ session, f found) ([]rollout.Finding, error) {
	return needs.Retention(f.set), nil
}

// inspectProbe finds that Ready says nothing of a container.
func inspectProbe(_ context.Context, _ session, f found) ([]rollout.Finding, error) {
	template, err := json.Marshal(f.set.Spec.Template)
	if err != nil {
		return nil, err
	}
	_, why, err := rollout.DefaultSoak(template, f.set.Spec.MinReadySeconds)
	if err != nil || why == "" {
		return nil, err
	}
	return []rollout.Finding{{ID: foundNoProbe, Severity: rollout.FindingNote, Object: volume.SetOf(f.set).String(), Message: why}}, nil
}
