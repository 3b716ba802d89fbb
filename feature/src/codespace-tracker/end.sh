#!/bin/sh
# Where PID 1 is another user than the trackers (containerUser and remoteUser differ), it may not signal them. Then this
# waits as their user, from the start of the container on, for what PID 1 writes to the pipe `end` when it is to stop, and
# tells the trackers. Until then it sleeps: one shell, and nothing that wakes it.
share=/usr/local/share/codespace-tracker
cd /
# shellcheck disable=SC2034 # init.sh looks at it
codespace_tracker_is_waiter=yes
# shellcheck source=/dev/null
. "$share/init.sh"
# One is enough. There is no lock, as other users could hold it: what counts are the processes of this user. If two start
# at once, the smaller number stays.
for place in /proc/[0-9]*; do
    pid=${place#/proc/}
    if [ "$pid" -lt "$$" ] && [ -O "$place" ] && codespace_tracker_is waiter "$pid"; then exit 0; fi
done
# Where another user reads the word away from us, the pipe's end is seen instead: that is as good.
read -r _ <"$share/end"
codespace_tracker_tell
codespace_tracker_wait
