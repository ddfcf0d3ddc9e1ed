# make demo       the flights demo, in an environment of its own
# make test       everything that CI runs
# make help       the rest
.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV ?= .venv
# Two processes run the tests, each one whole files.
PARALLEL ?= -n 2 --dist loadfile
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo docs docs-serve example-taxi test test-fast test-all lint types torture bench clean

help:  ## show these lines
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "make %-12s %s\n", $$1, $$2}'

# One stamp for each set of extras: the demo does not wait for the test tools.
$(VENV)/bin/python:
	@python=$$(tools/find_python.sh) && echo "Creating $(VENV) with $$python" && "$$python" -m venv $(VENV)

$(VENV)/.installed-%: pyproject.toml | $(VENV)/bin/python
	@echo "Installing trainwright[$*] into $(VENV) (TensorFlow is large: about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

demo: $(VENV)/.installed-demo  ## train, evaluate, export and record a model of flight delays
	@$(BIN)/trainwright demo flights

example-taxi: $(VENV)/.installed-demo  ## train a model of taxi trips, and another one from it
	@$(BIN)/python examples/chicago_taxi/run.py

test: $(VENV)/.installed-test  ## everything that CI runs: lint, types, imports, tests
	$(MAKE) --no-print-directory lint types
	$(BIN)/python -m pytest $(PARALLEL) $(PYTEST_ARGS)

test-fast: $(VENV)/.installed-test  ## tests that take seconds
	$(BIN)/python -m pytest $(PARALLEL) -m 'not slow' $(PYTEST_ARGS)

lint: $(VENV)/.installed-test  ## style, and the directions of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.installed-test  ## mypy, strict
	$(BIN)/mypy

test-all:  ## the fast tests on each of Python 3.10 to 3.13 that is here
	@for python in $$(tools/find_python.sh --all); do \
	  version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "== Python $$version"; \
	  $(MAKE) --no-print-directory test-fast PYTHON="$$python" VENV=.venvs/$$version || exit 1; \
	done

docs: $(VENV)/.installed-docs  ## the documentation as a site, in site/; anything wrong is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

docs-serve: $(VENV)/.installed-docs  ## the same, served on 127.0.0.1 and kept up to date
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve --dev-addr 127.0.0.1:8000

torture: $(VENV)/.installed-test  ## kill runs at 200 random moments, and compare what they come to
	$(BIN)/python tests/faults/torture.py $(TORTURE_ARGS)

bench: $(VENV)/.installed-test  ## measure beside TFX, tf.estimator and Keras; BENCH=input for one part, BENCH_ARGS=--quick
	$(BIN)/python -m benchmarks $(BENCH) $(BENCH_ARGS)

clean:  ## remove environments, caches and the demo's output
	rm -rf $(VENV) .venvs build dist site demo-output .mypy_cache .pytest_cache .ruff_cache .hypothesis
