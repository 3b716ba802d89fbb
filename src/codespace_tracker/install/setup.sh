#!/bin/sh
# Installs codespace-tracker for this user, starts it, and has each new shell bring it back: from the checkout that it
# lies in, or from the wheel beside it (`program/` in the state directory, which a rebuild leaves).
set -eu

usage() {
    cat <<'TEXT'
usage: bash setup.sh [--dir DIR] [--timezone NAME] [--no-shell-hook] [--devcontainer[=FOLDER]]

Installs codespace-tracker into its own environment (~/.local/share/codespace-tracker),
links its commands into ~/.local/bin, makes the state directory, and starts the tracker.
Run it again after an update. Running it twice changes nothing.

  --dir DIR         keep the state here, not in the default place
  --timezone NAME   the time zone of "today", such as Asia/Kolkata
                    (without it, you are asked for it if there is a terminal)
  --no-shell-hook   leave the startup files of your shells alone
  --devcontainer    also start it with the container: by a line in the project's devcontainer.json
                    (the project of this codespace, or FOLDER)
  --heal            in the background, install and start it if needed; prints nothing
  --help            show this

codespace-tracker uninstall removes all of it.
TEXT
}

fail() { printf 'setup.sh: %s\n' "$*" >&2; exit 1; }
say() { printf '%s\n' "$*"; }
has() { command -v "$1" >/dev/null 2>&1; }

directory='' timezone='' hook=yes devcontainer='' project='' heal='' called=''
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
    --healing=*) heal=now called=${1#*=} ;; # how --heal calls itself, with the name of its folder
    -h | --help) usage && exit 0 ;;
    *) printf 'setup.sh: there is no option %s\n\n' "$1" >&2 && usage >&2 && exit 2 ;;
    esac
    shift
done

# --- from here on, the folder that it was called in has no influence

