// SPDX-License-Identifier: Apache-2.0

// Package stages holds the lives of pods and nodes, written for kwok.
//
// A stage has a selector, a delay and a template of the status that follows.
// kwok takes the first stage that fits an object, waits, and writes the status;
// the written status then fits the next stage. So a life is a walk through the
// table in pod.yaml, and the state is nowhere but in the pod.
//
// Every container walks by itself. Selectors therefore ask whether any
// container is in some state with some fate, and templates render all container
// statuses anew, the untouched ones as they were: in a status patch that list is
// replaced as a whole.
package stages
