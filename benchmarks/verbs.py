"""How long people wait: the verbs and the shell hook, without a history and with 100,000 sessions
over ten years."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.measuring import BARE, Row, milliseconds, tracker, verb
from tests.histories import History

from codespace_tracker.install import shell_hook
from codespace_tracker.machine.file_names import NOTICE

MANY = 100_000
REMEMBERED = 11_000
"""Of so many sessions of 52 minutes the ledger has the journal and the runs: those of 400 days."""

_PERIOD_US = 10 * 366 * 86_400_000_000 // MANY
_STATUS_GOAL, _HOOK_GOAL_MS, _FLAT_GOAL, _REPORT_GOAL_MS, _MEMORY_GOAL_MB = (
    6.0,
    5.0,
    1.2,
    300.0,
    60.0,
)


def rows(folder: str, times: int) -> list[Row]:
    """Run each command so many times, in turns."""
    few, many = (os.path.join(folder, name) for name in ("few", "many"))
    with ExitStack() as stack:
        stack.enter_context(tracker(few, History(0)))
        stack.enter_context(tracker(many, History(MANY, REMEMBERED, period_us=_PERIOD_US)))
        commands: dict[str, Sequence[str]] = {
            "bare": BARE,
            "sh": ("sh", "-c", ":"),
            "hook": hook(many),
        }
        for name, directory in (("few", few), ("many", many)):
            commands[f"status {name}"] = verb(directory, "status")
            commands[f"sessions {name}"] = verb(directory, "sessions")
            commands[f"quota {name}"] = verb(directory, "quota")
            commands[f"report {name}"] = verb(
                directory, "report", "--by", "month", "--since", "2000-01-01"
            )
        commands |= tuptime(folder)
        took = milliseconds(commands, times)
    bare = took["bare"]

    def against_bare(name: str) -> str:
        one = took[name]
        return (
            f"{one.wall / bare.wall:.1f} x ({one.wall:.0f} ms, {bare.wall:.0f} ms; CPU "
            f"{one.cpu / bare.cpu:.1f} x)"
        )

    def flat(what: str) -> Row:
        ratio = took[f"{what} many"].wall / took[f"{what} few"].wall
        return Row(
            f"{what}, {MANY:,} sessions against none",
            f"flat: <= {_FLAT_GOAL} x",
            f"{ratio:.2f} x",
            ratio / _FLAT_GOAL,
        )

    hook_ms = took["hook"].wall - took["sh"].wall
    names = {
        "tuptime few": "  tuptime, 10 startups",
        "tuptime many": f"  tuptime, {MANY:,} startups",
    }
    return [
        *(
            Row(
                f"status, {label}",
                f"<= {_STATUS_GOAL:.0f} x python -c pass",
                against_bare(name),
                took[name].wall / bare.wall / _STATUS_GOAL,
            )
            for name, label in (("status few", "no history"), ("status many", f"{MANY:,} sessions"))
        ),
        flat("status"),
        *(Row(label, "", against_bare(name)) for name, label in names.items() if name in took),
        flat("sessions"),
        Row(
            f"quota, {MANY:,} sessions",
            f"<= {_STATUS_GOAL:.0f} x python -c pass",
            against_bare("quota many"),
            took["quota many"].wall / bare.wall / _STATUS_GOAL,
        ),
        Row(
            f"report by month, all time, {MANY:,} sessions",
            f"<= {_REPORT_GOAL_MS:.0f} ms",
            against_bare("report many"),
            took["report many"].wall / _REPORT_GOAL_MS,
        ),
        Row("  no history", "", against_bare("report few")),
        Row(
            "  its most memory, and that of quota",
            f"<= {_MEMORY_GOAL_MB:.0f} MB",
            f"{took['report many'].most_mb:.0f} MB, {took['quota many'].most_mb:.0f} MB",
            max(took[name].most_mb for name in ("report many", "quota many")) / _MEMORY_GOAL_MB,
        ),
        Row(
            "the shell hook, tracker running",
            f"<= {_HOOK_GOAL_MS:.0f} ms",
            f"{hook_ms:.1f} ms",
            hook_ms / _HOOK_GOAL_MS,
        ),
    ]


def hook(directory: str) -> tuple[str, ...]:
    """The block of ~/.bashrc as it is, but that it takes this shell for an interactive one; two
    notices stand."""
    Path(directory, NOTICE).write_text(
        f"{int(time.time()) + 86_400} a notice of some length that stands\n" * 2
    )
    text = shell_hook.block(directory, "/bin/false")
    assert "case $- in *i*)" in text
    return ("sh", "-c", text.replace("case $- in", "case i in"))


def tuptime(folder: str) -> dict[str, list[str]]:
    """The commands of tuptime for databases of few and of many startups; none where it is not
    installed."""
    program = shutil.which("tuptime")
    if program is None:
        return {}
    found = {}
    for name, startups in (("few", 10), ("many", MANY)):
        path = os.path.join(folder, f"tuptime-{name}.db")
        found[f"tuptime {name}"] = [sys.executable, program, "-f", path]
        subprocess.run([sys.executable, program, "-q", "-f", path], check=True)
        fill(path, startups)
    return found


def fill(path: str, startups: int) -> None:
    """Give a database of tuptime's so many startups of 40 minutes each, before the one that it
    has."""
    connection = sqlite3.connect(path)
    columns = [row[1] for row in connection.execute("PRAGMA table_info(tuptime)")]
    [last] = connection.execute("SELECT * FROM tuptime").fetchall()
    connection.execute("DELETE FROM tuptime")
    row = dict(zip(columns, last, strict=True))
    began = int(time.time()) - (startups + 1) * 4800
    for n in range(startups - 1):
        past = {
            **row,
            "bootid": f"boot-{n}",
            "btime": began + n * 4800,
            "uptime": 2400,
            "rntime": 2400,
            "slptime": 0,
        }
        past |= {"offbtime": began + n * 4800 + 2400, "endst": 1, "downtime": 2400}
        connection.execute(
            f"INSERT INTO tuptime VALUES ({','.join('?' * len(columns))})",
            [past[name] for name in columns],
        )
    connection.execute(f"INSERT INTO tuptime VALUES ({','.join('?' * len(columns))})", last)
    connection.commit()
    connection.close()