origin=$(pwd)
# Until it has left that folder it calls no program: a PATH may have entries that begin there.
case $0 in */*) folder=${0%/*}/ ;; *) folder=. ;; esac
here=${called:-$(CDPATH='' cd -- "$folder" && pwd)}
absolute() { case $1 in '' | /* | \~*) printf '%s' "$1" ;; *) printf '%s/%s' "$origin" "$1" ;; esac }
directory=$(absolute "$directory")
if [ -n "${CODESPACE_TRACKER_DIR:-}" ]; then
    CODESPACE_TRACKER_DIR=$(absolute "$CODESPACE_TRACKER_DIR")
    export CODESPACE_TRACKER_DIR
fi
case ${TMPDIR:-} in /*) ;; *) unset TMPDIR ;; esac
umask go-w
# It stays in its own folder, and installs what it checked there even if folders above are renamed.
CDPATH='' cd -P -- "$folder"

# Runs a program without the variables that would have Python run something else, or pip install something else or to
# another place. (Where pip downloads from is the user's to say.) The tracker keeps them, for scripts of triggers.
apart() {
    (
        for name in $(env | sed -n 's/^\(PYTHON[A-Z0-9_]*\)=.*/\1/p'); do unset "$name"; done
        unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_PYTHON PIP_REQUIREMENT PIP_EDITABLE
        case ${PIP_CONFIG_FILE:-} in /*) ;; *) unset PIP_CONFIG_FILE ;; esac
        "$@"
    )
}

wheel=
for one in codespace_tracker-*.whl; do
    [ ! -f "$one" ] || wheel=$one
done
source=${here%/src/codespace_tracker/install}

# Whether the copy in a state directory is this user's alone: that directory, which must be closed to others, program/,
# and what runs from there.
is_ours_alone() {
    [ "$(find .. . setup.sh "$wheel" -prune ! -type l -user "$(id -u)" ! -perm /22 | wc -l)" = 4 ] &&
        [ "$(find .. -prune ! -perm /77)" ]
}

if [ "$heal" = begin ]; then
    # Every start of a container and shells call it: it never delays them and never fails.
    if [ -n "$wheel" ] && [ -n "${HOME:-}" ] && is_ours_alone; then
        if [ -L heal.lock ] || { [ -e heal.lock ] && [ ! -f heal.lock ]; }; then rm -f heal.lock; fi
        [ -e heal.lock ] || (umask 077 && set -C && : >heal.lock) 2>/dev/null || :
        setsid -f flock -n -o heal.lock /bin/sh ./setup.sh "--healing=$here" </dev/null >/dev/null 2>&1 || :
    fi
    exit 0
fi
case ${HOME:-} in
/*) ;;
*) fail "HOME is not set. Fix: run it as a user who has a home directory." ;;
esac
if [ "$(id -u)" = 0 ]; then # as with `sudo -E`: root would run what that user put there
    for place in "$HOME" "${XDG_DATA_HOME:-}"; do
        # shellcheck disable=SC3067  # dash and busybox know -O, and POSIX has nothing in its place
        if [ -e "$place" ] && [ ! -O "$place" ]; then
            fail "you are root, and $place belongs to another user. Fix: run it as that user, or with root's home (sudo -H)."
        fi
    done
fi
if [ -n "$heal" ]; then
    # Made under another name: a link in its place is replaced, and not followed.
    log=$(mktemp heal.log.XXXXXX)
    exec >"$log" 2>&1
    mv -fT "$log" heal.log
    unset PYTHONPATH PYTHONHOME # as in the shell hook: the command may be one that pip made
fi
if [ -n "$wheel" ]; then
    is_ours_alone || fail "$here, the folder above or a file in it belongs to another user, is a link, or can be" \
        "written by others. Fix: \`ls -la\` shows which; or run the setup.sh of a checkout of codespace-tracker."
elif [ -f "$source/pyproject.toml" ]; then
    cd /
else
    fail "$here holds no program to install. Fix: run the setup.sh of a checkout of codespace-tracker."
fi
case ${XDG_DATA_HOME:-} in
/*) share=$XDG_DATA_HOME/codespace-tracker ;;
*) share=$HOME/.local/share/codespace-tracker ;;
esac
venv=$share/venv fresh=$share/venv.new old=$share/venv.old
bin=$HOME/.local/bin
patience=600 # seconds: an installation over a slow network takes minutes
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
    [ "$(id -u)" = 0 ] && by='' || by=' through sudo'
    say "There is no Python 3.10 or newer here that can make virtual environments, which the tracker needs."
    say "Installing python3-venv with apt-get$by (uninstall leaves it) ..."
    apart as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv' </dev/null >/dev/null 2>&1
}

# An environment without pip. Where only uv is there, $pip is a folder with pip.
make_environment() {
    pip=
    if ! find_python && { has uv || ! install_python || ! find_python; }; then
        has uv || fail "no Python 3.10 or newer that can make virtual environments. Fix: sudo apt-get install python3 python3-venv"
        # it reads uv.toml, pyproject.toml and .python-version of the current folder and of those above it
        (cd / && apart uv venv --quiet --seed --python '>=3.10' "$share/uv") || fail "uv could not make a virtual environment in $share/uv."
        python=$share/uv/bin/python
        for pip in "$share"/uv/lib/python3*/site-packages; do :; done
    fi
    apart "$python" -I -m venv --without-pip "$fresh" || fail "$python could not make a virtual environment in $fresh."
}

# --- install, unless exactly this is installed already

# The program that fills the environment, from the checkout or from within the wheel.
fill='import sys; sys.path.append(sys.argv[1]); from codespace_tracker.install.environment import main; main(*sys.argv[1:])'

fingerprint() {
    if [ -n "$wheel" ]; then cksum <"$wheel" && return; fi
    (cd "$source" && find src pyproject.toml ghadi.sh -name __pycache__ -prune -o -type f -exec cksum {} + | LC_ALL=C sort | cksum)
}

install_tracker() {
    wanted=$(fingerprint)
    # of a set-up that was cut off: between its two names, the one before has only its old name
    if [ ! -e "$venv" ] && [ -d "$old" ]; then mv -T "$old" "$venv"; fi
    rm -rf "$fresh" "$old" "$share/uv"
    if [ -x "$venv/bin/codespace-tracker" ] && [ "$(cat "$venv/installed" 2>/dev/null)" = "$wanted" ] &&
        "$venv/bin/codespace-tracker" --version >/dev/null 2>&1; then
        say "Installed: $venv (unchanged)"
        return
    fi
    say "Installing into $venv ..."
    make_environment
    if [ -n "$wheel" ]; then program=./$wheel; else program=$source/src; fi
    apart "$fresh/bin/python" -I -B -c "$fill" "$program" "$venv" "$pip" >"$fresh/pip.log" 2>&1 || {
        tail -n 15 "$fresh/pip.log" >&2
        rm -rf "$fresh" "$share/uv"
        fail "pip could not install it (its last lines are above). Fix: check the network and the disk, then run setup.sh again."
    }
    put_launcher
    rm -rf "$share/uv" "$fresh/pip.log"
    printf '%s\n' "$wanted" >"$fresh/installed"
    : >"$fresh/restart" # there until the tracker runs from it
    # The one before stays whole until now: no set-up that fails takes it away.
    if [ -e "$venv" ] || [ -L "$venv" ]; then mv -T "$venv" "$old"; fi
    mv -T "$fresh" "$venv"
    rm -rf "$old"
}

