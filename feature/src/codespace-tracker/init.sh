# shellcheck shell=sh
# Sourced, as the Feature's entrypoint, by the shell that is PID 1 of the container. At a stop only PID 1 is told: it
# passes TERM on to the keeper of each tracker, and waits until they are gone, so that their sessions end clean. Engines
# kill after 10 seconds: it waits for 9 at most. Until then nothing of this runs, and the container starts as without.
#
# Other Features are sourced by the same shell, before and after. What they have it do at TERM is done too, after ours.

codespace_tracker_share=/usr/local/share/codespace-tracker

codespace_tracker_is() { # keeper|waiter PID
    codespace_tracker_line=
    # The words of a command line are apart by NULs, which `read` leaves out, and no newline ends it.
    { read -r codespace_tracker_line <"/proc/$2/cmdline"; } 2>/dev/null || :
    case $1:$codespace_tracker_line in
    keeper:/bin/sh*/codespace_tracker/daemon/ghadi.sh*) return 0 ;;
    waiter:/bin/sh*/codespace-tracker/end.sh*) return 0 ;;
    esac
    return 1
}

# Sends TERM to each keeper that this user may signal: `codespace_tracker_told` are those.
codespace_tracker_tell() {
    codespace_tracker_told=
    for codespace_tracker_place in /proc/[0-9]*; do
        codespace_tracker_pid=${codespace_tracker_place#/proc/}
        if codespace_tracker_is keeper "$codespace_tracker_pid" && kill -s TERM "$codespace_tracker_pid" 2>/dev/null; then
            codespace_tracker_told="$codespace_tracker_told keeper:$codespace_tracker_pid"
        fi
    done
}

# Where PID 1 is another user than the trackers, end.sh waits at a pipe as theirs, and tells them.
codespace_tracker_tell_waiter() {
    [ -p "$codespace_tracker_share/end" ] || return 0
    for codespace_tracker_place in /proc/[0-9]*; do
        codespace_tracker_pid=${codespace_tracker_place#/proc/}
        if codespace_tracker_is waiter "$codespace_tracker_pid"; then
            codespace_tracker_told="$codespace_tracker_told waiter:$codespace_tracker_pid"
        fi
    done
    # opened to read and write: that waits for nobody
    { echo end 1<>"$codespace_tracker_share/end"; } 2>/dev/null || :
}

codespace_tracker_wait() {
    codespace_tracker_left=90
    for codespace_tracker_one in $codespace_tracker_told; do
        while codespace_tracker_is "${codespace_tracker_one%:*}" "${codespace_tracker_one#*:}" &&
            [ "$codespace_tracker_left" -gt 0 ]; do
            # a PATH may have entries that begin at the current folder, and `sleep` is looked for in it
            (cd / && exec sleep 0.1) || codespace_tracker_left=1
            codespace_tracker_left=$((codespace_tracker_left - 1))
        done
    done
}

codespace_tracker_end() {
    trap : 15 # a second TERM changes nothing, and what the other action starts does not ignore it
    codespace_tracker_tell
    codespace_tracker_tell_waiter
    codespace_tracker_wait
    eval "$codespace_tracker_other"
    exit 0
}

# Puts our end before what this shell does at TERM now. Only `trap` says what that is, and in dash only to the shell
# itself, not to `$(trap)`: it goes through a pipe that this shell both writes and reads. It is the shell that reads what
# `trap` says, as it says it: an alias makes it tell us of each action instead of setting it.
codespace_tracker_chain() {
    codespace_tracker_text=''
    {
        { command trap >/proc/self/fd/8; } 2>/dev/null || :
        while IFS= read -r codespace_tracker_line <&8; do
            [ "$codespace_tracker_line" = - ] && [ -z "$codespace_tracker_text" ] ||
                codespace_tracker_text="$codespace_tracker_text$codespace_tracker_line
"
        done
    } 8<<'PIPE'
-
PIPE
    # what is not understood is left as it is: a mistake in `eval` would end this shell
    (codespace_tracker_read) 2>/dev/null || return 0
    codespace_tracker_read
    [ "$codespace_tracker_found" != codespace_tracker_end ] || return 0
    codespace_tracker_other=$codespace_tracker_found
    # shellcheck disable=SC3049 # that is a function, and no signal
    command trap codespace_tracker_end 15
}

# What the shell does at TERM, from what `trap` says: `codespace_tracker_found`.
codespace_tracker_read() {
    codespace_tracker_found='' codespace_tracker_read=0
    alias trap=codespace_tracker_take
    eval "$codespace_tracker_text"
    alias trap=codespace_tracker_trap
    # without aliases nothing was told, and each trap set again as it was
    [ -z "$codespace_tracker_text" ] || [ "$codespace_tracker_read" = 1 ]
}

codespace_tracker_take() { # -- ACTION SIGNAL
    codespace_tracker_read=1
    case $3 in TERM | SIGTERM) codespace_tracker_found=$2 ;; esac
}

# In place of `trap` in what this shell reads from now on: what comes after us shall not take our place.
codespace_tracker_trap() {
    command trap "$@"
    codespace_tracker_code=$?
    # a subshell has traps of its own
    codespace_tracker_pid=
    { read -r codespace_tracker_pid codespace_tracker_line </proc/self/stat; } 2>/dev/null || :
    [ "$#" = 0 ] || [ "$codespace_tracker_pid" != "$$" ] || codespace_tracker_chain
    return "$codespace_tracker_code"
}

# Where the number of the remote user was changed after the Feature was installed (updateRemoteUserUID), a state directory
# outside of home still has the old one. It is given to the user if install.sh made it, which a file of root's in it
# says (a volume is filled from the image; a folder of the machine is not), and only what has the old number, which no
# user may have now.
codespace_tracker_mend_owner() {
    { IFS=: read -r codespace_tracker_old codespace_tracker_user codespace_tracker_place </etc/codespace-tracker/made; } \
        2>/dev/null || return 0
    codespace_tracker_new=''
    while IFS=: read -r codespace_tracker_name _ codespace_tracker_pid codespace_tracker_group _; do
        [ "$codespace_tracker_pid" != "$codespace_tracker_old" ] || return 0
        [ "$codespace_tracker_name" != "$codespace_tracker_user" ] ||
            codespace_tracker_new=$codespace_tracker_pid:$codespace_tracker_group
    done </etc/passwd
    [ -n "$codespace_tracker_new" ] && [ -d "$codespace_tracker_place" ] && [ ! -L "$codespace_tracker_place" ] ||
        return 0
    [ "$(stat -c %u -- "$codespace_tracker_place")" = "$codespace_tracker_old" ] || return 0
    if [ -O /etc/codespace-tracker/made ]; then # root's, as this shell then is
        [ "$(stat -c %u:%F -- "$codespace_tracker_place/.made-by-feature" 2>/dev/null)" = "0:regular empty file" ] ||
            return 0
        chown -R -h -P --from="$codespace_tracker_old" "$codespace_tracker_new" -- "$codespace_tracker_place" && return
    fi
    echo "codespace-tracker: $codespace_tracker_place belongs to user $codespace_tracker_old, the number that" \
        "$codespace_tracker_user had before updateRemoteUserUID changed it, so the tracker cannot start. Fix: if it is yours," \
        "sudo chown -R -h --from=$codespace_tracker_old $codespace_tracker_new $codespace_tracker_place" >&2
}

# PID 1 itself, or the one program that an init passes the end on to. A container with the machine's own processes in
# sight (--pid=host) has neither: the trackers that it would find are not its own. end.sh only takes the functions.
if { [ "$$" = 1 ] || [ "$PPID" = 1 ]; } && [ -z "${codespace_tracker_is_waiter-}" ]; then
    codespace_tracker_mend_owner
    codespace_tracker_other=
    codespace_tracker_chain
    alias trap=codespace_tracker_trap
fi
