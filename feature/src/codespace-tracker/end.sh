#!/bin/sh
# Where PID 1 is another user than the trackers (containerUser and remoteUser differ), it may not signal them. Then this
# waits as their user, from the start of the container on, for what PID 1 writes to the pipe `end` when it is to stop, and
# tells the trackers. Until then it sleeps: one shell, and nothing that wakes it.
share=/usr/local/share/codespace-tracker
cd /
exec 9<"$share/end.sh"
flock -n 9 || exit 0 # one is enough
# shellcheck disable=SC2034 # init.sh looks at it
codespace_tracker_is_waiter=yes
# shellcheck source=/dev/null
. "$share/init.sh"
read -r _ <"$share/end"
codespace_tracker_tell
codespace_tracker_wait
