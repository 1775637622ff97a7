# Two commands are enough: `make demo` and `make test`. Each does its own set-up.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# uv downloads and unpacks side by side what pip does one by one, by the same hashes. It knows nothing
# of pip's settings: where these name another index, and where uv can't install, pip does.
UV_ITSELF := sed -n '/^uv==/,/[^\\]$$/p' requirements.lock
OTHER_INDEX := $(BIN)/python -m pip config list | grep -E '[.:](index-url|no-index)=' >/dev/null
define install
	@$(BIN)/uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --require-hashes -r <($(UV_ITSELF))
	@{ ! $(OTHER_INDEX) && $(BIN)/uv pip install --quiet --compile-bytecode --system-certs --python $(BIN)/python --require-hashes -r $(1); } \
		|| $(BIN)/python -m pip install --quiet --progress-bar on --require-hashes -r $(1)
endef

export PREFECT_SERVER_ANALYTICS_ENABLED := false
export OMP_WAIT_POLICY := PASSIVE
export KMP_BLOCKTIME := 0

# What needs nothing of one another is done side by side.
MAKEFLAGS += --jobs=3

.PHONY: help setup setup-dev browser demo test tests check fmt bench lock azure-plan azure-up clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: $(VENV)/.ready node_modules/.ready ## Make .venv with tenfold in it (2 to 5 minutes the first time)

setup-dev: $(VENV)/.ready-dev node_modules/.ready-dev browser

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it with: make setup PYTHON=python3.12"; exit 1; }
	@echo "· making $(VENV) and installing what tenfold needs (about 5 GB, mostly torch)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(call install,requirements.lock)
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
	@echo "· tenfold is installed: $(BIN)/tenfold --help"

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@echo "· installing what the tests need"
	$(call install,requirements-dev.lock)
	@touch $@

node_modules/.ready: package.json package-lock.json
	@echo "· installing the page's parts with npm"
	@npm ci --omit=dev --no-audit --no-fund --loglevel=error
	@touch $@

node_modules/.ready-dev: package.json package-lock.json
	@echo "· installing the page's parts and Azurite with npm"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@ node_modules/.ready

browser: $(VENV)/.ready-dev
	@$(SHELL) tests/install_browser.sh

demo: setup ## Run the whole pipeline on about 1,000 images of real photographs
	@$(BIN)/tenfold demo $(ARGS)

test: check tests ## Run the checks and all tests

tests: setup-dev
	@$(BIN)/python -m pytest --numprocesses 3 $(ARGS)

check: $(VENV)/.ready-dev ## Lint, types, import directions
	@echo "· ruff"; $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "· mypy"; $(BIN)/mypy
	@echo "· import-linter"; $(BIN)/lint-imports

fmt: $(VENV)/.ready-dev ## Format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: setup-dev ## Print the tables of benchmarks/
	@for b in upload embedding certificate scale "human_share digits"; do set -- $$b; echo "== $$1"; $(BIN)/python benchmarks/$$1.py $$2; done

lock: $(VENV)/.ready-dev ## Pin the newest versions that pyproject.toml allows
	@$(BIN)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.lock --quiet
	@$(BIN)/uv pip compile pyproject.toml --group build --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements.lock -o requirements-dev.lock --quiet

AZURE_GROUP ?= tenfold
AZURE_REGION ?= westeurope
AZURE_PARAMETERS ?= deployments/azure/main.bicepparam
# Who runs tenfold gets the roles for it; another: make azure-up AZURE_PRINCIPAL_ID=...
AZURE_WHO = AZURE_PRINCIPAL_ID=$${AZURE_PRINCIPAL_ID:-$$(az ad signed-in-user show --query id --output tsv)}
export AZURE_EXPORTS = import json, sys; [print(f"export {n.upper()}={v['value']}") for n, v in json.load(sys.stdin).items()]

azure-plan: ## Show what azure-up would change on Azure
	@$(AZURE_WHO) az deployment group what-if --resource-group $(AZURE_GROUP) --parameters $(AZURE_PARAMETERS)

azure-up: ## Make the group AZURE_GROUP on Azure with all that tenfold needs; print the settings
	@az group create --name $(AZURE_GROUP) --location $(AZURE_REGION) --output none
	@$(AZURE_WHO) az deployment group create --name tenfold --resource-group $(AZURE_GROUP) --parameters $(AZURE_PARAMETERS) --output none
	@az deployment group show --name tenfold --resource-group $(AZURE_GROUP) --query properties.outputs --output json | $(PYTHON) -c "$$AZURE_EXPORTS"

clean: ## Remove what set-up made here (never a user's state)
	@rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
