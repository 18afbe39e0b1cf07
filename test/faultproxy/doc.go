// SPDX-License-Identifier: Apache-2.0

// Package faultproxy is a way to an API server that fails on purpose: it
// delays, cuts watches, answers in the server's place, loses what the server
// answered, gives half of it, and tells when the nth write comes by, before or
// after it was stored.
//
// What it does is a [Schedule], which is data: written by hand, read from a
// file, or drawn from a seed by [Draw]. A schedule counts requests and not time,
// so that the same schedule meets the same requests of a program again, however
// slow the machine is.
//
// A [Proxy] is an [http.Handler] before an [http.RoundTripper]. So it stands
// before a real server with [Listen], and with [Serve] and [Memory] before a
// handler in a bubble of testing/synctest, where its delays take no time.
//
// By hand, between a command and the cluster of the kubeconfig:
//
//	go run ./test/faultproxy/run --seed 7 -- kubectl sts promote web
package faultproxy
