"""How long people wait: the commands and the shell hook, without a history and with 100,000
sessions over ten years; release 0.1.0 and tuptime beside them."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, figure, ratios
from benchmarks.measuring import (
    Program,
    Programs,
    Row,
    Took,
    cold_rounds,
    most_mb,
    rounds,
    row,
    started,
    tracker,
)
from tests.histories import History

from codespace_tracker.install import shell_hook
from codespace_tracker.machine.file_names import NOTICE

MANY = 100_000
REMEMBERED = 11_000
"""Of so many sessions of 52 minutes the ledger has the journal and the runs: those of 400 days."""

REPORT = ("report", "--by", "month", "--since", "2000-01-01")
"""All time, as far as there are sessions."""
_PERIOD_US = 10 * 366 * 86_400_000_000 // MANY
_STATUS_CPU_GOAL, _STATUS_WALL_GOAL, _TUPTIME_GOAL = 1.6, 1.8, 0.4
_OTHERS_GOAL = 3.3
_MEMORY_TIMES = 3
_PAGE_GOAL_MS, _PAGE_GOAL_KB = 300.0, 120.0
_HOOK_GOAL_MS, _FLAT_GOAL, _REPORT_GOAL_MS, _MEMORY_GOAL_MB = 5.0, 1.2, 300.0, 60.0

Rounds = Mapping[str, Sequence[Took]]
"""By the name of a command: what it took each time."""


def rows(folder: str, programs: Programs, times: int, cold_times: int, *, whole: bool) -> list[Row]:
    """Run each command so many times, in turns, and some of them without what is in memory.
    tuptime's many startups are measured if it is to be the whole."""
    few, many, before = (os.path.join(folder, name) for name in ("few", "many", "before"))
    ours = programs.ours
    with ExitStack() as stack:
        stack.enter_context(tracker(ours, few, History(0)))
        stack.enter_context(tracker(ours, many, History(MANY, REMEMBERED, period_us=_PERIOD_US)))
        some: dict[str, Sequence[str]] = {
            "bare": ours.bare,
            "status few": ours.words("status", directory=few),
        }
        if programs.before is not None:
            stack.enter_context(started(programs.before, before))
            some["0.1.0"] = programs.before.words("status", directory=before)
        if programs.tuptime is not None:
            some["tuptime"] = tuptime(programs, os.path.join(folder, "tuptime-few.db"), 10)
        commands = {
            **some,
            **ours_of(ours, few, many),
            "shell": ("bash", "-c", ":"),
            "hook": hook(many),
        }
        if whole and programs.tuptime is not None:
            path = os.path.join(folder, "tuptime-many.db")
            commands["tuptime many"] = tuptime(programs, path, MANY)
        opened = opens(ours.words("status", directory=many), os.path.join(folder, "opens"))
        took, cold = rounds(commands, times), cold_rounds(some, cold_times)
        page = subprocess.run(commands["page"], capture_output=True, check=True).stdout
        page_kb = len(page) / 1000
        most = {
            name: [most_mb(ours.python, commands[name]) for _ in range(_MEMORY_TIMES)]
            for name in ("report many", "quota")
        }
    return [
        *status_rows(took),
        *opened,
        *cold_rows(cold),
        *other_rows(took),
        *report_rows(took),
        page_row(took, page_kb),
        memory_row(most),
        hook_row(took),
    ]


def ours_of(program: Program, few: str, many: str) -> dict[str, Sequence[str]]:
    """Our commands but `status` without a history, by what they are called in the rows."""
    found: dict[str, Sequence[str]] = {
        "status many": program.words("status", directory=many),
        "status --json": program.words("status", "--json", directory=many),
        "sessions few": program.words("sessions", directory=few),
        "report few": program.words(*REPORT, directory=few),
        "report many": program.words(*REPORT, directory=many),
        "page": program.words("page", "--output", "-", directory=many),
    }
    for name in ("sessions", "quota", "triggers", "ensure", "prompt"):
        words = program.words(name, directory=many)
        if subprocess.run(words, capture_output=True, check=False).returncode == 0:
            found[name] = words
        else:
            assert name == "prompt", f"`{name}` failed"  # it is not there yet
    return found


