#!/bin/bash
# A user who is not root, with all options set.
set -e
# shellcheck source=/dev/null
source dev-container-features-test-lib

state=$HOME/.local/state/codespace-tracker

check "this is no root" [ "$(id -u)" != 0 ]
check "the tracker is up" timeout 180 sh -c "until codespace-tracker status; do sleep 1; done"
check "its state is where the option says" [ -O "$state/ledger.db" ]
check "all of that is the user's" bash -c "[ -z \"\$(find ~/.local ! -user \$(id -u))\" ]"
check "the plan is the option's" bash -c "codespace-tracker quota --json | grep -q '\"core_hours\": 60'"
check "the time zone is the option's" bash -c "codespace-tracker status | grep -q Asia/Kolkata"
check "no shell hook was put" bash -c "! grep -q codespace-tracker ~/.bashrc"

reportResults
