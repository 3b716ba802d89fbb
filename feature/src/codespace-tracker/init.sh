# shellcheck shell=sh
# Sourced, as the Feature's entrypoint, by the shell that is PID 1 of the container. At a stop only PID 1 is told: it
# passes TERM on to the keeper of each tracker, and waits until they are gone, so that their sessions end clean. Engines
# kill after 10 seconds: it waits for 9 at most. Until then nothing of this runs, and the container starts as without.

codespace_tracker_is_keeper() { # PID
    codespace_tracker_line=
    # The words of a command line are apart by NULs, which `read` leaves out, and no newline ends it.
    { read -r codespace_tracker_line <"/proc/$1/cmdline"; } 2>/dev/null || :
    case $codespace_tracker_line in
    /bin/sh*/codespace_tracker/daemon/ghadi.sh*) return 0 ;;
    esac
    return 1
}

codespace_tracker_end() {
    trap '' 15
    cd / || exit 0 # a PATH may have entries that begin at the current folder, and `sleep` is looked for in it
    codespace_tracker_told=
    for codespace_tracker_place in /proc/[0-9]*; do
        codespace_tracker_pid=${codespace_tracker_place#/proc/}
        if codespace_tracker_is_keeper "$codespace_tracker_pid" && kill -s TERM "$codespace_tracker_pid" 2>/dev/null; then
            codespace_tracker_told="$codespace_tracker_told $codespace_tracker_pid"
        fi
    done
    codespace_tracker_left=90
    for codespace_tracker_pid in $codespace_tracker_told; do
        while codespace_tracker_is_keeper "$codespace_tracker_pid" && [ "$codespace_tracker_left" -gt 0 ]; do
            sleep 0.1 || codespace_tracker_left=1
            codespace_tracker_left=$((codespace_tracker_left - 1))
        done
    done
    exit 0
}

# PID 1 itself, or the one program that an init passes the end on to. A container with the machine's own processes in
# sight (--pid=host) has neither: the trackers that it would find are not its own.
if [ "$$" = 1 ] || [ "$PPID" = 1 ]; then
    trap codespace_tracker_end 15
fi
