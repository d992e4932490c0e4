# make run: start the app.  make run HOST=0.0.0.0: for a class.  make test: most tests, in a few minutes.  make test-all: all of them.
# make check: lint and types.  make spark: what training on Apache Spark and its tests need on top, half a gigabyte; and Java 17.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
# Not from the environment, where some shells keep this machine's name: only `make run HOST=0.0.0.0` opens the app to the network.
HOST = localhost

# Two processes share the tests; how is said in tests/conftest.py.
PYTEST = $(BIN)/python -m pytest --numprocesses 2 --durations 20

.PHONY: run test test-all check spark clean

run: $(VENV)/.app
	@$(BIN)/python -c 'import socket; socket.socket().bind(("$(HOST)", $(PORT)))' 2>/dev/null \
		|| { echo "Port $(PORT) is in use. Choose another: make run PORT=8502"; exit 1; }
	@$(BIN)/python -m streamlit run app.py --server.port $(PORT) --server.address $(HOST)

test: $(VENV)/.dev
	$(PYTEST) -m "not thorough"

test-all: $(VENV)/.dev
	$(PYTEST)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

spark: $(VENV)/.spark

clean:
	rm -rf $(VENV) data/models test-artifacts .pytest_cache

# A stamp file per set of requirements: nothing is installed again until its file changes or the environment is broken.
ifneq ($(shell $(BIN)/python -m pip --version >/dev/null 2>&1 && echo works),works)
.PHONY: $(VENV)/.app $(VENV)/.dev $(VENV)/.spark
endif

$(VENV)/.app: requirements.txt
	@$(ENVIRONMENT)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt requirements-postgres.txt
	@$(ENVIRONMENT)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.app

$(VENV)/.spark: requirements-spark.txt $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-spark.txt
	@touch $@

define ENVIRONMENT
$(BIN)/python -m pip --version >/dev/null 2>&1 && exit 0; \
command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found. Name your Python: make run PYTHON=python3.12"; exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Name another: make run PYTHON=python3.12"; exit 1; }; \
$(PYTHON) -m venv --clear $(VENV) || { echo "The virtual environment could not be made. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
endef
