# Every target creates .venv first. Requires only Python 3.11, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PLAYABLE := $(VENV)/playable

.PHONY: setup demo play test test-browser test-prometheus faults bench lint words run lock clean

setup: $(READY)

# Runtime packages only: enough for demo, play and run, and much faster to install.
$(PLAYABLE): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Retake needs Python 3.11 or newer.")'
	@echo "Installing packages into $(VENV). This happens once and takes up to a minute."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(READY): requirements-dev.txt $(PLAYABLE)
	@echo "Installing the development tools."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# Set PROVIDER to octopusx, octopusx-openai, bifrost, litellm, plain or xai to run the demo with another adapter.
PROVIDER ?= toapis
demo: $(PLAYABLE)
	@$(BIN)/python -m bot demo --provider $(PROVIDER)

play: $(PLAYABLE)
	@$(BIN)/python -m bot play

run: $(PLAYABLE)
	@$(BIN)/python -m bot run

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile

test: lint
	$(BIN)/pytest

# Update the message catalogues in bot/i18n from the code and compile them. NEW=fr adds a language.
words: $(READY)
	$(BIN)/python -m tests.i18n $(NEW)

# JOBS=10000 runs more jobs through real processes; ABLATE=A disables a rule and must fail; SEED=1 repeats a run.
faults: $(READY)
	$(BIN)/python -m tests.faults

bench: $(READY)
	$(BIN)/python -m tests.bench

# Browser tests. Requires Chromium, and npm for type-checking the page's JavaScript.
TYPES := build/page-types
$(TYPES)/node_modules: tests/browser/package-lock.json
	mkdir -p $(TYPES)
	cp tests/browser/package.json tests/browser/package-lock.json $(TYPES)/
	npm ci --silent --no-audit --no-fund --prefix $(TYPES)
	touch $@

test-browser: $(READY) $(TYPES)/node_modules
	$(BIN)/pytest tests/browser

# Run the dashboard queries and alert rules against a real Prometheus. Installs Debian's package if it's missing.
test-prometheus: $(READY)
	command -v prometheus >/dev/null || { apt-get update && apt-get install --yes --no-install-recommends prometheus; }
	$(BIN)/pytest tests/monitoring/real_prometheus.py

# Regenerate the lock files. They name no package index, so any index works.
lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes pyproject.toml -o requirements.txt
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra storage pyproject.toml -o requirements-storage.txt
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev pyproject.toml -o requirements-dev.txt

clean:
	rm -rf $(VENV) build demo-out .mypy_cache .pytest_cache .ruff_cache .hypothesis
