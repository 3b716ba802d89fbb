#!/bin/sh
# In a time namespace that is set back, a process that is older than its zero started in the year 2611.
#
# `unshare --time --boottime=-N` shifts what /proc/PID/stat says of the start, too. For a process that started less than
# N seconds after boot, such as PID 1, field 22 is below zero, and the kernel prints it as an unsigned number: 1844674…
# ticks, 584 years. procps' `ps` takes that as it is. CRIU restores a process into such a namespace by itself, so this
# is met without asking for it.
#
# Needs: root, unshare of util-linux 2.36 or newer, a kernel with time namespaces, procps. Seen with Linux 6.18,
# util-linux 2.38.1, procps-ng 4.0.2.
set -eu
printf 'Linux %s, %s, %s\n' "$(uname -r | cut -d- -f1)" "$(unshare --version)" "$(ps --version)"
uptime=$(cut -d. -f1 /proc/uptime)
start=$(sed 's/.*) //' /proc/1/stat | cut -d' ' -f20)
back=$((start / $(getconf CLK_TCK) + 60))
if [ "$back" -ge "$uptime" ]; then
    echo "this machine or container is too young: try again in two minutes" >&2
    exit 1
fi
inside=$(unshare --time --boottime=-$back --monotonic=-$back --fork sh -c \
    "sed 's/.*) //' /proc/1/stat | cut -d' ' -f20; LC_ALL=C ps -o lstart= -p 1")
ticks=$(echo "$inside" | head -n 1)
year=$(echo "$inside" | tail -n 1 | awk '{ print $5 }')
printf 'PID 1 started at tick %s; seen from %s s back: tick %s, year %s\n' "$start" "$back" "$ticks" "$year"
case $ticks in
1844674*) [ "$year" -gt 2500 ] && echo "as seen: the number wraps, and ps believes it" && exit 0 ;;
esac
echo "CHANGED: this is not what was seen" >&2
exit 1
