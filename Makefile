# SPDX-License-Identifier: Apache-2.0

VERSION  = $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
GOLANGCI = go tool -modfile=$(CURDIR)/tools/go.mod golangci-lint

# The project is three modules: what is shipped, the control plane of the tests, and
# the libraries of others beside it.
each = @failed=0; for module in . test/localkube test/appliers; do echo "$$module: $(1)"; (cd $$module && $(1)) || failed=1; done; exit $$failed

# The race detector is written in C; without a compiler the tests run without it.
RACE = $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

# Nothing here meets the cluster that the user's kubeconfig, HOME or service
# account lead to, nor the user's defaults for kubectl. Only DEMO_CONTEXT names
# a cluster of the user's, and only to the demo.
USER_KUBECONFIG := $(KUBECONFIG)
export KUBECONFIG := /dev/null
export KUBERC := off
unexport KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT

.PHONY: help build test unit e2e appliers stress bench lint check demo docs verify clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build bin/kubectl-sts
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/ ./cmd/kubectl-sts

test: unit e2e appliers ## Run all tests: units, laws, and scenarios on a real control plane

unit: ## Run the tests that need no cluster
	go test ./...
	go test $(RACE) ./pkg/...

e2e: build localkube ## Run the scenarios, and 50 runs of each verb under fire, on a local control plane
	go -C test/localkube test ./...
	PATH="$(CURDIR)/bin:$$PATH" bin/localkube run --dir=.localkube/e2e -- go test -count=1 -p=1 -parallel=4 -tags=e2e -timeout=60m ./test/e2e/... ./test/demo ./test/stress

appliers: build localkube ## Run Flux's own library beside a canary
	PATH="$(CURDIR)/bin:$$PATH" bin/localkube run --dir=.localkube/appliers -- go -C test/appliers test -count=1 -tags=e2e ./...

stress: localkube ## Run the commands under fire; RUNS=1000 of each verb, SEED=n replays one story
	bin/localkube run --dir=.localkube/stress -- go test -count=1 -v -parallel=8 -tags=e2e -timeout=6h ./test/stress $(if $(SEED),-run=TestStories -stress.seed=$(SEED)) -stress.runs=$(or $(RUNS),1000)

bench: build localkube bin/bench/kubectl ## Measure beside kubectl and the bare controller, half an hour; PART=bf for some parts
	go build -o bin/bench/ ./test/bench
	bin/localkube run --dir=.localkube/bench --nodes=12 -- bin/bench/bench -page=docs/performance.md $(if $(PART),-part=$(PART))

# Built as kubectl-sts is, and of the version that localkube has.
bin/bench/kubectl: test/localkube/go.mod
	CGO_ENABLED=0 go build -C test/localkube -trimpath -ldflags '-s -w -X k8s.io/component-base/version.gitVersion=$(KUBERNETES_VERSION)' -o $(abspath $@) k8s.io/kubernetes/cmd/kubectl

lint: ## Run the linters
	$(call each,$(GOLANGCI) run)

check: lint unit ## Run what a commit should pass: lint and unit tests

demo: KUBECONFIG := $(if $(DEMO_CONTEXT),$(USER_KUBECONFIG),/dev/null)
demo: build $(if $(DEMO_CONTEXT),,localkube) ## Watch a canary succeed and another fail; DEMO_CONTEXT=name plays it there
	PATH="$(CURDIR)/bin:$$PATH" $(if $(DEMO_CONTEXT),,bin/localkube run -- )go run ./test/demo
	@$(if $(DEMO_CONTEXT),,printf '%s\n' '' 'The cluster of the demo is gone. To keep one and play on:' \
		'  bin/localkube up' \
		'  export KUBECONFIG=$$(bin/localkube kubeconfig) PATH=$$PWD/bin:$$PWD/.localkube/cluster/bin:$$PATH' \
		'  kubectl apply -f test/demo/myapp.yaml && kubectl sts status' \
		'  bin/localkube down')

docs: ## Generate docs/commands from the commands themselves
	go run ./test/docs

verify: docs ## Check that format, modules, docs and krew manifest are as committed
	$(GOLANGCI) config verify
	$(GOLANGCI) fmt --diff
	$(call each,go mod tidy -diff)
	go test ./krew
	git diff --exit-code
	@left=$$(git status --porcelain); test -z "$$left" || { echo "not committed:"; echo "$$left"; exit 1; }

clean: ## Stop the local control plane and remove everything built
	test ! -x bin/localkube || bin/localkube down
	rm -rf bin dist .localkube

-include test/localkube/localkube.mk
