# shellcheck shell=sh
# Sourced in the root of the checkout: installs what the tests need, and puts their environment first on PATH.
#
# Programs that are missing are installed by apt-get, as root or through sudo. Without either, it says what is missing.
# `also_needed` names more of them, each a program and its package.
venv=.venv-test

say() { printf '%s: %s\n' "$0" "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
has_sudo() { has sudo && sudo -n true 2>/dev/null; }
as_root() { if is_root; then "$@"; else sudo -n "$@"; fi; }
has_python() { python3 -I -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; }

# --- the programs that the tests run

missing=
has_python || missing=' python3 python3-venv'
# each is a program and the Debian package that has it
for needed in bash:bash dash:dash zsh:zsh fish:fish git:git curl:curl make:make ps:procps strace:strace shellcheck:shellcheck \
    flock:util-linux unshare:util-linux setpriv:util-linux setfacl:acl bindfs:bindfs ${also_needed:-}; do
    has "${needed%%:*}" || missing="$missing ${needed#*:}"
done
if [ -n "$missing" ]; then
    if ! has apt-get || { ! is_root && ! has_sudo; }; then
        say "these packages are missing:$missing. Fix: install them, then run it again."
        exit 1
    fi
    say "installing$missing ..."
    as_root apt-get update -qq
    # shellcheck disable=SC2086  # one word a package
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing </dev/null >/dev/null
    has_python || { say "Python 3.10 or newer is needed, and python3 is $(python3 -V 2>&1)."; exit 1; }
fi

# --- an environment of its own

# a set-up that was cut off leaves an environment without pip
$venv/bin/python -m pip --version >/dev/null 2>&1 || { rm -rf $venv && python3 -m venv $venv; }
# what the installed copy takes from the checkout as it is now
wanted=$(cksum pyproject.toml ghadi.sh src/codespace_tracker/__init__.py)
if [ "$(cat $venv/installed 2>/dev/null)" != "$wanted" ]; then
    $venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev,hub]'
    printf '%s\n' "$wanted" >$venv/installed
fi
PATH=$PWD/$venv/bin:$PATH
export PATH
unset PYTHONDONTWRITEBYTECODE # or each of thousands of processes compiles again what it imports
