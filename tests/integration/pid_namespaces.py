"""Lives of a machine on the real kernel: a PID namespace each, with a boot id of its own."""

import contextlib
import json
import sqlite3
import subprocess
from typing import Any

from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker

_LIFE = """
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount --bind {boot} /proc/sys/kernel/random/boot_id
{steps}
"""


class Lives:
    """Lives of simulated containers on real kernels: each call is one PID 1, with the boot id it is
    given."""

    def __init__(self, tracker: RealTracker) -> None:
        self.tracker = tracker

    def live(self, boot: str, *verbs: str, codespace: bool = False, last: str = "") -> None:
        """One life: run the verbs, wait past a heartbeat, do what `last` says, and have everything
        die at once."""
        boot_file = self.tracker.directory.parent / boot
        boot_file.write_text(f"{boot}\n")
        calls = [" ".join(map(_quoted, self.tracker.command(*verb.split()))) for verb in verbs]
        steps = "\n".join([*calls, "sleep 0.3", last])
        script = _LIFE.format(boot=_quoted(str(boot_file)), steps=steps)
        more = (
            {"CODESPACES": "true", "CODESPACE_NAME": "funny-name"}
            if codespace
            else {"REMOTE_CONTAINERS": "true"}
        )
        subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script],
            env=self.tracker.environment(STATE=str(self.tracker.directory), **more),
            check=True,
            timeout=PATIENCE_SECONDS,
            stdout=subprocess.DEVNULL,
        )

    def restore_snapshot(self, back_seconds: int) -> None:
        """From now on the kernel's clocks are so far behind those of the ledger.

        A time namespace is no way to do that: the tracker sees through it.
        """
        back_us = back_seconds * 1_000_000
        with (
            contextlib.closing(sqlite3.connect(self.tracker.directory / "ledger.db")) as connection,
            connection,
        ):
            connection.execute(
                "UPDATE session SET last_mono_us = last_mono_us + ?1, last_boot_us = last_boot_us "
                "+ ?1",
                (back_us,),
            )

    def sessions(self) -> list[tuple[Any, ...]]:
        """Number, ending, running time, start, last heartbeat; oldest first."""
        return self.tracker.read(
            "SELECT number, ending, running_us, started_at, last_seen_at FROM session ORDER BY "
            "number"
        )

    def last_detail(self, kind: str) -> dict[str, Any]:
        """What the journal's newest entry of a kind tells."""
        [(detail,)] = self.tracker.read(
            f"SELECT detail FROM journal WHERE kind='{kind}' ORDER BY seq DESC LIMIT 1"
        )
        found: dict[str, Any] = json.loads(detail)
        return found


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
