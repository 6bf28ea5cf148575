# Nakodo. `make help` lists what can be done.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
DATA ?= data
VENV := .venv
BIN := $(VENV)/bin
export NAKODO_PORT := $(PORT)
export NAKODO_DATA := $(DATA)

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

up: $(VENV)/.installed ## run the whole product with the real reference profiles (PORT=, DATA=)
	@exec $(BIN)/nakodo up

test: $(VENV)/.installed-dev ## run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(VENV)/.installed-dev ## lint, format, then the tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(MAKE) types && $(MAKE) test

types: $(VENV)/.installed-dev ## check the types by pyright's rules; nothing new beside what .ci/types.json still lists
	@$(BIN)/basedpyright --pythonpath $(BIN)/python --threads 2

format: $(VENV)/.installed-dev ## put the code into its one format
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

bench: $(VENV)/.installed-dev ## measure; see benchmarks/README.md
	@$(BIN)/python -m benchmarks.register_to_feed && $(BIN)/python -m benchmarks.api && $(BIN)/python -m benchmarks.form && $(BIN)/python -m benchmarks.streams && $(BIN)/python -m benchmarks.board && $(BIN)/python -m benchmarks.allocation && $(BIN)/python -m benchmarks.planning && $(BIN)/python -m benchmarks.feed --startups 5000 && $(BIN)/python -m benchmarks.start

measure-code: $(VENV)/.installed ## how wide, how typed, how repetitive the code is
	@$(BIN)/python -m benchmarks.code

audit: $(VENV)/.installed-dev ## look the locked dependencies up among known vulnerabilities
	@$(BIN)/python deploy/audit.py requirements-deploy.lock

calibration: $(VENV)/.installed ## make the shipped calibration anew from the loaded reference profiles
	@$(BIN)/nakodo calibrate --out services/matching/engine/calibration.json

evaluate-env: $(VENV)/.installed ## add what the baselines of `nakodo evaluate` need to the environment
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-evaluate.lock

kafka: $(VENV)/.installed ## run a real Kafka on loopback from its published jars (BROKERS=1 or 3, KAFKA_PORT=; Java 17 and Maven)
	@$(BIN)/python deploy/kafka/broker.py --brokers $(or $(BROKERS),1) --port $(or $(KAFKA_PORT),9092) --data $(DATA)/kafka

postgres: $(VENV)/.installed ## run a private PostgreSQL on loopback, a database and role per service (POSTGRES_PORT=)
	@$(BIN)/python deploy/postgres/server.py --port $(or $(POSTGRES_PORT),5432) --data $(DATA)/postgres

pin-images: $(VENV)/.installed ## write the digests of all images beside their tags (needs docker and an image registry)
	@$(BIN)/python deploy/pin.py

tools: ## build promtool and Helm once from their pinned Go modules, for tests that skip without them (needs Go)
	@for tool in promtool helm; do nice go build -C deploy/tools/$$tool -o ../bin/ tool || exit 1; done

lock: ## resolve the pinned, hashed locks anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate -q --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate -q --custom-compile-command "make lock" --extra kafka --extra postgres --extra oidc --extra tracing -c requirements.lock pyproject.toml -o requirements-deploy.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate -q --custom-compile-command "make lock" --extra evaluate -c requirements.lock pyproject.toml -o requirements-evaluate.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate -q --custom-compile-command "make lock" --extra dev --extra evaluate --extra kafka --extra postgres --extra oidc --extra tracing -c requirements-evaluate.lock pyproject.toml -o requirements-dev.lock

clean: ## remove the environment (the data folder stays)
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Nakodo needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@echo "making $(VENV)" && $(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing what Nakodo needs (pinned and hashed)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "installing what the tests need (pinned and hashed)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@ $(VENV)/.installed

.PHONY: help up test check types format bench measure-code calibration evaluate-env kafka postgres pin-images tools lock clean
