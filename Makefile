.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/sh
unexport PYTHONDONTWRITEBYTECODE  # hundreds of interpreters would each compile everything anew

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run.stamp ## Start a school on this machine: engines, demo data, web, worker
	@$(BIN)/coursewire up

test: .venv/test.stamp tests/node/node_modules web/node_modules ## Run every test on real engines
	@sh deploy/test-packages.sh
	$(BIN)/python -m pytest -n 3 --dist loadgroup

coverage: .venv/test.stamp tests/node/node_modules web/node_modules ## The same with coverage, a quarter slower
	@sh deploy/test-packages.sh
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 3 --dist loadgroup
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

soak: .venv/test.stamp ## Run the long tests, about 15 minutes, and show their figures
	@sh deploy/test-packages.sh
	$(BIN)/python -m pytest -m soak -p no:randomly --timeout=400 -v

check: .venv/test.stamp web/node_modules ## Lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	web/node_modules/.bin/tsc -p web

docs: .venv/test.stamp ## Render docs/reference from the tables
	$(BIN)/coursewire docs

bench: .venv/test.stamp .venv-bench/stamp bench/peers/node/node_modules ## Measure beside others (an hour), write docs/benchmarks
	$(BIN)/python -m bench all

lock: .venv/test.stamp ## Pin every dependency by hash, naming no registry
	$(BIN)/uv pip compile pyproject.toml -q --universal --generate-hashes --no-emit-index-url --no-header --upgrade \
	  --extra build --extra embedded --extra push -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml -q --universal --generate-hashes --no-emit-index-url --no-header \
	  -c requirements.lock --extra build --extra embedded --extra push --extra dev -o requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml -q --universal --generate-hashes --no-emit-index-url --no-header \
	  -c requirements.lock --extra build --extra push -o requirements-server.lock
	$(BIN)/uv pip compile pyproject.toml -q --universal --generate-hashes --no-emit-index-url --no-header \
	  -c requirements.lock --extra bench -o requirements-bench.lock

.venv/run.stamp: requirements.lock pyproject.toml
	@sh deploy/system-libraries.sh
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing (once) …"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/test.stamp: .venv/run.stamp requirements-dev.lock
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

.venv-bench/stamp: requirements-bench.lock
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@echo "Installing the peers (once) …"
	@.venv-bench/bin/pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements-bench.lock
	@touch $@

bench/peers/node/node_modules: bench/peers/node/package-lock.json
	@cd bench/peers/node && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

tests/node/node_modules: tests/node/package-lock.json
	@cd tests/node && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

web/node_modules: web/package-lock.json
	@cd web && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

.PHONY: help run test coverage soak check docs bench lock
