# Two commands do everything on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
REPORT := out/demo
UV := $(shell command -v uv || echo $(BIN)/uv)
# `make demo DEV=` installs airshift alone, as pip would; otherwise everything comes from the lock, by hash.
DEV ?= requirements-dev.lock
COMPILE := $(UV) pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --quiet
EPOCH = $(shell git log -1 --format=%ct 2>/dev/null || echo 315532800)

.DEFAULT_GOAL := help
.PHONY: help setup demo test unit oracle exhaustive lint docs site audit lock sbom wheel clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(READY) ## Create .venv with airshift and the development tools

$(READY): pyproject.toml requirements-dev.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "airshift needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(UV) || sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.lock | \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement /dev/stdin
	$(if $(DEV),$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement $(DEV))
	$(UV) pip install --quiet --python $(BIN)/python --editable . $(if $(DEV),--no-deps --no-build-isolation)
	touch $@

demo: $(READY) ## Assess examples/estate and write the report to out/demo
	$(BIN)/airshift assess examples/estate --out $(REPORT) --exit-zero

test: lint unit oracle ## Lint, type-check and run the whole suite, real Airflow included

unit: $(READY) ## The fast tests
	$(BIN)/python -m pytest -q -n 2 -m "not oracle"

oracle: $(READY) ## Slow tests against real Airflow installs, wheels and a browser
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --durations=15 -m "oracle and not exhaustive"

exhaustive: $(READY) ## Every oracle: all keywords of all classes, whole packages, killed runs (an hour)
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --durations=15 -m oracle

lint: $(READY) ## ruff and mypy --strict
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests
	$(BIN)/mypy

docs: $(READY) ## Write the generated pages of docs/
	$(BIN)/python -m airshift_dev.docs

site: $(READY) ## Build the documentation into site/, without any network
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lock: $(READY) ## Write both lock files anew for pyproject.toml; UPGRADE=--upgrade takes newer versions
	$(COMPILE) --group dev $(UPGRADE) --output-file requirements-dev.lock
	$(COMPILE) --constraint requirements-dev.lock --output-file requirements.lock

audit: $(READY) ## Look for known vulnerabilities of what the lock files name
	$(BIN)/python -m airshift_dev.audit

sbom: $(READY) ## Write what airshift installs as CycloneDX to dist/, the same bytes each time
	mkdir -p dist
	SOURCE_DATE_EPOCH=$(EPOCH) $(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application \
	  --output-reproducible --output-format JSON --output-file dist/airshift.cdx.json requirements.lock

wheel: $(READY) ## Build the wheel to dist/, the same bytes each time, without any network
	SOURCE_DATE_EPOCH=$(EPOCH) $(BIN)/python -m build --wheel --no-isolation --outdir dist .

clean: ## Remove what make and the tests wrote
	rm -rf $(VENV) out site dist build .pytest_cache .mypy_cache .ruff_cache
