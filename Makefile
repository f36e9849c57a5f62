# Everything runs from .venv, which each target builds when it is missing or older than pyproject.toml.
# PYTHON=/path/to/python chooses the interpreter, ARGS=... goes to the command that the target runs.

.DEFAULT_GOAL := help
.PHONY: help setup run test test-all check bench picture clean

BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
# The wheel brings pyright itself; without this it would ask the network whether there is a newer one.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

# Emulated arms keep the time of day, so their tests run after the others, one by one. 5: no test of ARGS is of this kind.
pytest = $(BIN)/python -m pytest -m "($(1)) and not realtime" --numprocesses auto --maxprocesses 4 $(ARGS) || [ $$? -eq 5 ] \
	&& $(BIN)/python -m pytest -m "($(1)) and realtime" $(ARGS) || [ $$? -eq 5 ]

help:
	@echo "make run       one instruction, from words to a bowl (no key, no GPU)"
	@echo "make test      the tests            make test-all  with the slow ones"
	@echo "make check     formatting, types, import rules"
	@echo "make bench     the benchmarks       make picture   docs/images/run.gif anew"
	@echo "make setup     only the environment make clean     .venv and everything built; runs/ stays"

run: .venv/.stamp-models
	@$(BIN)/capra run --task put-block-in-bowl --seed 7 $(ARGS)

setup: .venv/.stamp-dev

# The tests need no network; without the model's weights, those of the embedded author are skipped.
test: .venv/.stamp-dev
	@$(MAKE) --no-print-directory .venv/.stamp-models || echo "capra: no model weights; the tests that need them are skipped"
	@$(call pytest,not slow)

test-all: .venv/.stamp-dev .venv/.stamp-models
	@$(call pytest,slow or not slow)

check: .venv/.stamp-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports --no-cache --no-logo

bench: .venv/.stamp-dev .venv/.stamp-models
	@set -e; for bench in benchmarks/*.py; do echo "== $$bench"; $(BIN)/python "$$bench" $(ARGS); done

picture: .venv/.stamp-models
	@rm -rf build/picture && mkdir -p docs/images
	@$(BIN)/capra run --task put-block-in-bowl --seed 7 --no-video --out build/picture $(ARGS)
	@$(BIN)/capra view --no-video --gif docs/images/run.gif build/picture/*

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.stamp-venv: tools/venv.sh tools/python.sh tools/pybullet.sh
	@sh tools/venv.sh
	@$(PIP) "pip>=23"
	@sh tools/pybullet.sh
	@touch $@

.venv/.stamp-install: .venv/.stamp-venv pyproject.toml
	@echo "capra: installing Capra and what it needs into .venv (about 900 MB, once)"
	@$(PIP) --editable .
	@touch $@

.venv/.stamp-dev: .venv/.stamp-venv pyproject.toml
	@echo "capra: installing Capra and its development tools into .venv (about 1.2 GB, once)"
	@$(PIP) --editable ".[dev]"
	@mkdir -p .venv/typing && ln -sfn ../.. .venv/typing/capra
	@touch .venv/.stamp-install $@

.venv/.stamp-models: .venv/.stamp-install
	@$(BIN)/capra models install
	@touch $@
