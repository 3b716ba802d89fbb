"""The Feature's end.sh, which waits for the word of a PID 1 that may not signal the trackers, among
other users."""

import subprocess

import pytest
from tests.integration.feature_entrypoint import FEATURE, KEEPER
from tests.integration.other_users import OTHER, OWNER, as_user
from tests.integration.real_tracker import PATIENCE_SECONDS

pytestmark = pytest.mark.machine


LIFE = """
until_it() {
    n=0
    until "$@" 2>/dev/null; do n=$((n + 1)); [ $n -lt 1000 ] || exit 9; sleep 0.01; done
}
is_a_shell() { tr '\\0' ' ' <"/proc/$1/cmdline" | grep -q '^/bin/sh'; }
mount -t tmpfs none /usr/local/share
share=/usr/local/share/codespace-tracker log=/usr/local/share/log
mkdir -p $share /usr/local/share/codespace_tracker/daemon
cp @FEATURE@/end.sh @FEATURE@/init.sh $share
printf '%s' '@KEEPER@' >/usr/local/share/codespace_tracker/daemon/ghadi.sh
mkfifo $share/end; : >$log; chmod 666 $log
@OTHER@ flock $share/end.sh sleep 300 &
until_it sh -c "! flock -n $share/end.sh true"
@OTHER@ /bin/sh $share/end.sh &
until_it is_a_shell $!
@OWNER@ /bin/sh /usr/local/share/codespace_tracker/daemon/ghadi.sh $log 2>/dev/null &
until_it grep -q up $log
@OWNER@ /bin/sh $share/end.sh &
first=$!
until_it is_a_shell $first
timeout 20 @OWNER@ /bin/sh $share/end.sh; echo "second: $?"
@OTHER@ cat $share/end >/dev/null &
timeout 20 sh -c "echo end >$share/end"; echo "word: $?"
wait $first
until_it grep -q keeper $log; echo told
"""


def test_another_user_cannot_keep_the_waiter_from_waiting() -> None:
    """Neither by a lock, nor by a waiter of their own, nor by reading the word. A second of the
    owner's ends."""
    script = LIFE.replace("@FEATURE@", str(FEATURE)).replace(
        "@KEEPER@", KEEPER.replace("'", "'\\''")
    )
    for name, user in (("@OTHER@", OTHER), ("@OWNER@", OWNER)):
        script = script.replace(name, " ".join(as_user(user)))
    life = [
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--mount-proc",
        "--kill-child",
        "sh",
        "-c",
        script,
    ]
    done = subprocess.run(
        life, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert (done.returncode, done.stdout) == (0, "second: 0\nword: 0\ntold\n"), done.stderr
