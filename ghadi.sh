#!/bin/sh
# The clock in the foreground: keeps the daemon of codespace_tracker running. (`--verb NAME` calls another verb: the
# other scripts use it.)
verb=ghadi
if [ "${1:-}" = --verb ]; then
    verb=$2
    shift 2
fi
# A PATH may have entries that begin at the current folder: no program is called there.
case $0 in /*) script=$0 ;; *) script=$PWD/$0 ;; esac
script=$(cd / && readlink -f -- "$script")
here=${script%/*}
case ${XDG_DATA_HOME:-} in /*) share=$XDG_DATA_HOME ;; *) share=$HOME/.local/share ;; esac
for tracker in "$here/codespace-tracker" "$share/codespace-tracker/venv/bin/codespace-tracker" \
    "$HOME/.local/bin/codespace-tracker" "$(command -v codespace-tracker)"; do
    case $tracker in /*) ;; *) continue ;; esac # a PATH may have entries that begin at the current folder
    [ -x "$tracker" ] && [ ! -d "$tracker" ] && exec "$tracker" "$verb" "$@"
done
echo "codespace-tracker is not installed. Fix: bash setup.sh" >&2
exit 1
