#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# k8s.io/client-go v0.37.2: a Create whose answer is a server error with a
# Retry-After header is sent again by the client itself, under the same call. Where
# the server had stored the object before it (or a proxy before it) answered so, the
# second request meets the object that the first has made, and the caller gets
# AlreadyExists for an object that was not there when it called. The same holds for
# a JSON patch with a "test" operation, which then fails on its own earlier success.
#
# Seen: two POST requests for one Create, and an error for which
# apierrors.IsAlreadyExists is true. Where it is decided: rest/with_retry.go,
# checkWait (any verb, 429 and 5xx, where Retry-After is a number).
#
# What follows for a caller: AlreadyExists and Conflict are no proof that somebody
# else wrote. Compare what is there with what was sent, or count the requests in a
# RoundTripper of one's own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

func main() {
	posts, stored := 0, false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		posts++
		w.Header().Set("Content-Type", "application/json")
		if stored {
			w.WriteHeader(http.StatusConflict)
			_ = json.NewEncoder(w).Encode(metav1.Status{
				TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
				Status:   metav1.StatusFailure, Reason: metav1.StatusReasonAlreadyExists, Code: http.StatusConflict,
			})
			return
		}
		stored = true
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusGatewayTimeout)
	}))
	defer server.Close()
	client := kubernetes.NewForConfigOrDie(&rest.Config{Host: server.URL})
	config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "settings"}}
	_, err := client.CoreV1().ConfigMaps("shop").Create(context.Background(), config, metav1.CreateOptions{})
	fmt.Printf("requests %d, AlreadyExists %t\n", posts, apierrors.IsAlreadyExists(err))
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
echo "client-go v0.37.2, one Create: $seen"
test "$seen" = "requests 2, AlreadyExists true"
