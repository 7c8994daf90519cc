# Everything below sets itself up; a second run does not set up again.
VENV ?= .venv
PYTHON ?= python3
READY = $(VENV)/.ready
GOLDEN ?= tests/golden
REPORT ?= validation-report

# Options for pytest, for instance PYTEST_OPTIONS='-k convection'.
PYTEST_OPTIONS ?=

.PHONY: validate test nightly benchmark lint format setup clean
.DEFAULT_GOAL := validate

validate: $(READY)  ## compare both implementations with the numbers of the original, write a report
	$(VENV)/bin/jcm-validate all --profile quick --golden $(GOLDEN) --output $(REPORT)

test: $(READY) lint  ## run the test suite
	@# An editable installation rebuilds on import; do it once, before several processes import it.
	$(VENV)/bin/python -c 'import reference.kernels as k; k.available()'
	$(VENV)/bin/python -m pytest --numprocesses 2 --dist worksteal $(PYTEST_OPTIONS)

nightly: PYTEST_OPTIONS = --hypothesis-profile nightly
nightly: test  ## the test suite with random columns and many more of them

benchmark: $(READY)  ## speed of both models, and of a physics call
	$(VENV)/bin/python benchmarks/model.py
	$(VENV)/bin/python benchmarks/dinosaur_core.py
	$(VENV)/bin/python benchmarks/physics_driver.py
	$(VENV)/bin/python benchmarks/gradients.py

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
	rm -rf $(VENV) build $(REPORT)
