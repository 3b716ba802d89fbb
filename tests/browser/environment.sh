# shellcheck shell=sh disable=SC2154  # `venv` is named in tests/environment.sh
# Sourced after tests/environment.sh: installs what the tests in this folder need. Chromium and npm come by apt-get.
missing=
has chromium || missing="$missing chromium fonts-dejavu-core"
has npm || missing="$missing nodejs npm"
if [ -n "$missing" ]; then
    say "installing$missing ..."
    as_root apt-get update -qq
    # shellcheck disable=SC2086  # one word a package
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing </dev/null >/dev/null
fi
wanted="$(cksum pyproject.toml tests/browser/package.json)"
if [ "$(cat "$venv/browser" 2>/dev/null)" != "$wanted" ]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e '.[browser]'
    mkdir -p "$venv/axe"
    cp tests/browser/package.json "$venv/axe/"
    (cd "$venv/axe" && npm install --silent --no-audit --no-fund --ignore-scripts >/dev/null)
    printf '%s\n' "$wanted" >"$venv/browser"
fi
