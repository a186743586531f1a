# Everything a newcomer or CI runs. Each target sets up what it needs.
PYTHON ?= python3
VENV := .venv
VENV_JAX := .venv-jax
VENV_TPU := .venv-tpu
BIN := $(VENV)/bin
PYTEST := -m pytest -q -n 2 --dist loadfile
export TF_CPP_MIN_LOG_LEVEL ?= 3

.DEFAULT_GOAL := help
.PHONY: help quickstart test test-tensorflow test-jax test-tpu test-all lint format clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

# A stamp per environment: installing again only when the project file changed.
$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[test,lint]'
	touch $@

# JAX without TensorFlow: what runs here proves that nothing needs it.
$(VENV_JAX)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV_JAX)
	$(VENV_JAX)/bin/python -m pip install -q --disable-pip-version-check \
	    absl-py 'keras>=3.10' 'jax>=0.4.34' tfp-nightly hypothesis matplotlib \
	    pillow pytest pytest-xdist scikit-learn scipy
	$(VENV_JAX)/bin/python -m pip install -q --disable-pip-version-check --no-deps -e .
	touch $@

# The TPU compiler, beside the JAX that it goes with.
$(VENV_TPU)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV_TPU)
	$(VENV_TPU)/bin/python -m pip install -q --disable-pip-version-check -e '.[tpu-aot]' pytest
	touch $@

quickstart: $(VENV)/.installed  ## Train on real digits and print the robustness table
	$(BIN)/python examples/quickstart.py

test: test-tensorflow test-jax  ## Run the tests on TensorFlow, then on JAX without TensorFlow

test-tensorflow: $(VENV)/.installed
	KERAS_BACKEND=tensorflow $(BIN)/python $(PYTEST) -m "not slow"

# The corruptions and the augmentations run on JAX in `make test-all`: with
# them the suite would take 20 minutes.
test-jax: $(VENV_JAX)/.installed
	KERAS_BACKEND=jax $(VENV_JAX)/bin/python $(PYTEST) -m "not slow" \
	    --ignore tests/robustness/corruptions --ignore tests/data

test-tpu: $(VENV_TPU)/.installed  ## Compile small training steps for TPUs, on any machine
	$(VENV_TPU)/bin/python -m pytest -q tests/benchmarks

test-all: $(VENV)/.installed $(VENV_JAX)/.installed test-tpu  ## Run every test, the slow ones too
	KERAS_BACKEND=tensorflow $(BIN)/python $(PYTEST)
	KERAS_BACKEND=jax $(VENV_JAX)/bin/python $(PYTEST)

lint: $(VENV)/.installed  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## Remove the environments and caches
	rm -rf $(VENV) $(VENV_JAX) $(VENV_TPU) .pytest_cache .ruff_cache .mypy_cache
