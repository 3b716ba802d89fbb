#!/bin/sh
# Installs codespace-tracker for this user, starts it, and has each new shell bring it back: from the checkout that it
# lies in, or from the wheel beside it (`program/` in the state directory, which a rebuild leaves).
set -eu

usage() {
    cat <<'TEXT'
usage: bash setup.sh [--dir DIR] [--timezone NAME] [--no-shell-hook] [--devcontainer[=FOLDER]]

Installs codespace-tracker into an environment of its own (~/.local/share/codespace-tracker),
links its commands into ~/.local/bin, makes the state directory, and starts the tracker.
Run it again after an update; run twice, it changes nothing.

  --dir DIR         keep the state here, not in the default place
  --timezone NAME   the time zone of "today", such as Asia/Kolkata
                    (asked for, if there is somebody to ask)
  --no-shell-hook   leave ~/.bashrc and ~/.zshrc alone
  --devcontainer    also start it with the container: by a line in the project's devcontainer.json
                    (the project of this codespace, or FOLDER)
  --heal            only see to it that it is installed and runs, in the background; says nothing
  --help            show this

codespace-tracker uninstall takes it all away again.
TEXT
}

fail() { printf 'setup.sh: %s\n' "$*" >&2; exit 1; }
say() { printf '%s\n' "$*"; }
has() { command -v "$1" >/dev/null 2>&1; }

directory='' timezone='' hook=yes devcontainer='' project='' heal=''
while [ $# -gt 0 ]; do
    case $1 in
    --dir | --timezone) [ $# -gt 1 ] || { printf 'setup.sh: %s needs a value\n\n' "$1" >&2; usage >&2; exit 2; } ;;
    esac
    case $1 in
    --dir) directory=$2 && shift ;;
    --dir=*) directory=${1#*=} ;;
    --timezone) timezone=$2 && shift ;;
    --timezone=*) timezone=${1#*=} ;;
    --no-shell-hook) hook='' ;;
    --devcontainer) devcontainer=yes ;;
    --devcontainer=*) devcontainer=yes project=${1#*=} ;;
    --heal) heal=begin ;;
    --healing) heal=now ;; # how --heal calls itself
    -h | --help) usage && exit 0 ;;
    *) printf 'setup.sh: there is no option %s\n\n' "$1" >&2 && usage >&2 && exit 2 ;;
    esac
    shift
done

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ "$heal" = begin ]; then
    # It is called at every start of a container and by shells: it is never in their way, and never fails.
    if [ "$(stat -c %u "$here")" = "$(id -u)" ] && [ -n "${HOME:-}" ]; then
        setsid -f flock -n -o "$here/heal.lock" /bin/sh "$here/setup.sh" --healing </dev/null >/dev/null 2>&1 || :
    fi
    exit 0
