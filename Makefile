# Every target works on a bare machine with Python >= 3.11, git and make.
# `cd /` first: version managers read .python-version of the current folder, and any interpreter >= 3.11 will do.
PYTHON ?= $(shell cd / && for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$candidate -c 'import sys; sys.version_info >= (3, 11) or sys.exit(1); print(sys.executable)' 2>/dev/null && break; done)
VENV := .venv
BIN := $(VENV)/bin
# The demo installs no more than it runs; where the tools of development are, it runs from there.
DEMO ?= $(if $(wildcard $(VENV)/.installed),$(VENV),.venv-demo)
# What builds the documentation lives apart: nothing else needs it.
DOCS := .venv-docs
# What builds the kit for pages; tests/node_packages.py installs by the same stamp.
KIT := frontend/node_modules/.installed-lock-sha256
# One more than the cores: tests also wait, for a browser or for a deadline.
LANES = $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
LOCKED := requirements.txt requirements-aws.txt requirements-monitoring.txt requirements-demo-aws.txt requirements-dev.txt requirements-docs.txt
LOCK := --universal --generate-hashes --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help install run demo template test lint types format documents docs frontend lock bench clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# $(call set-up,FOLDER,LOCK FILE,HOW LONG IT TAKES)
define set-up
	@test -n "$(PYTHON)" || { echo "Echoseal needs Python 3.11 or newer; none was found (try: make PYTHON=/path/to/python3)"; exit 1; }
	@echo "Setting up $(1) with $(2) (the first time takes $(3)) ..."
	@$(PYTHON) -m venv $(1)
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(2)
	@touch $@
endef

install: $(VENV)/.installed  ## Create .venv with the locked dependencies

$(VENV)/.installed: requirements.txt requirements-dev.txt
	$(call set-up,$(VENV),requirements-dev.txt,a minute)

.venv-demo/.installed: requirements.txt
	$(call set-up,.venv-demo,requirements.txt,half a minute)

.venv-demo/.with-aws: requirements-demo-aws.txt | .venv-demo/.installed
	$(call set-up,.venv-demo,requirements-demo-aws.txt,half a minute)

demo: $(DEMO)/.installed $(if $(filter aws,$(WITH)),$(DEMO)/.with-aws)  ## Drive every vendor end to end, keep the demo page up (ONCE=1: exit; WITH=aws: AWS too; ARGS=--help)
	@$(DEMO)/bin/python -m sandbox $(if $(ONCE),--once) $(if $(PUBLIC_URL),--public-url $(PUBLIC_URL)) $(ARGS)

template: $(if $(TEMPLATE),install)  ## Build and serve a checkout of Sharetribe's Web Template behind Echoseal, in a browser test (TEMPLATE=../web-template; ONCE=1: exit; MODE=development)
	@test -n "$(TEMPLATE)" || { echo "Give the folder of a checkout: make template TEMPLATE=../web-template (git clone https://github.com/sharetribe/web-template)"; exit 2; }
	@$(BIN)/python -m sandbox.template $(TEMPLATE) $(if $(MODE),--mode $(MODE)) $(if $(ONCE),--once) $(ARGS)

$(VENV)/.with-aws: $(VENV)/.installed  # which has it
	@touch $@

test: install  ## Run the whole test suite, in as many lanes as the cores bear (ARGS=tests/proxy, ARGS="-k seal" ...)
	@$(BIN)/python -m pytest --numprocesses $(LANES) --dist worksteal $(ARGS)

run: install  ## Serve with the settings of .env (copy config.example.env first), as Procfile does
	@test -f .env || { echo "There is no .env; copy config.example.env and fill it in."; exit 1; }
	@$(BIN)/gunicorn --config gunicorn.conf.py 'app:create_app()'

lint: install  ## Check style (ruff)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: install  ## Check types (mypy --strict)
	@$(BIN)/mypy

format: install  ## Rewrite the files in the house style
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

documents: install  ## Compose openapi.json, config.example.env, docs/configuration.md and docs/licences.md
	@$(BIN)/python -m tests.documents

docs: $(DOCS)/.installed  ## Build the documentation as a site; a broken link fails (ARGS=serve: and look at it)
	@$(DOCS)/bin/python -m docs.site $(ARGS)

$(DOCS)/.installed: requirements-docs.txt
	$(call set-up,$(DOCS),requirements-docs.txt,half a minute)

frontend: $(KIT)  ## Check, test, build and measure what frontend/ has for pages (needs Node 20.19 or newer, and npm)
	@cd frontend && npm run --silent build && npm test --silent && npm run --silent size

$(KIT): frontend/package-lock.json
	@echo "Installing what builds frontend/ (the first time takes ten seconds) ..."
	@cd frontend && npm ci --no-audit --no-fund --silent
	@node -p "require('crypto').createHash('sha256').update(require('fs').readFileSync('$<')).digest('hex')" > $@

lock:  ## Compile the lock files anew from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml $(LOCK) --output-file requirements.txt
	@uv pip compile pyproject.toml $(LOCK) --extra aws --constraints requirements.txt --output-file requirements-aws.txt
	@uv pip compile pyproject.toml $(LOCK) --extra metrics --extra otel --extra sentry --constraints requirements.txt --output-file requirements-monitoring.txt
	@uv pip compile pyproject.toml $(LOCK) --group demo-aws --constraints requirements-aws.txt --output-file requirements-demo-aws.txt
	@uv pip compile pyproject.toml $(LOCK) --group dev --constraints requirements-demo-aws.txt --constraints requirements-monitoring.txt --output-file requirements-dev.txt
	@uv pip compile $(LOCK) --python-version 3.11 --group docs --output-file requirements-docs.txt
	@sed -i.bak '1i\# Compiled from pyproject.toml by `make lock`: the exact versions and hashes that every machine installs.' $(LOCKED)
	@rm $(LOCKED:=.bak)

bench: install  ## Measure the speed beside Express and nginx (ARGS="--quick", ARGS=soak, ARGS=--help ...)
	@$(BIN)/python -m bench $(ARGS)

clean:  ## Remove what make has built
	@rm -rf $(VENV) .venv-demo $(DOCS) build node_modules frontend/build frontend/node_modules .template .mypy_cache .ruff_cache .pytest_cache .hypothesis
