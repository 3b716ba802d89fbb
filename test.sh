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
run_tests_as_root() {
    as_root env PATH="$PATH" PYTHONDONTWRITEBYTECODE=1 \
        "$venv/bin/python" -m pytest -q -n 6 --dist worksteal "$@"
}
if is_root; then
    run_tests "$@"
    exit
fi
# pytest's exit code 5: the arguments select no test
code=0
run_tests -m 'not fresh and not machine' "$@" || code=$?
if [ $code != 0 ] && [ $code != 5 ]; then
    exit $code
elif has_sudo; then
    say "and those that need root:"
    run_tests_as_root -m 'machine and not fresh' "$@" || [ $? = 5 ]
else
    say "the tests marked machine were left out: they need root or sudo."
fi
