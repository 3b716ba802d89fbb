#!/bin/sh
# In a container with lxcfs 5.0.3, /proc/uptime and /proc/stat contradict each other, and `ps` shows nonsense.
#
# lxcfs serves a container's own age as /proc/uptime, but `btime` of /proc/stat stays the host's, and so does the start
# time in /proc/PID/stat, which counts from the host's boot. What a program computes as "uptime minus start time" is
# negative by the age of the host, and `ps -o etime` prints an absurd age. "btime plus start time" is right.
#
# Needs: root, /dev/fuse, libfuse3 (Debian 12), unshare, procps, network; a machine that has been up for a minute. The
# package lxcfs 5.0.3-1+deb12u1 is unpacked, not installed.
set -eu
folder=$(mktemp -d)
server=
clean() {
    [ -z "$server" ] || kill "$server"
    sleep 0.5
    umount -l "$folder/lxcfs" 2>/dev/null || :
    rm -rf "$folder"/*.deb "$folder/program"
    rmdir "$folder/lxcfs" "$folder"
}
trap clean EXIT
cd "$folder"
apt-get download -q lxcfs=5.0.3-1+deb12u1 >/dev/null 2>&1
dpkg -x lxcfs_*.deb program
mkdir lxcfs
library=$folder/program/usr/lib/x86_64-linux-gnu/lxcfs
printf 'lxcfs %s\n' "$(LD_LIBRARY_PATH=$library program/usr/bin/lxcfs --version 2>&1 | tail -n 1)"
LD_LIBRARY_PATH=$library program/usr/bin/lxcfs --pidfile="$folder/program/pid" "$folder/lxcfs" >program/log 2>&1 &
server=$!
tries=0
until [ -e lxcfs/proc/uptime ]; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { cat program/log >&2 && exit 1; }
    sleep 0.1
done
host_btime=$(sed -n 's/^btime //p' /proc/stat)
unshare --pid --fork --mount-proc sh -c "
    mount --bind $folder/lxcfs/proc/uptime /proc/uptime
    mount --bind $folder/lxcfs/proc/stat /proc/stat
    sleep 2
    cut -d. -f1 /proc/uptime
    sed -n 's/^btime //p' /proc/stat
    sed 's/.*) //' /proc/1/stat | cut -d' ' -f20
    ps -o etime= -p 1
" >program/seen
{
    read -r uptime
    read -r btime
    read -r ticks
    read -r etime
} <program/seen
age=$((uptime - ticks / $(getconf CLK_TCK)))
printf 'in the container: uptime %s s, btime %s (the host: %s), start of PID 1 %s ticks\n' \
    "$uptime" "$btime" "$host_btime" "$ticks"
printf 'uptime minus start: %s s; btime plus start: %s s ago; ps -o etime: %s\n' \
    "$age" "$(($(date +%s) - btime - ticks / $(getconf CLK_TCK)))" "${etime:-nothing}"
off=$((btime - host_btime)) # the kernel rounds it anew each time
if [ "$uptime" -lt 30 ] && [ "${off#-}" -le 1 ] && [ "$age" -lt 0 ]; then
    echo "as seen: the container is two seconds old by its uptime, and its PID 1 has a negative age"
else
    echo "CHANGED: this is not what was seen" >&2
    exit 1
fi
