# Everything a person does with this repository. `make run` and `make test` set up whatever they need.

PYTHON ?= $(shell for p in python3 python3.12 python3.11; do $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $$p && break; done)
HOST ?= 127.0.0.1
PORT ?= 7860
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup run test lint format lock pins space extension generated promises nightly clean

setup: $(READY)

# The marker is written last: a set-up that was cut short is done again.
$(READY): requirements.txt pyproject.toml setup.sh
	@sh setup.sh "$(PYTHON)" "$(VENV)" "$(TORCH_INDEX)"
	@touch $(READY)

run: $(READY)
	@exec $(BIN)/telltale serve --host $(HOST) --port $(PORT)

test: $(READY)
	$(BIN)/python -m pytest $(ARGS)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/repository/test_lock.py tests/repository/test_architecture.py

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Compiles requirements.txt anew from pyproject.toml. CUDA's packages are left out: torch's CPU build needs none (see README, "Set-up").
lock: $(READY)
	UV_FIND_LINKS="$$PIP_FIND_LINKS" $(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --quiet \
	  --index-strategy unsafe-best-match --no-header --no-annotate --output-file $(VENV)/lock.txt $(UPGRADE)
	grep -vE '^(nvidia-|cuda-|triton|torch==)' $(VENV)/lock.txt > $(VENV)/lock.part
	echo 'torch==2.13.0' >> $(VENV)/lock.part
	LC_ALL=C sort $(VENV)/lock.part > requirements.txt

# Writes what serving needs of the lock to space/requirements.txt; after `make lock`.
pins: $(READY)
	$(BIN)/python -m space.deploy.requirements > $(VENV)/pins.part
	mv $(VENV)/pins.part space/requirements.txt

# Publishes this as a Space of the Hub: make space REPO=owner/name ARGS="--private --dry-run"
space: $(READY)
	@$(BIN)/python -m space.publish --repo "$(REPO)" $(ARGS)

# Shows that the README's ten promises are kept, and that each check of them can fail; writes docs/promises.md. 40 minutes.
promises: $(READY)
	$(BIN)/python -m tests.promises $(ARGS)

# Once a night: the tests that CI leaves out, then all promises at full length. An hour and a half.
nightly: $(READY)
	$(BIN)/python -m pytest -m long -n 2 --dist loadfile $(ARGS)
	$(BIN)/python -m tests.promises

# Writes the extension for both browsers' stores into build/, and beside each zip its folder, to load unpacked.
extension: $(READY)
	@$(BIN)/python -m extension_build $(ARGS)

# Writes the files of the extension that are made of the engine's own; a test says when it is time.
generated: $(READY)
	@$(BIN)/python -m extension_build.generate

clean:
	rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache
