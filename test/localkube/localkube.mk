# The control plane of the tests, for the Makefile at the root to include.

KUBERNETES_VERSION := v1.37.2

LOCALKUBE_FLAGS := -trimpath -buildvcs=false -ldflags "-s -w \
	-X k8s.io/component-base/version.gitVersion=$(KUBERNETES_VERSION) \
	-X k8s.io/component-base/version.gitMajor=1 \
	-X k8s.io/component-base/version.gitMinor=37"

.PHONY: localkube
localkube: bin/localkube ## Build bin/localkube, a control plane in one binary

bin/localkube: $(shell find test/localkube -name '*.go' -not -name '*_test.go' -o -name '*.yaml' -o -name 'go.*')
	@test/localkube/build.sh $(abspath $@) $(LOCALKUBE_FLAGS)
