# Everything below sets itself up; a second run does not set up again.
VENV ?= .venv
PYTHON ?= python3
READY = $(VENV)/.ready
GOLDEN ?= tests/golden
REPORT ?= validation-report

# Options for pytest, for instance PYTEST_OPTIONS='-k convection'.
PYTEST_OPTIONS ?=

# Options for the mutants, for instance MUTANTS_OPTIONS='--workers 4 --kind constant'.
MUTANTS_OPTIONS ?=

.PHONY: validate ci test nightly nightly-climate mutants benchmark docs lint format setup clean
.DEFAULT_GOAL := validate

validate: $(READY)  ## compare both implementations with the numbers of the original, write a report
	$(VENV)/bin/jcm-validate all --profile quick --golden $(GOLDEN) --output $(REPORT)

# What continuous integration judges a change by: columns, gradients, dynamics, a month of both models,
# ensemble consistency. $(REPORT)/summary.md is for people, $(REPORT)/columns/columns.nc has the worst columns.
ci: validate lint  ## every comparison and the style, in the quick profile

# Programs that JAX has compiled are kept: what one comparison has compiled, another uses.
validate ci nightly-climate: export JAX_COMPILATION_CACHE_DIR ?= $(CURDIR)/.jax_cache

test: $(READY) lint  ## run the test suite
	@# An editable installation rebuilds on import; do it once, before several processes import it.
	$(VENV)/bin/python -c 'import reference.kernels as k; k.available()'
	$(VENV)/bin/python -m pytest --numprocesses 2 --dist worksteal $(PYTEST_OPTIONS)

nightly: PYTEST_OPTIONS = --hypothesis-profile nightly
nightly: test  ## the test suite with random columns and many more of them

nightly-climate: $(READY)  ## every comparison at full length, with three years of both climates
	$(VENV)/bin/jcm-validate all --profile full --golden $(GOLDEN) --output $(REPORT)

mutants: $(READY)  ## plant faults into the JAX model: who in the harness notices? A run that was stopped goes on.
	$(VENV)/bin/python -m validation.mutants --golden $(GOLDEN) --report docs/evidence/mutants.md $(MUTANTS_OPTIONS)

benchmark: $(READY)  ## speed of both models, and of a physics call
	$(VENV)/bin/python benchmarks/model.py
	$(VENV)/bin/python benchmarks/dinosaur_core.py
	$(VENV)/bin/python benchmarks/physics_driver.py
	$(VENV)/bin/python benchmarks/gradients.py

docs: $(READY)  ## build the documentation site in docs/_build/html; a warning is an error
	$(VENV)/bin/pip install --quiet --group docs
	$(VENV)/bin/sphinx-build --builder html --fail-on-warning --keep-going --fresh-env --quiet \
		--doctree-dir docs/_build/doctrees docs docs/_build/html
	@echo "docs/_build/html/index.html"

lint: $(READY)  ## check style and format
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

format: $(READY)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

setup: $(READY)

$(READY): pyproject.toml meson.build tools/setup.sh tools/build_requirements.py
	tools/setup.sh $(VENV) $(PYTHON)
	touch $@

clean:
	rm -rf $(VENV) build docs/_build $(REPORT)
