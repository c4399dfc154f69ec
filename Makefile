# Everything happens in .venv; only Python >= 3.11, make and a package index are assumed.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready

.PHONY: setup demo test check format docs bench clean constraints

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt --editable '.[dev]'
	@touch $@

# Pins of everything for every platform, without addresses of the index they came from.
constraints: pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url --extra dev pyproject.toml -o constraints.txt
	$(BIN)/uv pip freeze | grep '^uv==' >> constraints.txt
