#!/bin/sh
# Installs what the tests need into an environment of its own, and runs everything. Arguments go to pytest.
set -eu
cd "$(dirname -- "$0")"
venv=.venv-test
[ -x $venv/bin/python ] || python3 -m venv $venv
wanted=$(cksum pyproject.toml)
if [ "$(cat $venv/installed 2>/dev/null)" != "$wanted" ]; then
    $venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
    printf '%s\n' "$wanted" >$venv/installed
fi
PATH=$PWD/$venv/bin:$PATH
export PATH
unset PYTHONDONTWRITEBYTECODE # or each of the thousands of processes compiles anew what it imports
ruff check .
ruff format --check --quiet .
mypy
lint-imports
if command -v shellcheck >/dev/null 2>&1; then
    shellcheck ./*.sh src/codespace_tracker/*/*.sh tests/acceptance/*.sh feature/*/*/*.sh .ci/run
fi
exec pytest -q -n 6 --dist worksteal "$@"
