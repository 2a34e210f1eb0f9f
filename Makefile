# make demo   set up .venv and train the deck's basic MF on MovieLens
# make test   set up .venv and run all checks and tests
# make bench  time it beside the course's way (and Keras, PyTorch, Surprise: pip install .[bench])
# make torture   kill trainings, fill disks, damage files, give bad input: about half an hour, with a table of counts
# make notebooks   run all notebooks, labs and solutions, and build the .ipynb files from their text
# make checkpoints   train the checkpoints that lie in checkpoints/ anew

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test setup lint bench torture notebooks checkpoints clean

demo: $(VENV)/.installed
	$(BIN)/tfcourse demo

test: $(VENV)/.installed lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Contenders that are not installed are left out: $(BIN)/pip install '.[bench]' brings them.
bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks

notebooks: $(VENV)/.installed
	$(BIN)/python -m notebooks.build

torture: $(VENV)/.installed
	$(BIN)/python -m tests.torture

setup: $(VENV)/.installed

# Written last, so that an installation that was broken off is taken up again.
$(VENV)/.installed: setup.py
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 10) <= sys.version_info[:2] <= (3, 13) else "tfcourse needs Python 3.10 to 3.13, this is " + sys.version.split()[0] + "; name another: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	touch $@

# The trained checkpoints that the README's commands restore.
checkpoints: $(VENV)/.installed
	for lesson in mf mf-with-history mf-with-dnn mf-with-dnn-xent; do \
	  $(BIN)/tfcourse fit $$lesson --protocol deck --seed 88 --keep 1 --overwrite \
	    --model-dir checkpoints/$$(echo $$lesson | tr - _) || exit 1; \
	done

clean:
	rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache
