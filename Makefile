# Everything a newcomer or CI runs. Each target sets up what it needs.
PYTHON ?= python3
VENV := .venv
VENV_JAX := .venv-jax
VENV_TORCH := .venv-torch
VENV_TPU := .venv-tpu
VENV_OLDEST := .venv-oldest
VENV_WHEEL := .venv-wheel
VENV_NIGHTLY := .venv-nightly
BIN := $(VENV)/bin
PIP := -m pip install -q --disable-pip-version-check
# A lost worker ends the run: what killed it would kill the next one too. The
# order of the files is that of tests/conftest.py.
PYTEST := -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder \
    --max-worker-restart 0
# Two processes on two cores: more threads of TensorFlow only get in their way.
ON_TENSORFLOW := KERAS_BACKEND=tensorflow TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1
ON_TORCH := KERAS_BACKEND=torch OMP_NUM_THREADS=1
# What the tests need at least; some compare with more, and skip without it.
TEST_PACKAGES := absl-py hypothesis jinja2 jsonschema matplotlib pillow pytest \
    pytest-timeout pytest-xdist scikit-learn scipy
export TF_CPP_MIN_LOG_LEVEL ?= 3

.DEFAULT_GOAL := help
.PHONY: help quickstart test test-tensorflow test-jax test-torch test-tpu test-all test-oldest \
    test-nightly test-wheel notebooks docs build lint format clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

# A stamp per environment: installing again only when the project file changed.
$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) -e '.[test,lint]'
	touch $@

# JAX without TensorFlow: what runs here proves that nothing needs it.
$(VENV_JAX)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV_JAX)
	$(VENV_JAX)/bin/python $(PIP) \
	    'keras>=3.10' 'jax>=0.8' tfp-nightly $(TEST_PACKAGES)
	$(VENV_JAX)/bin/python $(PIP) --no-deps -e .
	touch $@

# PyTorch without TensorFlow and JAX. A build for the CPU, where the index offers
# one, is a tenth of the size.
$(VENV_TORCH)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV_TORCH)
	$(VENV_TORCH)/bin/python $(PIP) 'torch==2.13.0+cpu' || \
	    $(VENV_TORCH)/bin/python $(PIP) 'torch>=2.6'
	$(VENV_TORCH)/bin/python $(PIP) 'keras>=3.10' $(TEST_PACKAGES)
	$(VENV_TORCH)/bin/python $(PIP) --no-deps -e .
	touch $@

# The TPU compiler, beside the JAX that it goes with.
$(VENV_TPU)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV_TPU)
	$(VENV_TPU)/bin/python $(PIP) -e '.[examples,report,tpu-aot]' pytest pytest-timeout
	touch $@

$(VENV_OLDEST)/.installed: pyproject.toml tests/oldest.txt
	$(PYTHON) -m venv $(VENV_OLDEST)
	$(VENV_OLDEST)/bin/python $(PIP) --upgrade pip
	$(VENV_OLDEST)/bin/python $(PIP) -c tests/oldest.txt -e '.[data,report]' \
	    $(TEST_PACKAGES)
	touch $@

quickstart: $(VENV)/.installed  ## Train on real digits and print the robustness table
	$(BIN)/python examples/quickstart.py

test: test-tensorflow test-jax test-torch  ## Run the tests on TensorFlow, then on JAX and PyTorch without it

test-tensorflow: $(VENV)/.installed
	$(ON_TENSORFLOW) $(BIN)/python $(PYTEST) -m "not slow"

# The corruptions and the augmentations run on JAX in `make test-all`: with
# them the suite would take 20 minutes.
test-jax: $(VENV_JAX)/.installed
	KERAS_BACKEND=jax $(VENV_JAX)/bin/python $(PYTEST) -m "not slow" \
	    --ignore tests/robustness/corruptions \
	    --ignore tests/data/augmentation --ignore tests/data/pipeline

