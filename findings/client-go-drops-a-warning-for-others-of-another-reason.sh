#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# k8s.io/client-go v0.37.2, tools/record: events are held back by source, object and
# type (Warning or Normal), not by reason. After a burst of 25 Warnings about one
# object, a Warning with a reason that never was told before is dropped like the
# rest; one more passes every five minutes. The comments there speak of source and
# object alone, but a Normal event passes.
#
# Seen: 25 Warnings FailedCreate pass, a Warning FailedUpdate right after them is
# skipped; a Normal SuccessfulCreate passes, and so does the Warning about another
# object. Where it is decided: tools/record/events_cache.go,
# EventSourceObjectSpamFilter, getSpamKey, defaultSpamBurst.
#
# What follows for a reader of events: that no Warning of a reason is there is no
# proof that it did not happen, and the newest that is there may not be the last.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > main.go <<'GO'
package main

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/record"
	testclock "k8s.io/utils/clock/testing"
)

func event(name, kind, reason, message string, at time.Time) *corev1.Event {
	return &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: name + "." + reason, Namespace: "shop"},
		InvolvedObject: corev1.ObjectReference{Kind: "StatefulSet", Namespace: "shop", Name: name, UID: "1"},
		Source:         corev1.EventSource{Component: "statefulset-controller"},
		Type:           kind, Reason: reason, Message: message, Count: 1,
		FirstTimestamp: metav1.NewTime(at), LastTimestamp: metav1.NewTime(at),
	}
}

func main() {
	now := testclock.NewFakePassiveClock(time.Unix(1700000000, 0))
	correlator := record.NewEventCorrelatorWithOptions(record.CorrelatorOptions{Clock: now})
	passes := func(e *corev1.Event) bool {
		result, err := correlator.EventCorrelate(e)
		if err != nil {
			panic(err)
		}
		return !result.Skip
	}
	passed := 0
	for i := range 25 {
		if passes(event("web", corev1.EventTypeWarning, "FailedCreate", fmt.Sprintf("denied %d", i), now.Now())) {
			passed++
		}
	}
	fmt.Printf("denials %d, another Warning %t, a Normal event %t, the Warning about another object %t\n", passed,
		passes(event("web", corev1.EventTypeWarning, "FailedUpdate", "denied", now.Now())),
		passes(event("web", corev1.EventTypeNormal, "SuccessfulCreate", "created", now.Now())),
		passes(event("api", corev1.EventTypeWarning, "FailedUpdate", "denied", now.Now())))
}
GO
cat > go.mod <<'MOD'
module finding

go 1.26

require (
	k8s.io/api v0.37.2
	k8s.io/apimachinery v0.37.2
	k8s.io/client-go v0.37.2
)
MOD
go mod tidy >tidy.log 2>&1 || { cat tidy.log; exit 1; }
seen=$(go run .)
echo "client-go v0.37.2, tools/record: $seen"
test "$seen" = "denials 25, another Warning false, a Normal event true, the Warning about another object true"
