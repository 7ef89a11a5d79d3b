# `make brief` and `make test` do everything on a fresh machine: Python >= 3.11, make and git suffice.
PYTHON ?= python3
BIN := .venv/bin
# As they stand, not by how many tests a file has: at the end come the doctests, small enough that no core waits long.
CORES := --numprocesses=auto --dist=loadfile --no-loadscope-reorder
NBVAL := -p helpers.run_for_pages --nbval --nbval-sanitize-with=tests/nbval.cfg
# The notebooks are run once: pages are made of them, and what they showed is compared.
MADE := $(if $(filter browser pdf,$(MAKECMDGOALS)),pdf,brief)
# Where the unit tests run as well, the others wait until all modules are compiled.
READY := .venv/.ready $(if $(filter test units,$(MAKECMDGOALS)),.venv/.compiled)

# Some containers forbid it; then each of the many processes here compiles what it imports, seconds each.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help brief pdf test style types units spark spark-cluster notebooks-compared oldest browser wheel fuzz twice docs picture lab notebooks data lock bench calibrate clean

help: ## list what make can do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; try make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@echo "Creating the environment in .venv (a few minutes the first time) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check $$(grep -o '^uv==[^ ]*' requirements.lock)
	@# uv takes seconds where pip takes minutes; pip knows settings that uv does not.
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --system-certs --require-hashes --requirement requirements.lock || \
	  $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Modules are compiled once, beside the checks that import none, before many processes at once would each compile them,
# twenty seconds each. What cannot be collected, the unit tests tell.
.venv/.compiled: .venv/.ready
	@.ci/timed "modules compiled" sh -c '$(BIN)/python -m pytest -p no:nbval -qq --collect-only tests povertystats > /dev/null || true'
	@touch $@

brief: $(READY) ## run the notebooks and render the advisors' pages into build/
	@.ci/timed "pages" $(BIN)/povertystats brief --output build --executed build/notebooks

pdf: $(READY) ## the same, and print the brief as PDF (needs Chromium)
	@.ci/timed "pages and prints" $(BIN)/povertystats brief --pdf --output build --executed build/notebooks

# Every core is kept busy: threads of linear algebra would only get in each other's way.
brief pdf browser test oldest units spark spark-cluster: export OMP_NUM_THREADS := 1
brief pdf browser test oldest units spark spark-cluster: export OPENBLAS_NUM_THREADS := 1
test: style types units spark notebooks-compared ## run every check: style, types, unit tests, doctests, nbval

style: .venv/.ready
	@.ci/timed ruff $(BIN)/ruff check --quiet .
	@.ci/timed "ruff format" $(BIN)/ruff format --quiet --check .
	@.ci/timed "rooms (import-linter)" $(BIN)/lint-imports

types: .venv/.ready
	@.ci/timed mypy $(BIN)/mypy

units: $(READY)
	@.ci/timed "unit tests" $(BIN)/python -m pytest -p no:nbval $(CORES) tests povertystats --ignore tests/test_spark.py

spark: $(READY)
	@.ci/timed Spark $(BIN)/python -m pytest -p no:nbval tests/test_spark.py

spark-cluster: .venv/.ready ## start a Spark master with two workers here, compare its tables with DuckDB's, kill a worker
	@.ci/timed "Spark cluster" env SPARK_CLUSTER=1 $(BIN)/python -m pytest -p no:nbval -o faulthandler_timeout=1800 tests/test_spark_cluster.py

notebooks-compared: $(MADE)
	@.ci/timed notebooks $(BIN)/python -m pytest $(NBVAL) notebooks

oldest: .venv-oldest/.ready ## run the unit tests with the oldest allowed packages
	@# What old packages ask of each other is not ours to mend.
	@.ci/timed "unit tests, oldest packages" .venv-oldest/bin/python -m pytest -p no:nbval $(CORES) \
	  -W default::DeprecationWarning -W default::PendingDeprecationWarning -W default::FutureWarning \
	  tests povertystats --ignore tests/test_spark.py --ignore tests/test_house.py --ignore tests/test_reference.py