# A text within single quotes.
quoted() { printf '%s' "$1" | sed "s/'/'\\\\''/g"; }

# In place of the commands that pip made: -I keeps Python from the current folder, from PYTHONPATH and its other
# variables, and from packages of the user's. The variables themselves stay, for the scripts of triggers.
# -S and -c spare `status` the modules `site` and `runpy`: cli/frame.py has `site` for all other commands.
put_launcher() {
    set -- "$fresh"/lib/python3*/site-packages
    interpreter=$(quoted "$venv/bin/python") packages=$(quoted "$venv${1#"$fresh"}")
    for name in codespace-tracker cst; do
        rm -f "$fresh/bin/$name"
        printf "#!/bin/sh\nexec '%s' -I -S -c '%s' '%s' \"\$@\"\n" "$interpreter" \
            'import sys; sys.path.append(sys.argv.pop(1)); from codespace_tracker.cli import main; main()' \
            "$packages" >"$fresh/bin/$name"
        chmod 755 "$fresh/bin/$name"
    done
}

# Whether a command runs codespace-tracker. However it was installed, it names the package.
runs_us() { [ -f "$1" ] && grep -q codespace_tracker "$1" 2>/dev/null; }

# The first command of that name on the PATH that is another program's.
find_other() {
    (
        IFS=:
        set -f
        for place in $PATH; do
            case $place in /*) ;; *) continue ;; esac # not what begins at the current folder
            if [ -f "$place/$1" ] && [ -x "$place/$1" ] && ! runs_us "$place/$1"; then
                printf '%s\n' "$place/$1"
                break
            fi
        done
    )
}

link_commands() {
    for name in codespace-tracker cst ghadi.sh; do
        case $(readlink "$bin/$name" || :) in
        "$venv/bin/$name") continue ;;
        */codespace-tracker/venv/bin/"$name") ;; # ours, from when XDG_DATA_HOME was another
        *)
            other=$(find_other "$name")
            if [ -e "$bin/$name" ] || [ -L "$bin/$name" ]; then other=$bin/$name; fi
            if [ -n "$other" ]; then
                say "Not replaced: $other was not made by setup.sh. The command is $venv/bin/$name."
                continue
            fi
            ;;
        esac
        ln -sfn "$venv/bin/$name" "$bin/$name"
        say "Linked: $bin/$name"
    done
}

# --- healing: what a rebuild of the container took is put back, and nothing else is touched

