#!/bin/bash
# With no option set, as the container's user: the Feature has put the program in place, and its start hook starts it.
set -e
# shellcheck source=/dev/null
source dev-container-features-test-lib

check "the commands are on the PATH" bash -c "codespace-tracker --version && cst --version && command -v ghadi.sh"
check "the start hook says nothing" bash -c "[ -z \"\$(/usr/local/share/codespace-tracker/post-start.sh 2>&1)\" ]"
check "the tracker is up" timeout 180 sh -c "until codespace-tracker status; do sleep 1; done"
check "its state is this user's" [ -O "$HOME/.codespace-tracker/ledger.db" ]
check "a new shell would bring it back" grep -q "codespace-tracker ensure" "$HOME/.bashrc"
check "the options' settings are taken" bash -c "codespace-tracker quota --json | grep -q '\"core_hours\": 120'"
check "no other Python is on the PATH" bash -c '! command -v pip | grep -q codespace-tracker'
check "PID 1 passes the end on" grep -q codespace-tracker/init.sh /proc/1/cmdline

reportResults
