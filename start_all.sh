#!/bin/sh
# Starts everything in the background.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
exec "$here/ghadi.sh" --verb start "$@"