find_tracker() {
    for tracker in "$bin/codespace-tracker" "$venv/bin/codespace-tracker" "$(command -v codespace-tracker)"; do
        case $tracker in
        /*) if runs_us "$tracker" && "$tracker" --version >/dev/null 2>&1; then return 0; fi ;;
        esac
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
    case ${XDG_CONFIG_HOME:-} in /*) config=$XDG_CONFIG_HOME ;; *) config=$HOME/.config ;; esac
    if [ -f "$config/codespace-tracker/directory" ]; then
        "$tracker" ensure
    else
        set -- --dir "${here%/*}"
        if [ -f shell-hook ]; then "$tracker" init --shell-hook "$@"; else "$tracker" init "$@"; fi
        "$tracker" ensure "$@"
    fi
}

# Makes a folder and those above it that are missing, each with a mode: where a folder above has a default access list,
# the umask does not count, and everybody could write them.
make_folder() { # MODE PATH
    [ -d "${2:-/}" ] || { make_folder 755 "${2%/*}" && { mkdir -m "$1" -- "$2" 2>/dev/null || [ -d "$2" ]; }; }
}

# The programs in $share run as this user, so no other user may be able to change them.
make_places() {
    { make_folder 700 "$share" && make_folder 755 "$bin"; } ||
        fail "$HOME cannot be written. Fix: set HOME to a folder that you may write, and run setup.sh again."
    for follow in -P -H; do # a link in its place, and what it leads to
        [ -n "$(find $follow "$share" -prune -user "$(id -u)")" ] ||
            fail "$share belongs to another user. Fix: move it away, and run setup.sh again."
    done
    [ -z "$(find -H "$share" -prune -perm /22)" ] || was_open=yes
    chmod 700 "$share"
}

# waits for another setup.sh of the same user
lock() {
    has flock || fail "the program flock is missing. Fix: sudo apt-get install util-linux"
    was_open=
    make_places
    [ ! -L "$share/setup.lock" ] || rm -f "$share/setup.lock"
    while :; do
        # others must not even be able to open it: any lock that they took would hold us up
        (umask 077 && : >>"$share/setup.lock") && chmod 600 "$share/setup.lock"
        exec 8<"$share/setup.lock"
        if ! flock -n 8; then
            say "Waiting for another setup.sh or uninstall ..."
            flock -w $patience 8 || fail "another program has held $share/setup.lock for $patience seconds." \
                "Fix: find it with \`lslocks\`, end it, and run setup.sh again."
        fi
        # an uninstall deletes it: then the lock is no longer worth anything
        # shellcheck disable=SC3013  # dash and busybox know -ef, and POSIX has nothing in its place
        [ ! "$share/setup.lock" -ef /proc/self/fd/8 ] || break
        make_places
    done
    [ -z "$was_open" ] || rm -rf "$venv" # others could have changed what is in it
}

unlock() { exec 8>&-; }

# --- the time zone, asked for before the wait where init would ask for it after

# Whether it is not known yet: no state directory was recorded, and none lies where one would.
knows_no_time_zone() {
    case ${XDG_CONFIG_HOME:-} in /*) config=$XDG_CONFIG_HOME ;; *) config=$HOME/.config ;; esac
    [ ! -e "$config/codespace-tracker/directory" ] && [ ! -e /etc/codespace-tracker/directory ] || return 1
    for place in "$directory" "${CODESPACE_TRACKER_DIR:-}" /workspaces/.codespace-tracker "$HOME/.codespace-tracker"; do
        [ -z "$place" ] || [ ! -e "$place/config.toml" ] || return 1
    done
}

zones=/usr/share/zoneinfo

# The system's time zone for what was typed: its full name or only the city, in upper or lower case.
find_zone() {
    if [ -f "$zones/$1" ]; then printf '%s\n' "$1" && return; fi
    case $1 in '' | *[!A-Za-z0-9/_+-]*) return ;; esac
    (cd "$zones" && find . -mindepth 1 \( -path ./posix -o -path ./right \) -prune -o ! -type d \
        \( -ipath "./$1" -o -ipath "./*/$1" \) -print | LC_ALL=C sort | sed -n '1s|^\./||p')
}

ask_time_zone() {
    zone=$(readlink -f /etc/localtime || :)
    case $zone in */zoneinfo/*) zone=${zone#*/zoneinfo/} ;; *) zone=UTC ;; esac
    zone=${TZ:-${zone#Etc/}}
    if [ -d "$zones" ]; then zone=$(find_zone "$zone"); fi
    zone=${zone:-UTC}
    while [ -z "$timezone" ]; do
        printf 'Your time zone, such as Asia/Kolkata [%s]: ' "$zone"
        read -r answer || answer=
        # Without a database to look into, init says what is wrong with a name.
        if [ ! -d "$zones" ]; then timezone=${answer:-$zone}; else timezone=$(find_zone "${answer:-$zone}"); fi
        if [ -z "$timezone" ]; then
            say "There is no time zone \"$answer\". Write a continent and a city, as in Europe/Berlin, or a city alone."
        elif [ -n "$answer" ] && [ "$timezone" != "$answer" ]; then
            say "Time zone: $timezone"
        fi
    done
}

if [ -n "$heal" ]; then
    heal_tracker
    exit 0
fi
if [ -z "$timezone" ] && [ -t 0 ] && [ -t 1 ] && knows_no_time_zone; then ask_time_zone; fi
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
CODESPACE_TRACKER_BY_SETUP=1 "$tracker" "$@" || fail "the set-up is not finished." \
    "Fix: correct the problem above, then run setup.sh again."
if [ -e "$venv/restart" ]; then set -- restart; else set -- start; fi
[ -z "$directory" ] || set -- "$@" --dir "$directory"
"$tracker" "$@"
rm -f "$venv/restart"
if [ -n "$devcontainer" ]; then
    set -- devcontainer
    [ -z "$directory" ] || set -- "$@" --dir "$directory"
    [ -z "$project" ] || set -- "$@" "$project"
    (cd "$origin" && "$tracker" "$@") || fail "everything else is set up."
fi
case :$PATH: in
*":$bin:"*) ;;
*)
    new_shell=
    [ -z "$hook" ] || new_shell='open a new shell, or: '
    printf '\n%s is not on your PATH:\n  %sexport PATH="%s:%s"\n' "$bin" "$new_shell" "$bin" "\$PATH"
    ;;
esac
