# Every target sets up what it needs, once: a virtual environment in the checkout. After that no
# target needs a network. Another Python: make test PYTHON=python3.12

PYTHON ?= python3
VENV ?= .venv
REPLICATES ?= 30

bin := $(VENV)/bin

# What an environment was made for: this Python, in this folder. Another Python or a moved checkout
# has another name here, so the environment is made anew.
made_for := $(shell $(PYTHON) -c 'import os, sys, zlib; \
	place = os.fsencode(sys.base_prefix + " " + os.getcwd()); \
	print("%d.%d.%d-%08x" % (sys.version_info[:3] + (zlib.crc32(place) & 0xffffffff,)))' 2>/dev/null)
ready := $(VENV)/ready-$(made_for)

# What pip would install, as it says so itself, in the form that pip reads.
define as_requirements
import json, sys
for one in json.load(open(sys.argv[1], encoding="utf-8"))["install"]:
    archive = one["download_info"].get("archive_info")
    if archive:  # not the project itself
        print("{name}=={version}".format(**one["metadata"]), end=" ")
        print("--hash=sha256:" + archive["hashes"]["sha256"])
endef
export as_requirements

# What is quick as plain Python, where alone it can be seen which lines of compiled code are run.
plain := tests/engine/test_phases.py tests/engine/test_run.py tests/tables tests/test_streams.py \
	tests/test_organisations.py -k 'not change_no_bit and not whatever_organisations'

.PHONY: help run test published check coverage format notebooks bench dashboard exercise pins environment clean
.DEFAULT_GOAL := help

help:  ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name what; \
		do printf '  make %-12s %s\n' "$$name" "$$what"; done

run: environment  ## compare siloed and reciprocal in the first wave, 30 paired crises
	$(bin)/crisis-abm compare scenarios/first_wave.toml --replicates $(REPLICATES) --out runs/first_wave

test: environment  ## run the tests
	@$(bin)/python -m tests.dashboard.browser
	@$(bin)/python -m compileall -q crisis_abm || true  # once for all processes that tests start
	$(bin)/python -m pytest -n 2 $(ARGS)

published: environment  ## run again what is published: every notebook, every limit case in full
	$(bin)/python -m pytest -n 2 -m published $(ARGS)

check: environment  ## formatting, lint (JavaScript, too), types, and who imports whom
	$(bin)/ruff format --check
	$(bin)/ruff check
	$(bin)/oxlint crisis_abm tests
	$(bin)/mypy
	$(bin)/lint-imports --no-logo

coverage: environment  ## how much of the code the tests without a browser run
	@rm -rf build/coverage && mkdir -p build/coverage
	NUMBA_DISABLE_JIT=1 $(bin)/coverage run -m pytest -q $(plain)
	$(bin)/coverage run -m pytest -q -n 2 -m "not slow and not published" $(ARGS)
	@$(bin)/coverage combine -q
	$(bin)/coverage report

format: environment  ## put the code into the house's form
	$(bin)/ruff check --fix
	$(bin)/ruff format

notebooks: environment  ## run the notebooks of docs/ and store what they show
	$(bin)/python -m tests.notebooks

bench: environment  ## measure speed and memory
	@if [ ! -e benchmarks/__main__.py ]; then echo 'There are no benchmarks in this checkout.'; exit 2; fi
	$(bin)/python -m benchmarks $(ARGS)

dashboard: environment  ## open the dashboard in a browser
	$(bin)/crisis-abm dashboard $(ARGS)

exercise: environment  ## rehearse a tabletop exercise: bots in every seat, a split screen
	$(bin)/crisis-abm exercise --demo $(ARGS)

pins: environment  ## write build/requirements.txt: what the dashboard needs here, with hashes
	@mkdir -p build
	@$(bin)/python -m pip install --quiet --dry-run --ignore-installed --no-build-isolation \
		--report build/pins.json -c constraints.txt '.[dashboard]'
	@$(bin)/python -c "$$as_requirements" build/pins.json > build/requirements.txt
	@rm build/pins.json
	@echo 'build/requirements.txt is for this system and Python: pip install --require-hashes -r it'

environment: $(ready)  ## only set up, in .venv

$(ready): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("crisis_abm needs Python 3.11 \
	or newer; $(PYTHON) is %d.%d. Name another, say: make $(MAKECMDGOALS) PYTHON=python3.12" \
	% sys.version_info[:2])'
	@echo 'Setting up $(VENV): this takes a minute or two, and happens once.'
	@[ -e $@ ] || $(PYTHON) -m venv --clear $(VENV)
	@$(bin)/python -m pip install --quiet -c constraints.txt pip hatchling editables
	@$(bin)/python -m pip install --quiet -c constraints.txt --no-build-isolation -e '.[dashboard,tests]'
	@touch $@

clean:  ## remove what was set up and built (not runs/)
	rm -rf .venv .venv-* build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
