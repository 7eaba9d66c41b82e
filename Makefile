.DEFAULT_GOAL := help
SHELL := /bin/bash

# Tools at the versions that CI uses; `make tools` installs them into .cache/bin.
GOLANGCI_LINT_VERSION := v2.15.0
GOVULNCHECK_VERSION   := v1.9.0
TOOLS := $(CURDIR)/.cache/bin
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: help
help: ## Show this list
	@awk -F':.*## ' '/^[a-zA-Z_-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## The whole product on this machine: open the page it prints
	go run . demo

.PHONY: sim
sim: ## Only the local Slack, for building and testing other Slack apps
	go run . slacksim

.PHONY: build
build: ## Build the static binary ./journeybot
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o journeybot .

.PHONY: test
test: ## All tests; what is not installed (Postgres, Chromium) is skipped and says so
	go test ./...

.PHONY: race
# The month would take an hour here, and what runs in memory is the same whichever database keeps it. Of whole programs, those that are
# killed, cut off and clicked at once are enough: the packages that they are made of all run.
RACE = go test -race -short -skip '/^postgres$$' -count=1 -timeout 12m
race: ## The tests once more under the race detector, without the long ones
	$(RACE) $$(go list ./... | grep -v '^journeybot$$')
	$(RACE) -run 'Killed|Away|EveryAlertOnce|SecondPerson|StorySignalMessage' .

.PHONY: golden
golden: ## Write the golden files anew; read the diff before you commit it
	go test ./cards ./config ./slacksim/blockkit -update

.PHONY: screenshots
screenshots: ## Take the pictures under docs/images anew (needs Chromium)
	go test -count=1 ./slacksim/web -run 'TestPage|TestAccessibility' -screenshots $(CURDIR)/docs/images
	go test -count=1 . -run 'TestDemoInABrowser|TestPictures' -screenshots $(CURDIR)/docs/images

.PHONY: bench
bench: ## Events per second from NATS to committed, beside the raw bound of bare INSERTs, on both databases
	go test -run '^$$' -bench Pipeline -benchtime 5000x -count 3 -timeout 5m .

.PHONY: fuzz
fuzz: ## Every fuzz test for 30 s each
	.ci/fuzz 30s slacksim alerts cards config handlers

.PHONY: tools
tools: $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION) $(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION) ## Install the pinned linters

$(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION):
	GOBIN=$(TOOLS) GOFLAGS=-buildvcs=false go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv $(TOOLS)/golangci-lint $@

$(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION):
	GOBIN=$(TOOLS) GOFLAGS=-buildvcs=false go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
	mv $(TOOLS)/govulncheck $@

.PHONY: lint
lint: $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION) ## Lint with the pinned golangci-lint
	$< run ./...

.PHONY: vuln
vuln: $(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION) ## Look for known vulnerabilities in what the code calls
	$< ./...
