#!/bin/sh
# Installs codespace-tracker into the image of a dev container: run as root, with the Feature's options as variables.
# It gets an environment of its own; the user's Python is not touched. What the options say is written to
# /etc/codespace-tracker, beneath each user's own settings.
set -eu
umask 022

version=${VERSION:-latest} plan=${PLAN:-} time_zone=${TIMEZONE:-} state=${STATEDIRECTORY:-} hook=${SHELLHOOK:-true}
user=${_REMOTE_USER:-root} home=${_REMOTE_USER_HOME:-/root} first=${_CONTAINER_USER:-root}
# Until it has left the folder that it was called in it calls no program: a PATH may have entries that begin there.
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
here=$(CDPATH='' cd -- "$here/" && pwd)
cd /
case ${TMPDIR:-} in /*) ;; *) unset TMPDIR ;; esac
share=/usr/local/share/codespace-tracker
venv=$share/venv
bin=/usr/local/bin
etc=/etc/codespace-tracker
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# No variable of Python's or pip's may say what is run or where it goes. (Where pip downloads from is the image's to say.)
for name in $(env | sed -n 's/^\(PYTHON[A-Z0-9_]*\)=.*/\1/p'); do unset "$name"; done
unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_PYTHON PIP_REQUIREMENT PIP_EDITABLE
case ${PIP_CONFIG_FILE:-} in /*) ;; *) unset PIP_CONFIG_FILE ;; esac

say() { printf 'codespace-tracker: %s\n' "$*"; }
fail() { printf 'codespace-tracker: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Runs a command, and shows the end of what it said if it fails.
quietly() { "$@" >"$log" 2>&1 </dev/null || { tail -n 15 "$log" >&2; return 1; }; }

# --- what the options ask for

check_options() {
    [ "$(id -u)" = 0 ] || fail "install.sh needs root. Fix: let the dev container's tools run it."
    case $version in
    latest)
        # A published Feature brings the wheel that it was published with.
        set -- "$here"/codespace_tracker-*.whl
        if [ -f "$1" ]; then wanted=$1; else wanted=codespace-tracker; fi
        ;;
    *.whl)
        case $version in /*) wanted=$version ;; *) wanted=$here/$version ;; esac
        [ -f "$wanted" ] || fail "the option version: there is no file $wanted. Fix: name a wheel that is in the image, or in the Feature's folder."
        ;;
    [0-9]* | v[0-9]*) wanted=codespace-tracker==${version#v} ;;
    *) fail "the option version: \"$version\" is no version. Fix: \"latest\", a version such as \"0.1.0\", or the path of a wheel." ;;
    esac
    case $state in
    *[[:cntrl:]]*) fail "the option stateDirectory: it holds a control character. Fix: name an ordinary path on one line." ;;
    '' | /?* | \~/?*) ;;
    *) fail "the option stateDirectory: \"$state\" is no absolute path. Fix: begin it with / or ~/." ;;
    esac
}

# --- a Python that is new enough, and can make virtual environments

find_python() {
    for python in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
        # ensurepip is what Debian leaves out of python3 and puts into python3-venv
        if has "$python" && "$python" -I -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
            return 0
        fi
    done
    return 1
}

install_packages() {
    has apt-get || fail "there is no Python 3.10 or newer here that can make virtual environments, and no apt-get to install one. Fix: use a base of Debian or Ubuntu."
    say "installing $* ..."
    lists=$(find /var/lib/apt/lists -maxdepth 1 -type f ! -name lock 2>/dev/null | head -n 1)
    quietly apt-get update || fail "apt-get could not be updated (its last lines are above). Fix: look at the network, and build again."
    quietly env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" ||
        fail "apt-get could not install $* (its last lines are above). Fix: look at the network, and build again."
    [ -n "$lists" ] || rm -rf /var/lib/apt/lists/*
}

need_python() {
    find_python && return
    install_packages python3 python3-venv
    find_python || fail "the newest Python of this base is $(/usr/bin/python3 -V 2>&1 | cut -d ' ' -f 2), and 3.10 is needed. Fix: use a base of Debian 12, of Ubuntu 22.04, or newer."
}

# --- the program

# What has the name of a command of ours already: anything in our folder, or another program on the PATH.
find_other() {
    [ "$(readlink "$bin/$1")" != "$venv/bin/$1" ] || return 0
    if [ -e "$bin/$1" ] || [ -L "$bin/$1" ]; then printf '%s\n' "$bin/$1" && return; fi
    (
        IFS=:
        set -f
        for place in $PATH; do
            case $place in /*) ;; *) continue ;; esac # not what begins at the current folder
            if [ -f "$place/$1" ] && [ -x "$place/$1" ] && ! grep -q codespace_tracker "$place/$1"; then
                printf '%s\n' "$place/$1"
                break
            fi
        done
    )
}

run_pip='import runpy, sys; sys.path.append(sys.argv.pop(1)); runpy.run_module("pip", run_name="__main__", alter_sys=True)'

install_tracker() {
    rm -rf "$share"
    mkdir -p "$share" "$bin"
    # pip comes from an environment beside it, and does not stay
    { quietly "$python" -I -m venv --without-pip "$venv" && quietly "$python" -I -m venv "$share/pip"; } ||
        fail "$python could not make a virtual environment in $venv."
    say "installing ${wanted##*/} into $venv ..."
    set -- "$share"/pip/lib/python3*/site-packages
    quietly "$venv/bin/python" -I -c "$run_pip" "$1" install --disable-pip-version-check --no-cache-dir "$wanted" ||
        fail "pip could not install ${wanted##*/} (its last lines are above). Fix: look at the option version and at the network."
    rm -rf "$share/pip"
    put_launcher
    put_bundles
    for name in codespace-tracker cst ghadi.sh; do
        other=$(find_other "$name")
        if [ -n "$other" ]; then
            say "left alone: $other was not made by this Feature. Ours is $venv/bin/$name."
        else
            ln -sfn "$venv/bin/$name" "$bin/$name"
        fi
    done
    install -m 644 "$here/init.sh" "$here/end.sh" "$share"
    if [ "$hook" = false ]; then hook=no; else hook=yes; fi
    sed "s/^hook=[a-z]*/hook=$hook/" "$here/post-start.sh" >"$share/post-start.sh"
    chmod 755 "$share/post-start.sh"
}