.venv-oldest/.ready: pyproject.toml .venv/.ready
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-oldest
	@VIRTUAL_ENV=.venv-oldest $(BIN)/uv pip install --quiet --system-certs --resolution lowest-direct \
	  --editable ".[notebooks,register,spark,test]"
	@touch $@

browser: pdf ## the same, then look at every page and print, and at the reference, in Chromium
	@$(MAKE) --no-print-directory docs
	@.ci/timed "pages in Chromium" $(BIN)/python -m pytest -p no:nbval tests/browser

wheel: export OMP_NUM_THREADS := 1
wheel: $(READY) ## build the wheel, install it where there is no checkout, and use it from an empty folder
	@.ci/timed wheel env WHEEL=1 $(BIN)/python -m pytest -p no:nbval tests/test_wheel.py

fuzz: export OMP_NUM_THREADS := 1
fuzz: export OPENBLAS_NUM_THREADS := 1
fuzz: .venv/.ready ## try 10,000 odd inputs at the command, and every mutation of every table (some twenty minutes)
	@.ci/timed mutations env MUTATIONS=all $(BIN)/python -m pytest -p no:nbval -o faulthandler_timeout=1800 --numprocesses=auto -rP tests/test_mutations.py
	@.ci/timed fuzz env FUZZ=10000 $(BIN)/python -m pytest -p no:nbval --numprocesses=auto -rP tests/test_fuzz.py
	@.ci/timed "short records" env SHORT=all $(BIN)/python -m pytest -p no:nbval --numprocesses=auto tests/test_short_records.py

twice: .venv/.ready ## make all pages twice under other seeds, zones, locales, threads and folders: the same bytes
	@.ci/timed "pages twice" $(BIN)/python benchmarks/twice.py

docs: .venv/.ready ## build the API reference into build/docs, with no network
	@mkdir -p build/reference
	@.ci/timed reference $(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --conf-dir docs build/reference build/docs

picture: pdf ## take the picture of the brief that the README shows
	$(BIN)/python docs/picture.py

lab: .venv/.ready ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

notebooks: .venv/.ready ## run the notebooks again and keep their outputs
	$(BIN)/jupyter nbconvert --to notebook --inplace --execute --ExecutePreprocessor.record_timing=False notebooks/*/*.ipynb

data: .venv/.ready ## build the data package again from data/raw
	$(BIN)/python data/build.py

lock: .venv/.ready ## resolve pyproject.toml again into requirements.lock and environment.yml
	$(BIN)/python -m uv pip compile pyproject.toml --quiet --upgrade --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --output-file requirements.lock
	$(BIN)/pyproject2conda yaml --overwrite force --extra notebooks --extra print --extra register --extra formulas --extra spark --extra test --extra docs --name povertystats \
	  --python-include "python>=3.11" --output environment.yml

bench: .venv/.ready ## measure speed and memory against other packages, as ratios
	$(BIN)/python benchmarks/drivers.py
	$(BIN)/python benchmarks/scale.py
	$(BIN)/python benchmarks/specifications.py
	$(BIN)/python benchmarks/fractional.py
	$(BIN)/python benchmarks/forecast.py
	$(BIN)/python benchmarks/scorecards.py
	$(BIN)/python benchmarks/register.py --output notebooks/scale.csv

calibrate: .venv/.ready ## judge forecasts by an oracle, by rates of other countries and by simulation; tests keep their size, small counts stay hidden (some minutes)
	$(BIN)/python benchmarks/size.py
	$(BIN)/python benchmarks/regions.py
	$(BIN)/python benchmarks/oracle.py
	$(BIN)/python benchmarks/two_instruments.py
	$(BIN)/python benchmarks/foreign.py
	$(BIN)/python benchmarks/attack.py
	$(BIN)/python benchmarks/calibration.py --panels 60 --years 5 8 12 --cores 2

clean: ## remove the environment and all that was built
	rm -rf .venv .venv-oldest build .pytest_cache .ruff_cache .mypy_cache