fi
[ -n "${HOME:-}" ] || fail "HOME is not set. Mend: run it as a user who has a home directory."
[ -z "$heal" ] || exec >"$here/heal.log" 2>&1
case ${XDG_DATA_HOME:-} in
/*) share=$XDG_DATA_HOME/codespace-tracker ;;
*) share=$HOME/.local/share/codespace-tracker ;;
esac
venv=$share/venv
bin=$HOME/.local/bin
new_enough='import sys; sys.exit(sys.version_info < (3, 10))'

# --- a Python that is new enough, and can make virtual environments

find_python() {
    python=
    for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
        # ensurepip is what Debian leaves out of python3 and puts into python3-venv
        if has "$name" && "$name" -I -c "$new_enough" 2>/dev/null && "$name" -I -c 'import ensurepip, venv' 2>/dev/null; then
            python=$name
            return 0
        fi
    done
    return 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif has sudo && sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi
}

install_python() {
    has apt-get || return 1
    if [ "$(id -u)" != 0 ]; then as_root true || return 1; fi
    say "Installing python3-venv ..."
    as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv' </dev/null >/dev/null 2>&1
}

make_environment() {
    rm -rf "$venv"
    mkdir -p "$share"
    if find_python || { ! has uv && install_python && find_python; }; then
        "$python" -m venv "$venv" || fail "$python could not make a virtual environment in $venv."
    elif has uv; then
        uv venv --quiet --seed --python '>=3.10' "$venv" || fail "uv could not make a virtual environment in $venv."
    else
        fail "no Python 3.10 or newer that can make virtual environments. Mend: sudo apt-get install python3 python3-venv"
    fi
}

# --- install, unless exactly this is installed already

wheel=
for one in "$here"/codespace_tracker-*.whl; do
    [ ! -f "$one" ] || wheel=$one
done
source=${here%/src/codespace_tracker/cli}
[ -n "$wheel" ] || [ -f "$source/pyproject.toml" ] ||
    fail "$here holds no program to install. Mend: run the setup.sh of a checkout of codespace-tracker."

fingerprint() {
    if [ -n "$wheel" ]; then cksum <"$wheel" && return; fi
    (cd "$source" && find src pyproject.toml ghadi.sh -type f ! -name '*.pyc' -exec cksum {} + | LC_ALL=C sort | cksum)
}

install_tracker() {
    wanted=$(fingerprint)
    if [ -x "$venv/bin/codespace-tracker" ] && [ "$(cat "$venv/installed" 2>/dev/null)" = "$wanted" ] &&
        "$venv/bin/codespace-tracker" --version >/dev/null 2>&1; then
        say "Installed: $venv (unchanged)"
        return
    fi
    updated=yes
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_environment
    say "Installing into $venv ..."
    rm -f "$venv/installed"
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    if [ -n "$wheel" ]; then
        program=$wheel
        # pip takes a wheel of the same version for the same program
        pip uninstall --yes codespace-tracker >/dev/null 2>&1 || :
    else
        # built from a copy: the build leaves nothing in your checkout, and a read-only one does
        program=$copy
        (cd "$source" && find src pyproject.toml README.md LICENSE ghadi.sh -type f ! -name '*.pyc' -print0 |
            tar --null --files-from=- -cf -) | tar -C "$copy" -xf -
    fi
    pip install --quiet --upgrade "$program" >"$copy/pip.log" 2>&1 || {
        tail -n 15 "$copy/pip.log" >&2
        fail "pip could not install it (its last lines are above). Mend: look at the network, then run setup.sh again."
    }
    printf '%s\n' "$wanted" >"$venv/installed"
}

pip() { PIP_DISABLE_PIP_VERSION_CHECK=1 "$venv/bin/python" -m pip "$@"; }

link_commands() {
    mkdir -p "$bin"
    for name in codespace-tracker cst ghadi.sh; do
        [ "$(readlink "$bin/$name" 2>/dev/null)" = "$venv/bin/$name" ] && continue
        if [ -e "$bin/$name" ] && [ ! -L "$bin/$name" ]; then
            say "Left alone: $bin/$name is not ours."
            continue
        fi
        ln -sf "$venv/bin/$name" "$bin/$name"
        say "Linked: $bin/$name"
    done
}

# --- healing: what a rebuild of the container took is put back, and nothing else is touched

find_tracker() {
    for tracker in "$bin/codespace-tracker" "$venv/bin/codespace-tracker" "$(command -v codespace-tracker)"; do
        if [ -n "$tracker" ] && "$tracker" --version >/dev/null 2>&1; then return 0; fi
    done
    return 1
}

heal_tracker() {
    if ! find_tracker; then
        lock
        if ! find_tracker; then # nor has another set-up, such as that of dotfiles, put it there meanwhile
            install_tracker
            link_commands
            tracker=$venv/bin/codespace-tracker
        fi
        unlock
    fi
    if [ -f "${XDG_CONFIG_HOME:-$HOME/.config}/codespace-tracker/directory" ]; then
        "$tracker" ensure
    else
        set -- --dir "${here%/*}"
        if [ -e "$here/shell-hook" ]; then "$tracker" init --shell-hook "$@"; else "$tracker" init "$@"; fi
        "$tracker" ensure "$@"
    fi
}

# another setup.sh of this user's goes first
lock() {
    has flock || fail "the program flock is missing. Mend: sudo apt-get install util-linux"
    mkdir -p "$share" "$bin" 2>/dev/null ||
        fail "$HOME cannot be written. Mend: set HOME to a folder that you may write, and run setup.sh again."
    exec 8>"$share/setup.lock"
    flock 8
}

unlock() { exec 8>&-; }

updated=
if [ -n "$heal" ]; then
    heal_tracker
    exit 0
fi
lock
install_tracker
link_commands
unlock

# --- the state directory and the start

tracker=$venv/bin/codespace-tracker
[ -n "$directory" ] || [ -z "$wheel" ] || directory=${here%/*}
set -- init
[ -z "$directory" ] || set -- "$@" --dir "$directory"
[ -z "$timezone" ] || set -- "$@" --timezone "$timezone"
[ -z "$hook" ] || set -- "$@" --shell-hook
"$tracker" "$@" || fail "the set-up is not finished. Run it again when that is mended."
if [ -n "$updated" ]; then set -- restart; else set -- start; fi
[ -z "$directory" ] || set -- "$@" --dir "$directory"
"$tracker" "$@"
if [ -n "$devcontainer" ]; then
    set -- devcontainer
    [ -z "$directory" ] || set -- "$@" --dir "$directory"
    [ -z "$project" ] || set -- "$@" "$project"
    "$tracker" "$@" || fail "all else is set up."
fi
case :$PATH: in
*":$bin:"*) ;;
*)
    new_shell=
    [ -z "$hook" ] || new_shell='open a new shell, or: '
    printf '\n%s is not on your PATH:\n  %sexport PATH="%s:%s"\n' "$bin" "$new_shell" "$bin" "\$PATH"
    ;;
esac
