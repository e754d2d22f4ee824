# Each target makes what it needs in .venv, from plain python3. Options: PYTHON=python3.12  ARGS="…"  CORES=4
PYTHON ?= python3
JOBS   ?= logical
CORES  ?= 2
ARGS   ?=
PAPER  ?= build/paper

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip install -qq --no-input --disable-pip-version-check -c requirements.lock
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
# Cell names and no times, so that a second run writes the same file.
EXECUTE := import sys, jupytext, nbclient; notebook = jupytext.read(sys.argv[1]); \
	[cell.update(id=f"cell-{k}") for k, cell in enumerate(notebook.cells)]; \
	resources = {"metadata": {"path": "notebooks"}}; \
	nbclient.NotebookClient(notebook, record_timing=False, resources=resources).execute(); \
	jupytext.write(notebook, sys.argv[2])

.PHONY: help check test lint notebooks paper bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

check: $(VENV)/.core ## decide every claim and print the table of verdicts
	@$(BIN)/verify check --jobs $(CORES) $(ARGS)

test: $(VENV)/.test ## run the tests on all cores
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal $(ARGS)

lint: $(VENV)/.test ## style, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

notebooks: $(VENV)/.test ## execute the notebooks and write their outputs
	@for script in notebooks/*.py; do \
		[ -e "$$script" ] || continue; \
		echo "$$script"; \
		$(BIN)/python -c '$(EXECUTE)' "$$script" "$${script%.py}.ipynb" || exit 1; \
	done

paper: $(VENV)/.core ## derive everything and typeset it in build/paper (needs pdflatex and bibtex; PAPER=DIR)
	@$(BIN)/verify derive all --format latex -o $(PAPER) $(ARGS)
	@cd $(PAPER) && for run in "pdflatex -interaction=batchmode main" "bibtex -terse main" \
		"pdflatex -interaction=batchmode main" "pdflatex -interaction=batchmode main" \
		"pdflatex -interaction=batchmode main"; do \
		$$run >run.log || { cat run.log main.log >&2; exit 1; }; \
	done
	@if grep -nE '^(!|Overfull|Underfull)|Warning' $(PAPER)/main.log; then \
		echo "$(PAPER)/main.log has these warnings" >&2; exit 1; \
	fi
	@grep -o 'Output written.*' $(PAPER)/main.log

bench: $(VENV)/.test ## compare the integrators' speed with other libraries' (minutes; ARGS=--quick: seconds)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/benchmarks/run.py $(ARGS)

clean: ## remove .venv and everything else that was made here
	@rm -rf $(VENV) build dist .benchmarks .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find verify proofs_checks tests notebooks -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.core: pyproject.toml requirements.lock
	@if ! $(BIN)/python -c '$(NEW_ENOUGH)' 2>/dev/null; then \
		$(PYTHON) -c '$(NEW_ENOUGH)' 2>/dev/null || { \
			echo "rankproof needs Python 3.11 or newer, and $(PYTHON) is not: name one, as in make PYTHON=python3.12" >&2; exit 1; }; \
		$(PYTHON) -m venv --clear $(VENV); \
	fi
	@echo "Installing rankproof into .venv (once; about a minute) …"
	@$(PIP) -e .
	@touch $@

$(VENV)/.test: $(VENV)/.core
	@echo "Installing what tests and notebooks need (once; about a minute) …"
	@$(PIP) -e ".[test,notebooks]"
	@touch $@
