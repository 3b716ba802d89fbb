#!/bin/sh
# dash 0.5.12: `saved=$(trap)` saves nothing, so restoring it later does nothing, without a word.
#
# POSIX has this very idiom in its text on `trap`: save_traps=$(trap), and later eval "$save_traps". In dash the command
# substitution has no traps, and prints nothing; bash (also as sh) and busybox print those of the shell. A script that
# sets a trap of its own for a while, and then restores the one from before, drops it where /bin/sh is dash (Debian,
# Ubuntu): here a TERM meant for `mine` is answered by `other`. With `trap >file` dash tells them.
#
# Needs: Debian 12 (the packages are unpacked, not installed), network.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q dash=0.5.12-2 bash=5.2.15-2+b13 busybox=1:1.35.0-4+deb12u1+b1 >/dev/null 2>&1
for package in ./*.deb; do dpkg -x "$package" program; done
cat >script <<'TEXT'
trap 'echo mine' TERM
saved=$(trap)
trap >listed
trap 'echo other' TERM
eval "$saved"
kill -s TERM $$
echo "saved: ${saved:-nothing}; listed: $(cat listed)"
TEXT
see() { # NAME COMMAND ...
    name=$1
    shift
    "$@" script >"$name"
    sed "s/^/$name: /" "$name"
}
program=$(find program -name dash -type f -path '*bin*')
see dash "$program"
see bash "$(find program -name bash -type f -path '*bin*')" --posix
see busybox "$(find program -name busybox -type f -path '*bin*')" sh
if [ "$(head -n 1 dash)" = other ] && grep -q '^saved: nothing; listed: trap' dash &&
    [ "$(head -n 1 bash)" = mine ] && [ "$(head -n 1 busybox)" = mine ]; then
    echo "as seen: dash saved nothing, and the trap that was to be restored is lost"
else
    echo "CHANGED: this is not what was seen" >&2
    exit 1
fi
