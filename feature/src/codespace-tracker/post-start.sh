#!/bin/sh
# Runs at each start of the container, as its user and with the user's variables: brings the tracker up, unless it runs.
# It says nothing, waits for nothing, and exits with 0: a hook that fails keeps those after it from running.
hook=yes # as the option shellHook says: install.sh writes this line
share=/usr/local/share/codespace-tracker
tracker=$share/venv/bin/codespace-tracker

[ -x "$tracker" ] || exit 0
cd / # a PATH may have entries that begin at the current folder, which is the repository
if [ -z "${SHELL:-}" ]; then # it tells whether ~/.zshrc is wanted, and hooks are often run without
    SHELL=$(getent passwd "$(id -u)" 2>/dev/null | cut -d : -f 7)
    export SHELL
fi
set -- ensure --quiet
[ "$hook" = no ] || set -- "$@" --shell-hook
unset PYTHONPATH PYTHONHOME
# What starts a hook ends all that is left of it: the tracker is to be of a session of its own.
setsid -f "$tracker" "$@" </dev/null >/dev/null 2>&1
[ ! -p "$share/end" ] || setsid -f /bin/sh "$share/end.sh" </dev/null >/dev/null 2>&1
exit 0