def status_rows(took: Rounds) -> list[Row]:
    """`status` beside the bare interpreter, tuptime and release 0.1.0."""
    goal = f"CPU <= {_STATUS_CPU_GOAL} x, wall <= {_STATUS_WALL_GOAL} x"
    if "tuptime" in took:
        goal += f", <= {_TUPTIME_GOAL} x tuptime"
    found = []
    many = f"status, {MANY:,} sessions"
    for name, called, label in (
        ("status few", "status, no history", "status, no history"),
        ("status many", many, many),
        ("status --json", "status --json", f"status --json, {MANY:,} sessions"),
    ):
        cpu, wall = beside_bare(took, name, called, _STATUS_CPU_GOAL, _STATUS_WALL_GOAL)
        text, figures = against_bare(took, name), [cpu, wall]
        if "tuptime" in took:
            times = ratios(cpu_ms(took[name]), cpu_ms(took["tuptime"]))
            figures.append(figure(f"{called}, CPU: to tuptime's", "x", times, _TUPTIME_GOAL))
            text += f"; {figures[-1].value:.2f} x tuptime"
        found.append(row(label, goal, text, *figures))
    found.append(flat(took, "status", "status many"))
    for name, label in (
        ("0.1.0", "  release 0.1.0, no history"),
        ("tuptime", "  tuptime, 10 startups"),
        ("tuptime many", f"  tuptime, {MANY:,} startups"),
    ):
        if name in took:
            found.append(
                row(label, "", against_bare(took, name), *beside_bare(took, name, label.strip()))
            )
    return found


def cold_rows(took: Rounds) -> list[Row]:
    """The same when nothing is in memory, as in the first minute of a machine."""
    if not took:
        text = "left out: only root may drop the page cache"
        return [Row("status, no history, page cache dropped", "", text)]
    found = []
    for name, called, label in (
        ("status few", "status", "status, no history, page cache dropped"),
        ("0.1.0", "release 0.1.0", "  release 0.1.0"),
        ("tuptime", "tuptime", "  tuptime"),
    ):
        if name in took:
            figures = beside_bare(took, name, f"{called}, page cache dropped")
            found.append(row(label, "", against_bare(took, name), *figures))
    return found


def other_rows(took: Rounds) -> list[Row]:
    """The other commands."""
    found = [flat(took, "sessions", "sessions")]
    for name in ("sessions", "quota", "triggers", "ensure"):
        label = f"{name}, {MANY:,} sessions"
        if name == "ensure":
            label = "ensure, nothing to do"
        figures = beside_bare(took, name, label, _OTHERS_GOAL, _OTHERS_GOAL)
        goal = f"CPU and wall <= {_OTHERS_GOAL} x"
        found.append(row(label, goal, against_bare(took, name), *figures))
    if "prompt" in took:
        text = against_bare(took, "prompt")
        found.append(row("prompt", "", text, *beside_bare(took, "prompt", "prompt")))
    return found


def report_rows(took: Rounds) -> list[Row]:
    """`report` over ten years, and without a history."""
    walls = [one.wall for one in took["report many"]]
    wall_ms = figure("report by month, wall time", "ms", walls, _REPORT_GOAL_MS)
    few = "report by month, no history"
    return [
        row(
            f"report by month, all time, {MANY:,} sessions",
            f"<= {_REPORT_GOAL_MS:.0f} ms",
            against_bare(took, "report many"),
            *beside_bare(took, "report many", "report by month"),
            wall_ms,
        ),
        row(
            "  no history",
            "",
            against_bare(took, "report few"),
            *beside_bare(took, "report few", few),
        ),
    ]


def page_row(took: Rounds, kb: float) -> Row:
    """The page of ten years: how long it takes, and how large it is (kB)."""
    walls = [one.wall for one in took["page"]]
    return row(
        f"page, {MANY:,} sessions",
        f"<= {_PAGE_GOAL_MS:.0f} ms, <= {_PAGE_GOAL_KB:.0f} kB",
        f"{against_bare(took, 'page')}, {kb:.0f} kB",
        *beside_bare(took, "page", "page"),
        figure("page, wall time", "ms", walls, _PAGE_GOAL_MS),
        figure("page, size", "kB", [kb], _PAGE_GOAL_KB),
    )


