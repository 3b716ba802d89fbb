#!/bin/bash
# Runs the script at $2 in the bare root file system at $1, as a machine of its own: the checkout at $3 is in
# "/src/code space", and the network is this machine's. Called within `unshare --mount --pid --uts --ipc --fork`.
set -eu
root=$1 script=$2 checkout=$3
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mkdir -p "$root/src/code space"
mount --bind "$checkout" "$root/src/code space"
mount -o remount,bind,ro "$root/src/code space"
certificates=/etc/ssl/certs/ca-certificates.crt
for file in "$certificates" /etc/resolv.conf /etc/hosts /etc/apt/sources.list; do
    [ ! -e "$file" ] || cp -L "$file" "$root$file"
done
for folder in /etc/apt/apt.conf.d /etc/apt/sources.list.d; do
    [ ! -d "$folder" ] || cp -rL "$folder/." "$root$folder"
done
# this machine's mirrors, with that one's release
release() { sed -n 's/^VERSION_CODENAME=//p' "$1/etc/os-release"; }
find "$root/etc/apt" -type f -name '*sources*' -exec sed -i "s/\b$(release "")/$(release "$root")/g" {} +
cp "$script" "$root/tmp/script.sh"
# with chroot, whoever enters a mount namespace of this machine would be back in the root that it came from
cd "$root"
pivot_root . .
umount -l .
exec env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PIP_CERT="$certificates" SSL_CERT_FILE="$certificates" \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" \
    bash /tmp/script.sh
