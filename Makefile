# Every target does its own set-up and is quiet when up to date.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps

WEB_PORT ?= 8080
DURATION ?=
KILLS ?= 50
SEED ?= 1
UPGRADE ?= --upgrade

.PHONY: help setup demo test lint chaos bench lock clean
help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(BIN)/uv: requirements/uv.txt
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# $(1) is a requirements file; a larger environment also serves the smaller needs. Bytecode is compiled here, since
# Python itself may be told to keep none (PYTHONDONTWRITEBYTECODE), and then every process would compile what it loads.
define sync
	@$(BIN)/uv pip sync -q --compile-bytecode --python $(BIN)/python --require-hashes requirements/$(1).txt requirements/uv.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q agents benchmarks connectors models schemas stream_app
	@$(BIN)/python -m stream_app.prepare
	@mkdir -p $(STAMPS)
endef

$(STAMPS)/demo: $(BIN)/uv requirements/demo.txt pyproject.toml connectors/embedded_kafka/jgo.lock.toml
	$(call sync,demo)
	@rm -f $(STAMPS)/test
	@touch $@

$(STAMPS)/test: $(BIN)/uv requirements/test.txt pyproject.toml connectors/embedded_kafka/jgo.lock.toml
	$(call sync,test)
	@touch $@ $(STAMPS)/demo

setup: $(STAMPS)/demo ## the environment in .venv

demo: setup ## everything on embedded parts, with a simulated fleet and faults
	@STREAM_APP_DATA_DIR="$${STREAM_APP_DATA_DIR:-$(CURDIR)/.stream-app}" exec $(BIN)/stream-app up --demo --web-port $(WEB_PORT) $(if $(DURATION),--duration $(DURATION))

lint: $(STAMPS)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: lint ## the whole bar: style, types, imports, all tests
	@tests/browser/chromium.sh
	$(BIN)/pytest -n 2 --dist loadfile

chaos: $(STAMPS)/test ## kills under load; verdict as JSON on the last line
	@$(BIN)/python -m benchmarks.chaos --kills $(KILLS) --seed $(SEED)

bench: $(STAMPS)/test ## every benchmark; JSON in benchmarks/results
	@$(BIN)/stream-app bench throughput --peers
	@$(BIN)/stream-app bench throughput --lane signals
	@$(BIN)/stream-app bench throughput --lane audio
	@$(BIN)/stream-app bench latency
	@$(BIN)/stream-app bench recovery
	@$(BIN)/stream-app bench series
	@$(BIN)/stream-app bench score
	@$(BIN)/stream-app bench models
	@$(BIN)/stream-app bench swap
	@$(BIN)/stream-app bench quality all

lock: $(BIN)/uv ## pin pyproject.toml anew into requirements
	@$(BIN)/uv pip compile -q $(UPGRADE) --generate-hashes --no-header --extra test --extra build --extra peers pyproject.toml -o requirements/test.txt
	@$(BIN)/uv pip compile -q --generate-hashes --no-header --extra build -c requirements/test.txt pyproject.toml -o requirements/core.txt
	@$(BIN)/uv pip compile -q --generate-hashes --no-header --extra web --extra learning --extra build -c requirements/test.txt pyproject.toml -o requirements/learning.txt
	@$(BIN)/uv pip compile -q --generate-hashes --no-header --extra embedded --extra files --extra web --extra learning --extra build -c requirements/test.txt pyproject.toml -o requirements/demo.txt

clean: ## remove what the others made
	@rm -rf $(VENV) .stream-app .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache benchmarks/results build *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
