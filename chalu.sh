#!/bin/sh
# Recovers the last session if it was lost, and begins this one.
case $0 in */*) here=${0%/*}/ ;; *) here=. ;; esac # no program: it could be one of the current folder
here=$(CDPATH='' cd -- "$here" && pwd)
exec "$here/ghadi.sh" --verb chalu "$@"
