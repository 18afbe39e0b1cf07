// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-sts/kubectl-sts/test/stress/audit"
)

const occasions = 200

// latency measures from when the server got the write that makes an event to
// when a line tells of it.
func latency(ctx context.Context, g *ground) (figures []figure, err error) {
	log, err := audit.Open(g.audit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	ready, err := g.occasion(ctx, log, "latency-ready", 1)
	if err != nil {
		return nil, err
	}
	broken, err := g.occasion(ctx, log, "latency-broken", 2)
	if err != nil {
		return nil, err
	}
	var line, page, kubectl, cause sample
	for range occasions {
		c, err := ready.complete(ctx)
		if err != nil {
			return nil, err
		}
		line, page, kubectl = append(line, c.line), append(page, c.page), append(kubectl, c.kubectl)
		late, err := broken.fail(ctx)
		if err != nil {
			return nil, err
		}
		cause = append(cause, late)
	}
	return []figure{
		late("the last ordinal is Ready: status -w says so, beside kubectl rollout status", line, kubectl).atMost(1, ratio),
		late("the same, and status -w has printed its page", page, kubectl),
		tail("an ordinal breaks: the line with its cause", cause, 50),
		tail("the same", cause, 99).atMost(100, milliseconds),
	}, nil
}

// late compares medians: two processes that wake at one event are late by chance
// now one and now the other.
func late(what string, ours, beside sample) figure {
	f := figure{what: what + ", median", ours: ours.spread(milliseconds), beside: beside.spread(milliseconds), value: ours.median() / beside.median()}
	f.ratio = ratio.format(f.value)
	return f
}

func tail(what string, s sample, percentile float64) figure {
	value := s.percentile(percentile)
	return figure{what: fmt.Sprintf("%s, %.0fth percentile of %d", what, percentile, len(s)), ours: milliseconds.format(value), value: value}
}

// occasion is a set to the top ordinal of which things happen.
type occasion struct {
	*bed

	podName string
	log     *audit.Log
}

func (g *ground) occasion(ctx context.Context, log *audit.Log, namespaceName string, replicas int32) (*occasion, error) {
	log.Keep(namespaceName)
	b, err := g.plant(ctx, namespaceName, shape{setName: "web", replicas: replicas, start: atOnce})
	return &occasion{bed: b, podName: fmt.Sprintf("web-%d", replicas-1), log: log}, err
}

// completed is how late each told of an end, in milliseconds.
type completed struct{ line, page, kubectl float64 }

// complete lets a rollout end when both are watching: its pod runs and is not
// ready until its fate is changed.
func (o *occasion) complete(ctx context.Context) (c completed, err error) {
	if err := o.write(ctx, o.next()+"-unready", 0); err != nil {
		return c, err
	}
	ours, err := o.voice(ctx, "kubectl-sts", "status", "web", "-w", "--progress=lines")
	if err != nil {
		return c, err
	}
	kubectl, err := o.voice(ctx, "kubectl", "rollout", "status", "sts/web")
	if err != nil {
		return c, errors.Join(err, ours.end())
	}
	c, err = o.told(ctx, ours, kubectl)
	return c, errors.Join(err, ours.end(), kubectl.end())
}

func (o *occasion) told(ctx context.Context, ours, kubectl *voice) (c completed, err error) {
	if _, err := ours.says("rolling"); err != nil {
		return c, err
	}
	if _, err := kubectl.says("Waiting for 1 pods to be ready"); err != nil {
		return c, err
	}
	if err := o.release(ctx); err != nil {
		return c, err
	}
	line, lineErr := ours.says(o.podName + "  Available")
	page, pageErr := ours.says("settled")
	theirs, kubectlErr := kubectl.says("roll out complete")
	from, err := o.received(ctx)
	since := func(at time.Time) float64 { return at.Sub(from).Seconds() * 1000 }
	return completed{since(line), since(page), since(theirs)}, errors.Join(lineErr, pageErr, kubectlErr, err)
}

// release lets the pod that came last be ready, once it runs.
func (o *occasion) release(ctx context.Context) error {
	_, err := o.core.Pods(o.namespaceName).Patch(ctx, o.podName, types.MergePatchType,
		[]byte(`{"metadata":{"annotations":{"localkube/fate":"ready"}}}`), metav1.PatchOptions{})
	return err
}

// received is when the server got the write that made the pod what it is now.
func (o *occasion) received(ctx context.Context) (time.Time, error) {
	for {
		pod, err := o.core.Pods(o.namespaceName).Get(ctx, o.podName, metav1.GetOptions{})
		if err != nil {
			return time.Time{}, err
		}
		history, err := o.log.Read(o.namespaceName)
		if err != nil {
			return time.Time{}, err
		}
		for _, e := range history.Events {
			if e.Pod != nil && fmt.Sprint(e.Version) == pod.ResourceVersion {
				return e.Received, nil
			}
		}
	}
}

// fail lets a canary break, and goes back.
func (o *occasion) fail(ctx context.Context) (late float64, err error) {
	canary, err := o.voice(ctx, "kubectl-sts", "canary", "web", "--image=app="+o.next()+"-badname", "--soak=0", "--progress=lines")
	if err != nil {
		return 0, err
	}
	at, err := canary.says(o.podName + "  Failing: image-pull")
	if err != nil {
		return 0, errors.Join(err, canary.end())
	}
	from, err := o.received(ctx)
	if err != nil {
		return 0, errors.Join(err, canary.end())
	}
	if err := canary.end(); err != nil {
		return 0, err
	}
	return at.Sub(from).Seconds() * 1000, o.do(ctx, "kubectl-sts", "abort", "web")
}
