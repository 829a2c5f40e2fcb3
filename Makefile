# Every target sets up .venv first; nothing but Python 3.11, git and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PLAYABLE := $(VENV)/playable

.PHONY: setup demo play test test-browser test-prometheus faults bench lint words run lock clean

setup: $(READY)

# What the bot itself needs: enough to play, and there in a quarter of the time.
$(PLAYABLE): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Retake needs Python 3.11 or newer.")'
	@echo "Getting the packages into $(VENV), this once. It takes a minute at most."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(READY): requirements-dev.txt $(PLAYABLE)
	@echo "Getting the tools for tests, too."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# PROVIDER=octopusx, octopusx-openai, bifrost, litellm, plain or xai plays it with another adapter.
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

# Bring the catalogues of bot/i18n in step with the code and compile them. NEW=fr begins another one.
words: $(READY)
	$(BIN)/python -m tests.i18n $(NEW)

# JOBS=10000 for the long run of real processes, ABLATE=A to see it fail without a rule, SEED=1 to repeat a run.
faults: $(READY)
	$(BIN)/python -m tests.faults

bench: $(READY)
	$(BIN)/python -m tests.bench

# In a real browser: needs Chromium, and npm for the type checker of the page's modules.
TYPES := build/page-types
$(TYPES)/node_modules: tests/browser/package-lock.json
	mkdir -p $(TYPES)
	cp tests/browser/package.json tests/browser/package-lock.json $(TYPES)/
	npm ci --silent --no-audit --no-fund --prefix $(TYPES)
	touch $@

test-browser: $(READY) $(TYPES)/node_modules
	$(BIN)/pytest tests/browser

# The dashboard's queries and the alerts against a real Prometheus; installs Debian's where there is none.
test-prometheus: $(READY)
	command -v prometheus >/dev/null || { apt-get update && apt-get install --yes --no-install-recommends prometheus; }
	$(BIN)/pytest tests/monitoring/real_prometheus.py

# The locks name no index: run this on any machine that can reach one.
lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes pyproject.toml -o requirements.txt
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra storage pyproject.toml -o requirements-storage.txt
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev pyproject.toml -o requirements-dev.txt

clean:
	rm -rf $(VENV) build demo-out .mypy_cache .pytest_cache .ruff_cache .hypothesis
