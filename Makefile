# Switchboard: the commands. Each gets what it needs first; tools and outputs go to SWITCHBOARD_CACHE (default ~/.cache/switchboard).
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
CACHE := $(or $(SWITCHBOARD_CACHE),$(HOME)/.cache/switchboard)
export CARGO_TARGET_DIR ?= $(CACHE)/target

.DEFAULT_GOAL := help
.PHONY: help run test fuzz-api dev demo bench dist format clean-cache

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: ## build the release and start it on http://127.0.0.1:3000
	@bash tools/run.sh

test: ## everything that must be true: format, lints, Rust tests, real peers, browser tests (ONLY="rust browser api" picks, WEB=dev is quicker)
	@bash tools/test.sh

fuzz-api: ## five minutes of generated requests at the REST endpoints (SECONDS=60 is shorter)
	@bash tools/fuzz-api.sh $(or $(SECONDS),300)

dev: ## build for development, watch the sources, reload open pages
	@bash tools/dev.sh

demo: ## start with a fresh database that is filled with a believable tenant
	@bash tools/run.sh demo

bench: ## measure against the yardsticks and print the ratios
	@bash tools/bench.sh

dist: ## put the self-contained binary into dist/, tried alone in an empty folder
	@bash tools/dist.sh

format: ## format the Rust sources
	@cargo fmt --all

clean-cache: ## remove tools and outputs from the cache
	@bash tools/clean-cache.sh
