# Everything a newcomer or a machine needs. Nothing is installed outside .venv.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
ARGS ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-services check bench clean

demo: .venv/ready  ## set everything up and show it working; ARGS=--check compares both sides and ends
	@$(BIN)/python -m sandbox.demo $(ARGS)

test: .venv/ready-tests  ## all tests on SQLite, no service, no network beyond loopback
	$(BIN)/python -m pytest tests -m "not acceptance" -n auto --cov --cov-report= $(ARGS)
	$(BIN)/python -m pytest tests -m acceptance $(ARGS)
	$(BIN)/python -m coverage combine -q --keep 2>/dev/null || true
	$(BIN)/python -m tests.coverage_rules

test-services: export DATABASE_URL := $(or $(DATABASE_URL),postgres://postgres@127.0.0.1:5432/test)
test-services: export REDIS_URL := $(or $(REDIS_URL),redis://127.0.0.1:6379/1)
test-services: .venv/ready-tests  ## the same tests on PostgreSQL and Redis (DATABASE_URL, REDIS_URL)
	$(BIN)/python -m pytest tests -m "not acceptance" -n auto $(ARGS)
	$(BIN)/python -m pytest tests -m acceptance $(ARGS)

check: export DJANGO_SETTINGS_MODULE := tests.settings
check: .venv/ready-tests  ## format, lint, types, migrations, deployment settings, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	PORTAL_URL=https://portal.example.com $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python -m pytest tests/test_architecture.py

bench: .venv/ready-tests  ## measure; ARGS="--json" for tools, ARGS="--only NAME" for one
	@$(BIN)/python -m tests.bench $(ARGS)

.venv/ready: requirements.txt sandbox/requirements.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet -r requirements.txt -r sandbox/requirements.txt
	@touch $@

.venv/ready-tests: .venv/ready tests/requirements.txt
	@$(BIN)/python -m pip install --quiet -r tests/requirements.txt
	@touch $@

clean:  ## remove what the demo and the tests left
	rm -rf var staticfiles .coverage* .pytest_cache .mypy_cache .ruff_cache