# PyTorch compiles nothing: here runs what takes the others long to compile. What
# is particular to no backend runs above.
test-torch: $(VENV_TORCH)/.installed
	$(ON_TORCH) $(VENV_TORCH)/bin/python $(PYTEST) -m "not slow" \
	    --ignore tests/data/readers --ignore tests/data/encoded \
	    --ignore tests/examples --ignore tests/benchmarks --ignore tests/results

# What needs both JAX and TensorFlow too, which no other environment has: the
# ImageNet study on JAX, whose images TensorFlow reads.
test-tpu: $(VENV_TPU)/.installed  ## Compile small training steps for TPUs, on any machine
	$(VENV_TPU)/bin/python -m pytest -q tests/benchmarks \
	    tests/examples/imagenet/test_train.py::test_jax_on_several_devices \
	    tests/data/encoded/test_encoded_images.py::test_both_backends_give_the_same_batches

test-all: $(VENV)/.installed $(VENV_JAX)/.installed $(VENV_TORCH)/.installed test-tpu  ## Run every test, the slow ones too
	$(ON_TENSORFLOW) $(BIN)/python $(PYTEST)
	KERAS_BACKEND=jax $(VENV_JAX)/bin/python $(PYTEST)
	$(ON_TORCH) $(VENV_TORCH)/bin/python $(PYTEST)

test-oldest: $(VENV_OLDEST)/.installed  ## Run the tests on the oldest versions (Python 3.10 to 3.12)
	$(ON_TENSORFLOW) $(VENV_OLDEST)/bin/python $(PYTEST) -m "not slow"

# Tomorrow's versions, with the newest JAX: what breaks here breaks next month.
# Their names differ from those that the package asks for, hence `--no-deps`.
test-nightly:  ## Run the tests on nightly Keras and TensorFlow, then on JAX
	$(PYTHON) -m venv --clear $(VENV_NIGHTLY)
	$(VENV_NIGHTLY)/bin/python $(PIP) --pre tf-nightly keras-nightly tfp-nightly tf-keras-nightly \
	    jax $(TEST_PACKAGES)
	$(VENV_NIGHTLY)/bin/python $(PIP) --no-deps -e .
	$(ON_TENSORFLOW) $(VENV_NIGHTLY)/bin/python $(PYTEST) -m "not slow"
	KERAS_BACKEND=jax $(VENV_NIGHTLY)/bin/python $(PYTEST) -m "not slow" \
	    --ignore tests/robustness/corruptions --ignore tests/data/augmentation --ignore tests/data/pipeline

build: $(VENV)/.installed  ## Build the wheel and the sdist into dist/
	rm -rf dist
	$(BIN)/python -m hatchling build

# In an environment of its own, from a folder that holds all but the package.
test-wheel: build  ## Install the wheel from the index and run the tests against it
	$(PYTHON) -m venv --clear $(VENV_WHEEL)
	$(VENV_WHEEL)/bin/python $(PIP) "$$(ls dist/*.whl)[data,report]" \
	    hatchling hatch-fancy-pypi-readme $(TEST_PACKAGES)
	rm -rf build/wheel
	mkdir -p build/wheel
	tar x -C build/wheel --strip-components 1 --exclude '*/keras_ceb' \
	    --exclude '*/keras_ceb_cli' -f dist/*.tar.gz
	cd build/wheel && $(ON_TENSORFLOW) ../../$(VENV_WHEEL)/bin/python \
	    $(PYTEST) -m "not slow"

notebooks: $(VENV)/.installed  ## Run the notebooks and keep their outputs
	$(BIN)/python -m examples.notebooks.render

docs: $(VENV)/.installed  ## Build the documentation into site/; a broken link is an error
	$(BIN)/python -m mkdocs build -q --strict

lint: $(VENV)/.installed  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## Remove the environments and caches
	rm -rf $(VENV) $(VENV_JAX) $(VENV_TORCH) $(VENV_TPU) $(VENV_OLDEST) $(VENV_WHEEL) \
	    $(VENV_NIGHTLY) build dist site .pytest_cache .ruff_cache .mypy_cache
