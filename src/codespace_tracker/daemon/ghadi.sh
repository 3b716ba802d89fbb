#!/bin/sh
# The keeper: keeps the daemon of one state directory running, and knows nothing of what it does.
# usage: ghadi.sh PYTHON DIRECTORY VERSION        (`codespace-tracker ghadi` calls it so)
#
# It holds keeper.lock, so that `ensure` can tell whether it is there. Exit codes of the daemon: 0 ended on purpose,
# 75 start me again at once, 76 another daemon is there; anything else is a crash.

python=$1 directory=$2 version=$3
main=$(dirname "$0")/__main__.py
keeper_lock=$directory/keeper.lock
daemon_lock=$directory/daemon.lock
longest_wait=60

child=      # what this shell waits for
waits=      # what that is, unless it is a daemon of ours: `pause`, or `other`, the end of one that somebody else started
ending=     # the signal that asked us to end
umask 077

namespace=$(readlink /proc/self/ns/pid) || namespace=-  # as machine/lock.py has it

# Only looking at the lock takes it for a moment (the shell hook, `status`): so we ask for a second.
[ -f "$keeper_lock" ] || [ ! -e "$keeper_lock" ] || exit 1
{ exec 9>>"$keeper_lock"; } 2>/dev/null || exit 1
flock -w 1 9 || exit 76
printf '%s %s %s\n' "$$" "$version" "$namespace" >"$keeper_lock"

# whether the daemon that we wait for is in this container: in another one, its number is that of somebody else here
is_here() {
    [ -f "$daemon_lock" ] && read -r pid _ where _ <"$daemon_lock" && [ "$where" = "$namespace" ]
}

forward() {
    ending=$1
    [ -n "$child" ] || return 0
    if [ -z "$waits" ]; then
        kill -s "$1" "$child" 2>/dev/null
    elif [ "$waits" = other ] && is_here; then
        kill -s "$1" "$pid" 2>/dev/null
    else
        kill "$child" 2>/dev/null # not INT: what runs in the background of a shell ignores it
    fi
}

# `wait` returns at once when a signal comes, and the trap runs: a child that takes its time does not hold us up.
trap 'forward TERM' TERM
trap 'forward INT' INT
trap 'forward USR2' USR2
trap : HUP                      # the terminal went away: the clock goes on

wait_for_child() {
    [ -z "$ending" ] || forward "$ending"
    while :; do
        wait "$child"
        code=$?
        kill -0 "$child" 2>/dev/null || break
    done
    child=
}

failures=0
while [ -z "$ending" ]; do
    log=$directory/debug.log
    if [ ! -d "$directory" ] || { [ -e "$log" ] && [ ! -f "$log" ]; }; then log=/dev/null; fi
    began=$(date +%s)
    "$python" -I "$main" "$directory" </dev/null >/dev/null 2>>"$log" 9>&- &
    child=$!
    wait_for_child
    case $code in
    0) exit 0 ;;
    75)
        # The state directory was made anew: so are its locks, and ours is no longer worth anything.
        # shellcheck disable=SC3013  # dash and busybox know -ef, and POSIX has nothing in its place
        [ "$keeper_lock" -ef /proc/self/fd/9 ] || exec /bin/sh "$0" "$@"
        failures=0
        continue
        ;;
    76)
        waits=other
        flock -s "$daemon_lock" true 9>&- &
        child=$!
        wait_for_child
        waits=
        continue
        ;;
    esac
    [ $(($(date +%s) - began)) -le $longest_wait ] || failures=0
    failures=$((failures + 1))
    # 0, 1, 2, 4, ... seconds: one crash costs nothing, a daemon that cannot start does not heat the machine
    if [ $failures -gt 1 ] && [ -z "$ending" ]; then
        pause=$((failures < 8 ? 1 << (failures - 2) : longest_wait))
        waits=pause
        sleep "$pause" 9>&- &
        child=$!
        wait_for_child
        waits=
    fi
done