def memory_row(most: Mapping[str, Sequence[float]]) -> Row:
    """The most memory of `report` over ten years and of `quota`, in MB."""
    figures = [
        figure(f"{label}: most memory", "MB", most[name], _MEMORY_GOAL_MB)
        for name, label in (("report many", "report by month"), ("quota", "quota"))
    ]
    return row(
        "  its most memory, and that of quota",
        f"<= {_MEMORY_GOAL_MB:.0f} MB",
        ", ".join(f"{one.value:.0f} MB" for one in figures),
        *figures,
    )


def hook_row(took: Rounds) -> Row:
    """What the shell hook adds to the start of a shell."""
    pairs = zip(took["hook"], took["shell"], strict=True)
    added = figure(
        "shell hook, wall", "ms", [hook.wall - shell.wall for hook, shell in pairs], _HOOK_GOAL_MS
    )
    goal, text = f"<= {_HOOK_GOAL_MS:.0f} ms", f"{added.value:.1f} ms"
    return row("the shell hook, tracker running", goal, text, added)


def beside_bare(
    took: Rounds, name: str, label: str, cpu: float | None = None, wall: float | None = None
) -> tuple[Figure, Figure]:
    """A command's CPU and wall time beside the bare interpreter's, with their goals."""
    bare = took["bare"]
    walls = ratios([one.wall for one in took[name]], [one.wall for one in bare])
    return (
        figure(f"{label}, CPU", "x", ratios(cpu_ms(took[name]), cpu_ms(bare)), cpu),
        figure(f"{label}, wall", "x", walls, wall),
    )


def against_bare(took: Rounds, name: str) -> str:
    """The same in words."""
    cpu, wall = beside_bare(took, name, "")
    ms, bare_ms = (median(one.wall for one in took[of]) for of in (name, "bare"))
    return f"CPU {cpu.value:.1f} x, wall {wall.value:.1f} x ({ms:.0f} ms, {bare_ms:.0f} ms)"


def cpu_ms(took: Sequence[Took]) -> list[float]:
    """The CPU time of each run."""
    return [one.cpu for one in took]


def flat(took: Rounds, what: str, many: str) -> Row:
    """Whether a command takes no longer with many sessions."""
    walls = ([one.wall for one in took[name]] for name in (many, f"{what} few"))
    found = figure(f"{what}, wall: {MANY:,} sessions to 0", "x", ratios(*walls), _FLAT_GOAL)
    label, goal = f"{what}, {MANY:,} sessions against none", f"flat: <= {_FLAT_GOAL} x"
    return row(label, goal, f"{found.value:.2f} x", found)


def opens(command: Sequence[str], path: str) -> list[Row]:
    """How often a command opens the ledger: its answer comes from there. Nothing without strace."""
    strace = shutil.which("strace")
    if strace is None:
        return []
    tracing = [strace, "-f", "-e", "trace=open,openat", "-o", path, *command]
    subprocess.run(tracing, stdout=subprocess.DEVNULL, check=True)
    count = sum('/ledger.db"' in line for line in Path(path).read_text().splitlines())
    return [Row("  status opens ledger.db, by strace", "", f"{count} x")]


def hook(directory: str) -> tuple[str, ...]:
    """The block of ~/.bashrc as it is, but that it takes this shell for an interactive one; two
    notices stand."""
    Path(directory, NOTICE).write_text(
        f"{int(time.time()) + 86_400} a notice of some length that stands\n" * 2
    )
    text = shell_hook.block(directory, "/bin/false")
    flags = 'case "$-'
    assert flags in text
    return ("bash", "-c", text.replace(flags, 'case "i$-'))


def tuptime(programs: Programs, path: str, startups: int) -> list[str]:
    """The command of tuptime for a new database of so many startups."""
    assert programs.tuptime is not None
    command = [programs.ours.python, programs.tuptime, "-f", path]
    subprocess.run([*command, "-q"], check=True)
    fill(path, startups)
    return command


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
