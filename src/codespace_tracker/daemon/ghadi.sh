#!/bin/sh
# The keeper: keeps the daemon of one state directory running, and knows nothing of what it does.
# usage: ghadi.sh PYTHON DIRECTORY VERSION        (`codespace-tracker ghadi` calls it so, in the directory)
#
# It holds keeper.lock, so that `ensure` can tell whether it is there. Exit codes of the daemon: 0 ended on purpose,
# 75 start me again at once, 76 another daemon is there, 77 enter the directory at the path; anything else is a crash.

python=$1 directory=$2 version=$3
main=$(dirname "$0")/__main__.py
keeper_lock=keeper.lock # relative to the directory that was entered, also if another takes its path
daemon_lock=daemon.lock
longest_wait=60

child=      # what this shell waits for
waits=      # what that is: `daemon`, `other` (a daemon that another process started) or `pause`
ending=     # the signal that asked us to end
told=       # the same, once a daemon was started with it: that daemon is the last one
umask 077

namespace=- boot=-

# Whether the daemon that holds the lock is in this container and on this machine: elsewhere, its number is that of some
# other process here. Every machine's first PID namespace has the same name, so the boot id counts too; 0.1.0 said none.
is_here() {
    [ -f "$daemon_lock" ] && read -r pid _ where _ machine _ <"$daemon_lock" || return 1
    [ "$where" = "$namespace" ] || return 1
    case $boot in "${machine:-$boot}" | -) ;; *) [ "$machine" = - ] ;; esac
}

# whether our daemon holds the lock: only then is it sure to hear a signal
listens() {
    is_here && [ "$pid" = "$child" ] || return 1
    flock -n -s "$daemon_lock" true 9>&-
    [ $? = 1 ]
}

# A daemon that only just starts would die of the signal, or lose it: it is ended, and the next one is told.
forward() {
    ending=$1
    [ -n "$child" ] || return 0
    case $waits in
    daemon) if listens; then kill -s "$1" "$child"; elif [ -z "$told" ]; then kill -s KILL "$child"; fi ;;
    # KILL, not the signal: what waits may have been started by a shell that ignores it
    other) if is_here; then kill -s "$1" "$pid"; else kill -s KILL "$child"; fi ;;
    pause) kill -s KILL "$child" ;;
    esac 2>/dev/null
}

# `wait` returns at once when a signal comes, and the trap runs: a child that takes its time does not hold us up.
trap 'forward TERM' TERM
trap 'forward INT' INT
trap 'forward USR2' USR2
trap : HUP                      # the terminal went away: the clock goes on

namespace=$(readlink /proc/self/ns/pid) || namespace=-  # as in machine/lock.py
{ read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || boot=-

# Another user's directory is not entered: nothing in it is written or trusted.
enter() {
    # shellcheck disable=SC3067  # dash and busybox know -O, and POSIX has nothing in its place
    if [ -O "$directory" ] && cd -- "$directory" 2>/dev/null; then
        [ -O . ] && return
        cd / || exit 1
    fi
    return 1
}

# It stays where it is until that directory is deleted: others may have put another one at the path.
stay() {
    # shellcheck disable=SC3013  # dash and busybox know -ef, and POSIX has nothing in its place
    [ -e "$keeper_lock" ] || { [ ! . -ef / ] && [ -n "$(find . -prune ! -links 0 2>/dev/null)" ]; } || enter
}

fail() {
    printf 'The keeper stops: %s.\n' "$1" >&2
    exit 1
}

# Only looking at the lock takes it for a moment (the shell hook, `status`): so we ask for a second, and once more if
# the signal that asks us to end hit what asks. The shell hook knows a keeper by its number and descriptor 9.
take_lock() {
    [ ! -L "$keeper_lock" ] || fail "$keeper_lock is a link, but must be a file: move it away"
    [ -f "$keeper_lock" ] || [ ! -e "$keeper_lock" ] || fail "$keeper_lock is no file: move it away"
    { exec 9>>"$keeper_lock"; } 2>/dev/null || fail "$keeper_lock cannot be opened: look at its permissions"
    flock -w 1 9 || { [ -n "$ending" ] && flock -w 1 9; } || exit 76
    printf '%s %s %s - %s\n' "$$" "$version" "$namespace" "$boot" >"$keeper_lock"
}

wait_for_child() {
    waits=$1
    child=$!
    [ -z "$ending" ] || forward "$ending"
    while :; do
        wait "$child"
        code=$?
        kill -0 "$child" 2>/dev/null || break
    done
    child=
}

# shellcheck disable=SC3067
[ -O . ] || fail "it was started in a directory that belongs to another user"
take_lock
failures=0
while [ -z "$told" ]; do
    told=$ending
    [ -z "$told" ] || trap '' TERM INT USR2  # it inherits that: no further signal hits it before it listens
    log=debug.log
    if ! stay || [ -L "$log" ] || { [ -e "$log" ] && [ ! -f "$log" ]; }; then log=/dev/null; fi
    began=$(date +%s)
    "$python" -I "$main" "$directory" ${told:+--heard "$told"} </dev/null >/dev/null 2>>"$log" 9>&- &
    wait_for_child daemon
    case $code in
    0) exit 0 ;;
    75 | 77)
        # If the state directory was made again, so were its locks, and ours no longer counts.
        if [ "$code" = 77 ]; then enter; else stay; fi
        # shellcheck disable=SC3013  # dash and busybox know -ef, and POSIX has nothing in its place
        [ "$keeper_lock" -ef /proc/self/fd/9 ] || take_lock
        failures=0
        continue
        ;;
    76)
        flock -s "$daemon_lock" true 9>&- &
        wait_for_child other
        continue
        ;;
    esac
    [ $(($(date +%s) - ${began:-0})) -le $longest_wait ] || failures=0
    failures=$((failures + 1))
    # 0, 1, 2, 4, ... seconds: one crash costs nothing, a daemon that cannot start does not heat the machine
    if [ $failures -gt 1 ] && [ -z "$ending" ]; then
        pause=$((failures < 8 ? 1 << (failures - 2) : longest_wait))
        sleep "$pause" 9>&- &
        wait_for_child pause
    fi
done
