# shellcheck shell=sh disable=SC2154  # `venv` is named in tests/environment.sh
# Sourced after tests/environment.sh: installs what the tests marked hub need. PostgreSQL comes by apt-get.
if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then # its programs are not on PATH
    if ! has apt-get || { ! is_root && ! has_sudo; }; then
        say "PostgreSQL is missing. Fix: install the package postgresql, then run it again."
        exit 1
    fi
    say "installing postgresql ..."
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql </dev/null >/dev/null
fi
wanted=$(cksum pyproject.toml)
if [ "$(cat "$venv/hub" 2>/dev/null)" != "$wanted" ]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e '.[hub-tests]'
    printf '%s\n' "$wanted" >"$venv/hub"
fi
