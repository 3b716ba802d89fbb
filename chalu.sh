#!/bin/sh
# Recovers the last session if it was lost, and begins this one.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
exec "$here/ghadi.sh" --verb chalu "$@"
