# Two commands do everything on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
REPORT := out/demo
UV := $(shell command -v uv || echo $(BIN)/uv)
# `make demo DEV=` installs airshift alone.
DEV ?= --group dev

.DEFAULT_GOAL := help
.PHONY: help setup demo test unit oracle exhaustive lint docs site clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(READY) ## Create .venv with airshift and the development tools

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "airshift needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(UV) || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(UV) pip install --quiet --python $(BIN)/python --editable . $(DEV)
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

clean: ## Remove what make and the tests wrote
	rm -rf $(VENV) out site dist build .pytest_cache .mypy_cache .ruff_cache
