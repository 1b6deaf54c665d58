# Two commands do everything: `make analyse` and `make test`. Works with GNU Make 3.81 and later.
PYTHON ?= python3
RAW ?= data/raw
OUT ?= data/processed
VENV = .venv
BIN = $(VENV)/bin
PY = $(BIN)/python

.DEFAULT_GOAL := help
.PHONY: help setup analyse status verify test check format notebooks models lock docs bench clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  RAW=DIR and OUT=DIR choose the folder of pages and the folder of tables ($(RAW), $(OUT))"

setup: $(VENV)/.ready  ## make .venv and install what requirements.lock pins

$(VENV)/.ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "error: Python 3.11 to 3.13 is needed; name one with PYTHON=python3.12" >&2; exit 2; }
	@echo "Setting up $(VENV) (once; a few minutes)"
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --upgrade "pip>=25"
	@$(PY) -m pip install --quiet --requirement requirements.lock
	@touch $@

analyse: setup  ## analyse RAW and write tables, report and workbook to OUT
	@$(PY) -m pipeline publish --raw "$(RAW)" --out "$(OUT)"

status: setup  ## say what is stale in OUT and why
	@$(PY) -m pipeline status --raw "$(RAW)" --out "$(OUT)"

verify: setup  ## prove the tables in OUT
	@$(PY) -m pipeline verify "$(OUT)"

test: setup  ## run every test
	@$(PY) -m pytest

check: setup  ## ruff (format and lint) and mypy
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: setup  ## format the code and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

notebooks: analyse  ## execute the notebooks on OUT; the results go to OUT/notebooks
	@mkdir -p "$(OUT)/notebooks"
	@OUT="$(abspath $(OUT))" $(PY) -m nbconvert --to html --execute --output-dir "$(OUT)/notebooks" notebooks/*.ipynb

models: setup  ## fit the models that ship in models/ again; CODINGS=DIR adds human codings of your own
	@$(PY) -m pipeline.encoder_graph
	@$(PY) -m pipeline.clean.train
	@$(PY) -m pipeline.extract.train $(if $(CODINGS),"$(CODINGS)")

lock:  ## pin the newest versions that pyproject.toml admits, in a new environment
	@$(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python -m pip install --quiet --upgrade "pip>=25"
	@.venv-lock/bin/python -m pip install --quiet --editable ".[cluster,notebooks,dev]"
	@.venv-lock/bin/python -m pip freeze --exclude-editable | sed 's/+cpu$$//' > requirements.lock
	@rm -rf .venv-lock

docs: setup  ## write the generated pages of docs/ again
	@$(PY) -m pipeline.publish.dictionary docs/data_dictionary.md

bench: setup  ## run the benchmarks of bench/
	@$(PY) -m bench

clean:  ## remove what can be rebuilt; data/raw is never touched
	@rm -rf data/processed $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
	@find pipeline tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
