#!/bin/sh
# Installs codespace-tracker for this user, starts it, and has each new shell bring it back.
case $0 in */*) here=${0%/*}/ ;; *) here=. ;; esac # no program: it could be one of the current folder
here=$(CDPATH='' cd -- "$here" && pwd)
exec /bin/sh "$here/src/codespace_tracker/install/setup.sh" "$@"
