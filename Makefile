# One command each; CONTRIBUTING.md says when. `.ci/run` uses the same ones.
BIN ?= .venv/bin

.PHONY: setup test lint docs ci

setup:  ## an environment with everything that the other targets need
	python3 -m venv .venv
	$(BIN)/python -m pip install --quiet -e '.[test,docs]'

test:  ## all tests, about six minutes on 2 cores
	$(BIN)/python -m pytest

lint:  ## style, format, types, the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs:  ## the guide and the reference, into build/docs; a warning is an error
	$(BIN)/sphinx-build -q -W --keep-going -b html docs build/docs
	$(BIN)/sphinx-build -q -W --keep-going -b coverage docs build/docs-coverage

ci:  ## all of it, from a clean clone
	.ci/run
