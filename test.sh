#!/bin/sh
# Installs what the tests need and runs everything. Arguments go to pytest.
set -eu
cd "$(dirname -- "$0")"
. tests/environment.sh

# --- checks and tests

ruff check .
ruff format --check --quiet .
mypy
lint-imports
shellcheck -x ./*.sh src/codespace_tracker/*/*.sh tests/*.sh tests/acceptance/*.sh feature/*.sh feature/*/*/*.sh findings/*.sh \
    .ci/run proof/run
run_tests() { pytest -q -n 6 --dist worksteal "$@"; }
if is_root || [ $# -gt 0 ]; then
    run_tests "$@"
elif has_sudo; then
    run_tests -m 'not fresh and not machine'
    say "and those that need root:"
    as_root env PATH="$PATH" PYTHONDONTWRITEBYTECODE=1 \
        "$venv/bin/python" -m pytest -q -n 6 --dist worksteal -m 'machine and not fresh'
else
    run_tests -m 'not fresh and not machine'
    say "the tests marked machine were left out: they need root or sudo."
fi
