# Two commands matter: `make demo` and `make test`. Each sets up all it needs in the checkout (.venv/, .venv-node/, console/node_modules/); what a
# test needs from the system (PostgreSQL, a browser, nginx in a container, python3-venv) comes from apt, and only if it is missing. `make install` only installs.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done | head -1)
ARGS ?=
VENV := .venv
# Modules are compiled when they are first used: most never are, and all together they take 95 MB. An environment that forbids
# Python to keep what it compiled would have every process of the tests compile two thousand modules, which is half of its start.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check -q
INSTALL := $(PIP) install --no-compile

CONSOLE := src/callguard/deliver/pages/dist/.built
CONSOLE_SOURCES := $(shell find console -path console/node_modules -prune -o -type f -print 2>/dev/null)
# A worker for each core and one more, since tests wait more than they compute; the tests of a file stay together, so that what they share is
# made once, and the longest files begin (tests/conftest.py). One after the other: make test WORKERS=0
WORKERS ?= $(shell expr $$(nproc) + 1)
PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
NPM := PYTHON='$(PYTHON)' ../tools/with_node npm --no-fund --no-audit

.PHONY: demo install test check types console pictures bench soak train train-on train-teacher test-training score-quality lock calls clean

demo: $(VENV)/.runtime $(CONSOLE)
	@$(VENV)/bin/callguard demo $(ARGS)

install: $(VENV)/.runtime $(CONSOLE)

test:
	@$(MAKE) --no-print-directory -j2 $(VENV)/.dev $(CONSOLE)
	@tools/with_services $(MAKE) --no-print-directory check ARGS='$(ARGS)'

# Tests wait more than they compute, so that types and the console are checked beside them; what those say is shown afterwards.
check: $(VENV)/.dev $(CONSOLE)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	@tools/side_by_side '$(MAKE) --no-print-directory types' '$(VENV)/bin/python -m pytest $(PARALLEL) $(ARGS)'

types: $(VENV)/.dev $(CONSOLE)
	$(VENV)/bin/mypy
	cd console && $(NPM) run check

console: $(CONSOLE)

# The pictures in README, taken by the browser tests.
pictures: $(VENV)/.dev $(CONSOLE)
	CALLGUARD_TEST_PICTURES=docs/pictures tools/with_services $(VENV)/bin/python -m pytest -q tests/deliver/test_pictures.py

$(CONSOLE): $(CONSOLE_SOURCES) | console/node_modules/.package-lock.json
	@echo "building the console"
	@cd console && $(NPM) run --silent build
	@touch $@

console/node_modules/.package-lock.json: console/package-lock.json
	@echo "getting what the console is built with"
	@cd console && $(NPM) ci --silent
	@touch $@

bench: $(VENV)/.dev build/peers/.ready
	PYTHONPATH=build/peers $(VENV)/bin/python benchmarks/engine.py
	$(VENV)/bin/python benchmarks/latency.py $(ARGS)
	$(VENV)/bin/python benchmarks/calls.py
	$(VENV)/bin/python benchmarks/calls.py --model tiny.en --calls 48
	$(VENV)/bin/python benchmarks/calls.py --calls 8 --partials
	$(VENV)/bin/python benchmarks/calls.py --costs --seconds 30

# A peer that only benchmarks know. Without what it depends on: its batch worker needs faster-whisper alone, which is here.
build/peers/.ready: | $(VENV)/.dev
	$(INSTALL) --no-deps --target build/peers whisper-live==0.10.0
	@touch $@

# An hour of calls that come and go; exit 1 if memory follows them. Shorter: make soak ARGS="--minutes 5"
soak: $(VENV)/.dev
	$(VENV)/bin/python benchmarks/soak.py $(ARGS)

# Training has an environment of its own, because torch is no part of the product. Just under two hours on two idle virtual cores that have
# bfloat16; without it a step took 0.40 s in place of 0.25 s.
# The second run goes on from the first, and begins with what that has not learnt; the mean of both is the model.
train: .venv-train/.ready
	.venv-train/bin/python -m training.fit --out build/first --every 1700
	.venv-train/bin/python -m training.fit --out build/second --every 2500 --start build/first/network.pt --rate 1.2e-4 --steps 12500
	.venv-train/bin/python -m training.average build/first build/second
	.venv-train/bin/python -m training.export
	.venv-train/bin/python -m training.channel
	.venv-train/bin/python -m training.calibrate --name '$(or $(MODEL_NAME),callguard-minilm trained anew)'
	.venv-train/bin/python -m tools.weigh_tokens

# Goes on from the model that ships, with what the corpus has now; what it has learnt already is read less often. Some 80 minutes on two virtual
# cores without bfloat16. So version 5 came from version 4, and so it can learn sentences of your own. Its name is stored with every score.
train-on: .venv-train/.ready
	.venv-train/bin/python -m training.restore --out build/shipped
	.venv-train/bin/python -m training.fit --out build/further --every 3000 --start build/shipped/network.pt --rate 1.2e-4 --dropout 0.1 --steps 8500
	.venv-train/bin/python -m training.average build/shipped build/further
	.venv-train/bin/python -m training.export
	.venv-train/bin/python -m training.channel
	.venv-train/bin/python -m training.calibrate --name '$(or $(MODEL_NAME),callguard-minilm 7.3 trained further)'
	.venv-train/bin/python -m tools.weigh_tokens

# As `train`, on a machine with a GPU and with a large teacher (mpnet); most of the minutes are the GPU's: make train-teacher ARGS="--minutes 20"
# What it gives is then made used to misheard words as the noisy channel mends them; on two cores without a GPU that takes 70 minutes more.
train-teacher: .venv-train/.ready
	.venv-train/bin/python -m training.teach --device cuda $(ARGS)
	.venv-train/bin/python -m training.finish --device cuda --start build/taught
	.venv-train/bin/python -m training.average build/taught build/finished
	.venv-train/bin/python -m training.export
	.venv-train/bin/python -m training.channel
	.venv-train/bin/python -m training.calibrate --name '$(or $(MODEL_NAME),callguard-minilm taught)'
	.venv-train/bin/python -m tools.weigh_tokens

# The tests of training that need torch; `make test` runs the others.
test-training: .venv-train/.ready
	.venv-train/bin/python -m pip -q install --require-hashes -r requirements-dev.lock
	.venv-train/bin/python -m pytest -q -n0 tests/training $(ARGS)

score-quality: .venv-train/.ready
	.venv-train/bin/python benchmarks/score_quality.py $(ARGS)

.venv-train/.ready: training/requirements.txt requirements.lock | $(VENV)/bin/python
	@$(PYTHON) -m venv .venv-train
	@.venv-train/bin/python -m pip -q install -r training/requirements.txt
	@.venv-train/bin/python -m pip -q install --require-hashes -r requirements.lock
	@.venv-train/bin/python -m pip -q install --no-deps -e .
	@touch $@

lock: $(VENV)/.dev
	$(PIP) install uv
	$(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	$(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev pyproject.toml -o requirements-dev.lock

calls: $(VENV)/.dev
	$(VENV)/bin/python tools/make_demo_calls.py

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "callguard needs Python 3.11 or later; install it, or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "callguard needs Python 3.11 or later, $(PYTHON) is older; name another: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "setting up $(VENV)/ with $(PYTHON)"
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || apt-get install -y -q "$$(basename $(PYTHON))-venv"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing callguard (about a minute)"
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo "installing what the tests need"
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) .venv-node .venv-train console/node_modules src/callguard/deliver/pages/dist build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
