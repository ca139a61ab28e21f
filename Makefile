# The map of habits: setup demo test check fmt bench.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

VENV  := .venv
STAMP := $(VENV)/.jophiel-setup
BIN   := $(VENV)/bin
DEMO_ARGS ?=
TEST_ARGS ?=
# As many pytest workers; each has a PostgreSQL of its own.
TEST_WORKERS ?= 2
PYTEST = $(BIN)/python -m pytest --numprocesses=$(TEST_WORKERS) --dist=loadgroup

.PHONY: help setup demo test test-containers images check check-plpgsql fmt bench campaign-reads campaign-texts campaign-kills campaign-deadlocks campaign-writers clean

help:
	@echo "make setup   an environment in $(VENV) with all that a developer needs"
	@echo "make demo    a catalogue, its feeds and their reasons, on an embedded PostgreSQL, and the page of it in a browser"
	@echo "make test    all tests"
	@echo "make test-containers   the same on PostgreSQL 17 and RabbitMQ 4 in containers (make images builds them)"
	@echo "make check   format, lint, types, SQL; make check-plpgsql: plpgsql_check over every function, in a container"
	@echo "make fmt     format the Python"
	@echo "make bench   the benchmarks; make bench-full: up to a million items"
	@echo "make campaign-reads   a million reads of feeds while they are made anew"
	@echo "make campaign-texts   ten thousand hostile texts into every route of the HTTP API"
	@echo "make campaign-writers   every writer of the SQL API at once, for five minutes: no deadlock"
	@echo "make campaign-kills   everything is killed while events arrive; make campaign-deadlocks: eight writers, few users"
	@echo "make clean   remove $(VENV) and caches"

setup: $(STAMP)

# The stamp is written last: a set-up that failed half way is never taken for a whole one.
$(STAMP): pyproject.toml tools/setup.sh
	@sh tools/setup.sh $(VENV)
	@touch $@

demo: setup
	@$(BIN)/jophiel demo $(DEMO_ARGS)

test: setup
	@sh tools/broker.sh
	@sh tools/browser.sh
	$(PYTEST) $(TEST_ARGS)

# Where no registry can be reached, the base image is made by debootstrap.
images:
	@docker/build.sh postgres rabbitmq

test-containers: setup images
	@sh tools/browser.sh
	JOPHIEL_TEST_SERVICES=containers $(PYTEST) $(TEST_ARGS)

check-plpgsql: setup images
	JOPHIEL_TEST_SERVICES=containers $(BIN)/python tools/plpgsql_check.py

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/check_sql.py
	$(BIN)/python tools/lint_catalogue.py

fmt: setup
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m bench.run $(BENCH_ARGS)

# With a million items: about an hour.
bench-full: BENCH_ARGS += --full
bench-full: bench

# The tests make twenty thousand of these.
campaign-reads: setup
	JOPHIEL_READS=1000000 $(BIN)/python -m pytest -s --timeout=0 tests/sql/feeds/test_atomic_reads.py

# The tests do it for eight seconds.
campaign-writers: setup
	JOPHIEL_WRITERS_SECONDS=300 $(BIN)/python -m pytest -s tests/sql/test_writers_together.py

# Consumers, PostgreSQL and RabbitMQ are killed while 200,000 events arrive. The tests do a small part of it.
campaign-kills: setup
	@sh tools/broker.sh
	$(BIN)/python tools/campaign_kills.py $(CAMPAIGN_ARGS)

campaign-deadlocks: setup
	$(BIN)/python tools/campaign_deadlocks.py $(CAMPAIGN_ARGS)

# The tests try forty.
campaign-texts: setup
	JOPHIEL_STRINGS=10000 JOPHIEL_EXAMPLES=50 $(BIN)/python -m pytest --timeout=0 tests/api/test_document.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
