#!/bin/sh
# Installs what the tests need, and runs the checks and the everyday tests. Arguments go to pytest.
# With --browser first it runs the tests that need Chromium, and installs that too.
# With --hub first it runs the tests of the hub that need PostgreSQL or schemathesis, and installs those too.
# With --machine first it runs the tests that need root, namespaces or mounts of the machine: through sudo, if need be.
set -eu
cd "$(dirname -- "$0")"
[ "${1:-}" != --machine ] || also_needed='ssh:openssh-client /usr/sbin/sshd:openssh-server'
. tests/environment.sh

# --- checks and tests

ruff check .
ruff format --check --quiet .
mypy
lint-imports
shellcheck -x ./*.sh src/codespace_tracker/*/*.sh tests/*.sh tests/acceptance/*.sh tests/browser/*.sh tests/hub/*.sh feature/*.sh feature/*/*/*.sh findings/*.sh \
    .ci/run proof/run
run_tests() { pytest -q -n 6 --dist worksteal "$@"; }
if [ "${1:-}" = --browser ]; then
    shift
    # shellcheck source=tests/browser/environment.sh
    . tests/browser/environment.sh
    pytest -q -n 2 -m browser tests/browser "$@"
elif [ "${1:-}" = --hub ]; then
    shift
    # shellcheck source=tests/hub/environment.sh
    . tests/hub/environment.sh
    pytest -q -n 4 --dist worksteal -m hub tests/hub "$@"
elif [ "${1:-}" != --machine ]; then
    run_tests "$@"
elif is_root; then
    shift
    run_tests -m 'machine and not fresh' "$@"
elif has_sudo; then
    shift
    as_root env PATH="$PATH" PYTHONDONTWRITEBYTECODE=1 \
        "$venv/bin/python" -m pytest -q -n 6 --dist worksteal -m 'machine and not fresh' "$@"
else
    say "the tests marked machine need root or sudo."
    exit 1
fi
