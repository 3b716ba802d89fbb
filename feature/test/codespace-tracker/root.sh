#!/bin/bash
# Root, with its state in a folder that the image did not have.
set -e
# shellcheck source=/dev/null
source dev-container-features-test-lib

check "this is root" [ "$(id -u)" = 0 ]
check "the tracker is up" timeout 180 sh -c "until codespace-tracker status; do sleep 1; done"
check "its state is where the option says" [ -O /var/lib/codespace-tracker/ledger.db ]
check "nobody else may look into it" [ "$(stat -c %a /var/lib/codespace-tracker)" = 700 ]
check "the plan is the option's" bash -c "codespace-tracker quota --json | grep -q '\"name\": \"none\"'"

reportResults
