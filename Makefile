# Every target creates .venv first. Requires only Python 3.11, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PLAYABLE := $(VENV)/playable

.PHONY: setup demo play cluster test test-browser test-prometheus test-gateways faults bench lint words lock clean
.PHONY: run bot doctor jobs usage backup restore migrate move adopt healthy

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

# Set PROVIDER to octopusx, octopusx-openai, bifrost, litellm, plain, vllm, sglang, xai, openrouter, fal, runway, runware,
# gemini or comfy to run the demo with another adapter.
PROVIDER ?= toapis
# STORE=postgres runs demo, test and faults on a local PostgreSQL.
export STORE ?= sqlite
demo: $(if $(filter postgres,$(STORE)),$(READY),$(PLAYABLE))
	@$(BIN)/python -m bot demo --provider $(PROVIDER)

play: $(PLAYABLE)
	@$(BIN)/python -m bot play $(ARGS)

# A whole cluster in one terminal: PostgreSQL, a bucket, gateways, workers and the page of `make play`, which shows every
# process and can kill it. ARGS="--gateways 2 --workers 3 --port 8700"; --restart starts again what has ended.
cluster: $(READY)
	@$(if $(filter bench,$(MAKECMDGOALS)),:,$(BIN)/python -m tests.cluster $(ARGS))

# The bot with the settings of .env. If it ends with an exit code, make shows it as "Error 78" and ends with 2 itself.
run: $(PLAYABLE)
	@$(BIN)/python -m bot run

# Any command of the bot. Options go into ARGS: make backup ARGS="--keep 14", make jobs ARGS="show K7Q2".
bot: $(PLAYABLE)
	@$(BIN)/python -m bot $(ARGS)

doctor usage backup restore migrate move adopt healthy: $(PLAYABLE)
	@$(BIN)/python -m bot $@ $(ARGS)

jobs: $(PLAYABLE)
	@$(BIN)/python -m bot jobs $(or $(ARGS),list)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile

# The tests of the store, money, limits, remixes and known faults run on both databases; with STORE=postgres, only they run,
# on PostgreSQL.
ON_POSTGRES := $(if $(filter postgres,$(STORE)),tests/store tests/limits tests/remix tests/regressions)
test: lint
	$(BIN)/pytest -n auto --dist loadfile $(ON_POSTGRES)

# Update the message catalogues in bot/i18n from the code and compile them. NEW=fr adds a language.
words: $(READY)
	$(BIN)/python -m tests.i18n $(NEW)

# JOBS=10000 runs more jobs through real processes; ABLATE=A disables a rule and must fail; SEED=1 repeats a run.
# STORE=postgres uses PostgreSQL, which is killed and started again meanwhile (15 minutes).
# CLUSTER=1 promotes a standby without the last commits beside a gateway and three workers (3 minutes), and then runs three
# gateways and five workers as processes that are killed, stopped, in the dark and have wrong clocks meanwhile (JOBS=10000,
# 10 minutes or more); with ABLATE=stop or ABLATE=fence, workers of a storm lack a rule, and it must fail.
# FUZZ=20000 damages that many gateway events and REST answers of Discord instead (15 minutes).
faults: $(READY)
	$(BIN)/python -m tests.faults

# `make bench cluster` runs only the benchmark of several workers; ONLY="lists polls" those modules of tests/bench.
bench: $(READY)
	$(BIN)/python -m tests.bench $(filter cluster,$(MAKECMDGOALS)) $(ONLY)

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

# Drive the whole bot through a real LiteLLM proxy, which is installed into an environment of its own.
LITELLM := build/litellm
LITELLM_VERSION := 1.108.7
$(LITELLM)/ready-$(LITELLM_VERSION): Makefile
	@echo "Installing LiteLLM into $(LITELLM). This happens once and takes a few minutes."
	@$(PYTHON) -m venv --clear $(LITELLM)
	@$(LITELLM)/bin/python -m pip install --quiet --disable-pip-version-check 'litellm[proxy]==$(LITELLM_VERSION)'
	@touch $@

# Likewise through a real comfy-api-proxy, which serves Comfy API v2.
COMFY_PROXY := build/comfy-proxy
COMFY_PROXY_VERSION := 0.1.6
$(COMFY_PROXY)/ready-$(COMFY_PROXY_VERSION): Makefile
	@$(PYTHON) -m venv --clear $(COMFY_PROXY)
	@$(COMFY_PROXY)/bin/python -m pip install --quiet --disable-pip-version-check 'comfy-api-proxy==$(COMFY_PROXY_VERSION)'
	@touch $@

test-gateways: $(READY) $(LITELLM)/ready-$(LITELLM_VERSION) $(COMFY_PROXY)/ready-$(COMFY_PROXY_VERSION)
	$(BIN)/pytest tests/gateways/real_litellm.py tests/gateways/real_comfy_proxy.py

# Regenerate the lock files. They name no package index, so any index works.
lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes pyproject.toml -o requirements.txt
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra storage pyproject.toml -o requirements-storage.txt
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra postgres pyproject.toml -o requirements-postgres.txt
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev pyproject.toml -o requirements-dev.txt

clean:
	rm -rf $(VENV) build demo-out .mypy_cache .pytest_cache .ruff_cache .hypothesis