# In place of the commands that pip made: -I keeps Python from the current folder, from PYTHONPATH and its other
# variables, and from packages of the user's. 0.1.0 cannot be called like that, and keeps pip's.
# -S and -c spare `status` the modules `site` and `runpy`: cli/frame.py has `site` for all other commands.
put_launcher() {
    set -- "$venv"/lib/python3*/site-packages/codespace_tracker/cli/frame.py
    [ -f "$1" ] || return 0
    for name in codespace-tracker cst; do
        printf '#!/bin/sh\nexec %s -I -S -c "%s" %s "$@"\n' "$venv/bin/python" \
            'import sys; sys.path.append(sys.argv.pop(1)); from codespace_tracker.cli import main; main()' \
            "${1%/codespace_tracker/*}" >"$share/launcher"
        chmod 755 "$share/launcher"
        mv -f "$share/launcher" "$venv/bin/$name"
    done
}

# What an answer imports, in one file each (cli/bundle.py). It works without them too.
put_bundles() {
    set -- "$venv"/lib/python3*/site-packages/codespace_tracker/cli/bundle.py
    [ -f "$1" ] || return 0
    "$venv/bin/python" -I -S -B -c \
        'import sys; sys.path.append(sys.argv[1]); from codespace_tracker.cli import bundle; bundle.write()' \
        "${1%/codespace_tracker/*}" || :
}

# --- the settings beneath those of each user

toml_text() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }

write_settings() {
    mkdir -p "$etc"
    {
        echo "# Settings of codespace-tracker for this container, made from the options of its dev container Feature."
        echo "# What you set in the config.toml of the state directory holds over them."
        [ -z "$time_zone" ] || echo "time_zone = $(toml_text "$time_zone")"
        case $plan in
        '') ;;
        *[!0-9.]*) echo "plan = $(toml_text "$plan")" ;;
        *) echo "plan = $plan" ;;
        esac
    } >"$etc/config.toml"
    "$venv/bin/python" -I - "$etc/config.toml" <<'PYTHON' >"$log" 2>&1 || fail "an option is not as it must be: $(tail -n 1 "$log")"
import sys
from codespace_tracker.config.settings import settings_from
with open(sys.argv[1]) as file:
    problems = settings_from(file.read())[1]
sys.exit(" ".join(f"{one.key}: {one.message} Fix: {one.mend}" for one in problems) if problems else 0)
PYTHON
    rm -f "$etc/directory" "$etc/made"
    [ -z "$state" ] || printf '%s\n' "$state" >"$etc/directory"
}

# The pipe that end.sh waits at, where PID 1 will be a user who may not signal the tracker. Only that one may write to it.
make_pipe() {
    [ "$first" != root ] && [ "$first" != "$user" ] && id "$first" >/dev/null 2>&1 || return 0
    { mkfifo "$share/end" && chown "$first:" "$share/end"; } || fail "the pipe $share/end could not be made."
}

# The user's number may be changed after this: init.sh goes by these two files, and gives the directory to the user again.
note_state_directory() {
    : >"$state/.made-by-feature" && chmod 444 -- "$state/.made-by-feature" &&
        printf '%s:%s:%s\n' "$(id -u "$user")" "$user" "$state" >"$etc/made"
}

# The state directory itself, where the image can hold it: a volume that is mounted there takes over whose it is. The user
# makes it, and the folders above it, wherever the user can: root's folders in a home would be in the way of all else.
make_state_directory() {
    id "$user" >/dev/null 2>&1 || return 0 # a Feature that comes later makes the user
    case $state in
    '' | /workspaces | /workspaces/*) return 0 ;; # hidden by what is mounted there
    \~/*) place=$home/${state#??} ;;
    *) place=$state ;;
    esac
    [ ! -d "$place" ] || return 0
    # shellcheck disable=SC2174  # the folders above are for all to enter
    case $state in
    \~/*) runuser -u "$user" -- mkdir -p -m 700 -- "$place" 2>/dev/null && return 0 ;;
    *)
        { runuser -u "$user" -- mkdir -p -m 700 -- "$place" 2>/dev/null ||
            { mkdir -p -m 700 -- "$place" && chown -h "$user:" -- "$place"; }; } && note_state_directory && return 0
        ;;
    esac
    fail "the option stateDirectory: $state could not be made. Fix: name a folder that $user can make, or an absolute path."
}

check_options
if ! has flock || ! has setsid; then install_packages util-linux; fi
need_python
install_tracker
make_pipe
write_settings
make_state_directory
say "installed: $("$venv/bin/codespace-tracker" --version)"
