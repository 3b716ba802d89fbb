#!/bin/sh
# Starts everything in the background.
case $0 in */*) here=${0%/*}/ ;; *) here=. ;; esac # no program: it could be one of the current folder
here=$(CDPATH='' cd -- "$here" && pwd)
exec "$here/ghadi.sh" --verb start "$@"
