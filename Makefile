# Two commands matter: `make demo` and `make test`. Both set up what they need, and may be run again at any time.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
LOCK   := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
          --no-emit-index-url --no-header -q
export PYTHONDONTWRITEBYTECODE := 1

# make soak HOURS=24, make torture KILLS=5000 SEED=7
HOURS   ?= 1
KILLS   ?= 2000
SEED    ?= 1
# Tests run on all processors, one file on one of them; make test WORKERS=0 runs one after the other.
WORKERS ?= auto

.PHONY: help setup setup-pdf setup-dev demo sandbox test interop-tools clients races fuzz overload hostile torture check soak lock clean

help:
	@echo "make demo     install, then play a document's way over four tiers and prove each step"
	@echo "make sandbox  install, then leave a hub with a sample country running"
	@echo "make test     install with development tools, then ruff, mypy --strict and all tests on all processors; some: TESTS=tests/store"
	@echo "make clients  generate Java, TypeScript and Go clients from the description, compile them and play with each"
	@echo "make races    100,000 schedules of expiry against acknowledgement; make test runs fewer (SCHEDULES=…)"
	@echo "make fuzz     the fuzzer, until it is stopped, or SECONDS=… for each target (TARGET=…)"
	@echo "make overload ten times more than the hub can, for SECONDS (60); a report in var/overload.json"
	@echo "make hostile  the interface against its description with EXAMPLES (300) for each operation and caller"
	@echo "make torture  kill a hub under load, KILLS=2000 times, and check everything from its clients' books"
	@echo "make check    ruff, mypy --strict, audit of the dependencies"
	@echo "make soak     hours of traffic against one hub: what creeps? make soak HOURS=24"
	@echo "make lock     resolve the dependencies anew and pin them with their hashes"

# A virtual environment needs Debian's python3-venv, which a fresh system lacks.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && apt-get install -y -q python3-venv; \
	  else echo "Python's venv is missing: sudo apt-get install python3-venv"; exit 1; fi; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt requirements-interop.txt $(VENV)/installed
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --ignore-requires-python --require-hashes -r requirements-interop.txt
	@touch $@

# Signatures inside PDF files, which a hub reads where the extra is there. Without it the demonstration says so.
$(VENV)/installed-pdf: requirements-pdf.txt $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-pdf.txt || \
	  echo "the extra pdf cannot be installed: signatures inside PDF files are not read"
	@touch $@

setup: $(VENV)/installed

setup-pdf: $(VENV)/installed-pdf

setup-dev: $(VENV)/installed-dev

demo: setup-pdf
	$(BIN)/truc demo

sandbox: setup-pdf
	$(BIN)/truc sandbox

test: setup-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@tests/system-packages.sh
	@$(BIN)/python -m tests.interop.fetched
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(TESTS)
	$(if $(TESTS),,$(BIN)/python -m tests.any_day -n $(WORKERS))

# Libraries of Java, Node and Go that tests use as oracles, into the user's cache; what cannot be had here is told.
interop-tools: setup-dev
	@$(BIN)/python -m tests.interop.fetched

# Clients that generators make of the description, compiled, and played against a hub.
clients: setup-dev
	@$(BIN)/python -m tests.interop.generated_clients
	$(BIN)/python -m pytest tests/interop/test_generated_clients.py

SCHEDULES ?= 100000
races: setup-dev
	SCHEDULES=$(SCHEDULES) $(BIN)/python -m pytest tests/peers/test_one_verdict.py

# Without a wheel of atheris for this Python, inputs are drawn instead of following coverage.
fuzz: setup-dev
	@$(BIN)/python -m pip install --quiet --only-binary :all: --no-deps --require-hashes -r requirements-fuzz.txt || \
	  echo "atheris has no wheel for this Python: inputs are drawn, not guided"
	nice -n 19 $(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),0) $(addprefix --target ,$(TARGET))

torture: setup
	$(BIN)/truc torture --kills $(KILLS) --seed $(SEED) --folder var/torture

overload: setup
	@mkdir -p var
	$(BIN)/truc bench --overload --seconds $(or $(SECONDS),60) --json > var/overload.json; \
	  status=$$?; cat var/overload.json; exit $$status

hostile: setup-dev
	TRUC_EXAMPLES=$(or $(EXAMPLES),300) $(BIN)/python -m pytest tests/callers/test_described.py

check: setup-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.txt

soak: setup
	$(BIN)/truc soak --hours $(HOURS) --nice 10

lock: setup-dev
	$(LOCK) --group build -o requirements.txt
	$(LOCK) --group dev -o requirements-dev.txt
	$(BIN)/uv pip compile --group pdf --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --constraints requirements-dev.txt -q -o requirements-pdf.txt
	$(BIN)/uv pip compile --group interop --no-deps --python-version 3.12 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate -q -o requirements-interop.txt
	$(BIN)/uv pip compile --group fuzz --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate -q -o requirements-fuzz.txt

clean:
	rm -rf $(VENV) var build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
