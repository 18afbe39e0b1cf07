# SPDX-License-Identifier: Apache-2.0
#
# The control plane of the tests; the Makefile at the root includes this.

KUBERNETES_VERSION := v1.37.2

# No -trimpath: what `go test` and `go vet` compile here serves the build, too.
# No version control stamp: a commit alone is no reason to link 200 MB anew.
LOCALKUBE_FLAGS := -buildvcs=false -ldflags "-s -w \
	-X k8s.io/component-base/version.gitVersion=$(KUBERNETES_VERSION) \
	-X k8s.io/component-base/version.gitMajor=1 \
	-X k8s.io/component-base/version.gitMinor=37"

# The tests of this module that run the binary find it here.
export LOCALKUBE := $(CURDIR)/bin/localkube

.PHONY: localkube
localkube: bin/localkube ## Build bin/localkube, a control plane in one binary

bin/localkube: $(shell find test/localkube -name '*_test.go' -prune -o \( -name '*.go' -o -name '*.yaml' -o -name 'go.*' \) -print)
	@test/localkube/build.sh $(abspath $@) $(LOCALKUBE_FLAGS)
