"""The table of budgets, all of it in one run: `python benchmarks/run.py`; or, in two minutes, the
figures that change most beside those of the last committed run: `python benchmarks/run.py --quick`.

The machines it runs on are noisy: what counts are ratios within one run. What is measured is the
program that setup.sh installs into a fresh home; the bare interpreter, release 0.1.0 (if this clone
has its commit) and tuptime (if it is installed or Debian has it) are measured beside it. --seconds
is how long a tracker at rest is watched (default 120; 600 for a figure to trust). See
docs/benchmarks.md.
"""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import commands, curves, drawing, figures, installed, lateness, losses, resting
from benchmarks.installed import SetUp
from benchmarks.measuring import Programs, Row
from tests.upgrade import release

_WIDTHS = (52, 45, 66, 5, 3)
_VERDICT = {True: "yes", False: "NO", None: ""}
_COMMITTED = release.ROOT / "docs/benchmarks.json"
_QUICK_TIMES, _QUICK_COLD_TIMES = 15, 5
_COLD_TIMES = 7


def main() -> None:
    """Measure, print the table, and write the files that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="only what changes most; writes no files"
    )
    parser.add_argument(
        "--release",
        choices=[release.VERSION],
        help="measure that release too (as a run that is not quick does in any case)",
    )
    parser.add_argument(
        "--homes",
        type=Path,
        help="keep the homes there, where a later run reinstalls only what changed; the time and"
        " size of set-up are left out",
    )
    parser.add_argument(
        "--seconds", type=float, default=120.0, help="how long a tracker at rest is watched"
    )
    parser.add_argument("--times", type=int, default=21, help="how often each command is run")
    parser.add_argument(
        "--points", type=int, default=60, help="how many triggers become due on a busy machine"
    )
    parser.add_argument("--kills", type=int, default=10, help="how many trackers are killed")
    parser.add_argument("--set-ups", type=int, default=3, help="how often each is set up")
    parser.add_argument("--json", type=Path, help="also write the results there")
    parser.add_argument("--svg", type=Path, help="also draw the curves there")
    asked = parser.parse_args()
    if asked.quick and (asked.json or asked.svg):
        parser.error("a quick run writes no files. Fix: leave out --quick, or --json and --svg.")
    os.environ.pop("CODESPACE_TRACKER_DIR", None)
    os.environ.pop(
        "PYTHONDONTWRITEBYTECODE", None
    )  # pip compiles what it installs; this checkout does it by itself
    print(", ".join(f"{name} {value}" for name, value in machine().items()), end="\n\n")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # or its trackers would live on
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # apt-get downloads as another user
        if asked.quick:
            quick(folder, asked)
        else:
            whole(folder, asked)


def whole(folder: str, asked: argparse.Namespace) -> None:
    """Everything, as a table for docs/benchmarks.md."""
    programs, set_ups = install(folder, asked, before=True, times=asked.set_ups)
    print_line(("what", "goal", "found", "ratio", "met"))
    print_line(tuple("-" * width for width in _WIDTHS))
    found = show(resting.rows(place(folder, "resting"), programs, asked.seconds))
    with resting.at_rest(place(folder, "rest"), programs.ours) as pairs:
        found += show(resting.memory_rows(programs.ours, pairs))
        found += show(resting.call_rows(resting.trace(folder, pairs)))
    found += show(lateness.rows(place(folder, "lateness"), programs, asked.points))
    found += show(losses.rows(place(folder, "losses"), programs, asked.kills))
    where = place(folder, "commands")
    found += show(commands.rows(where, programs, asked.times, _COLD_TIMES, whole=True))
    sizes = [*curves.SESSIONS, *curves.COUNTS]
    beats = curves.beats(place(folder, "beats"), programs.ours, sizes)
    found += show(curves.rows(beats))
    found += show(set_ups)
    measured = curves.measure(place(folder, "curves"), programs.ours, beats, asked.times)
    found += show(curves.curve_rows(measured))
    if asked.json:
        asked.json.write_text(as_json(found, measured))
    if asked.svg:
        asked.svg.write_text(drawing.svg(measured))


def quick(folder: str, asked: argparse.Namespace) -> None:
    """The figures that change most, beside the committed ones."""
    last = figures.committed(_COMMITTED)
    began = time.monotonic()
    programs, found = install(folder, asked, before=asked.release is not None, times=1)
    ready = time.monotonic()
    with resting.at_rest(place(folder, "rest"), programs.ours) as pairs:
        found += resting.memory_rows(programs.ours, pairs)
        tracings = resting.trace(folder, pairs)  # it takes a minute and little of the processor
        where = place(folder, "commands")
        found += commands.rows(where, programs, _QUICK_TIMES, _QUICK_COLD_TIMES, whole=False)
        found += curves.rows(curves.beats(place(folder, "beats"), programs.ours, curves.ENDS))
        found += resting.call_rows(tracings)
    measured = [figure for row in found for figure in row.figures]
    print("\n".join(figures.table(measured, last)))
    print(
        "\nx: times what is named, or times python3 -c pass. now: the median of repeats, which take"
        "\nturns; middle half: their quartiles. last: the committed run. worse, better: the middle"
        "\nhalves do not touch, and the medians are more than 2 % apart. new: not committed yet."
    )
    for row in found:
        if not row.figures:
            print(f"{row.what.strip()}: {row.found}")
    load, cores = os.getloadavg()[1], os.cpu_count() or 1
    if load > cores + 1:
        print(f"The machine is busy (load {load:.0f} on {cores} cores): wall times mean little.")
    took = time.monotonic() - ready
    print(f"Took {ready - began:.0f} s for set-up and {took:.0f} s to measure.")


def install(
    folder: str, asked: argparse.Namespace, *, before: bool, times: int
) -> tuple[Programs, list[Row]]:
    """What is measured beside each other, and what its set-up took, so many times in turns."""
    homes = asked.homes or Path(folder, "homes")
    homes.mkdir(exist_ok=True)
    sources = {"ours": release.ROOT}
    notes = []
    if before:
        try:
            sources["before"] = release.source(Path(folder, "source"))
        except release.NoRelease as error:
            notes.append(Row(f"release {release.VERSION}", "", f"left out: {error}"))
    set_ups: dict[str, list[SetUp]] = {name: [] for name in sources}
    for n in range(1 if asked.homes else times):
        for name, source in sources.items():
            home = homes / (name if n == 0 else f"{name}-{n}")
            set_ups[name].append(installed.set_up(source, home))
    tuptime = installed.tuptime(Path(folder, "tuptime"))
    if tuptime is None:
        notes.append(Row("tuptime", "", "left out: it is not installed, nor can it be downloaded"))
    os.environ["HOME"] = str(homes / "ours")
    theirs = set_ups.get("before", [])
    programs = Programs(set_ups["ours"][0].program, theirs[0].program if theirs else None, tuptime)
    rows = [] if asked.homes else installed.rows(set_ups["ours"], theirs)
    return programs, [*rows, *notes]


def machine() -> dict[str, str]:
    """What kind of machine this is."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 2**30:.0f} GiB",
        "Linux": ".".join(platform.release().split(".")[:2]),
        "Python": platform.python_version(),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def place(folder: str, name: str) -> str:
    """A new folder within the folder."""
    path = os.path.join(folder, name)
    os.mkdir(path)
    return path


def show(rows: list[Row]) -> list[Row]:
    """Print rows of the table."""
    for row in rows:
        print_line(cells(row))
    return rows


def cells(row: Row) -> tuple[str, ...]:
    """What a row of the table says."""
    return (
        row.what,
        row.goal,
        row.found,
        "" if row.ratio is None else f"{row.ratio:.2f}",
        _VERDICT[row.is_met],
    )


def print_line(texts: tuple[str, ...]) -> None:
    """Print a line of the table."""
    print(
        "|",
        " | ".join(text.ljust(width) for text, width in zip(texts, _WIDTHS, strict=True)),
        "|",
        flush=True,
    )


def as_json(rows: list[Row], measured: curves.Curves) -> str:
    """The results for programs."""
    content = {
        "machine": machine(),
        "rows": [
            {
                "what": row.what.strip(),
                "goal": row.goal,
                "found": row.found,
                "ratio": row.ratio,
                "met": row.is_met,
            }
            for row in rows
        ],
        "figures": figures.as_content(figure for row in rows for figure in row.figures),
        "curves": {
            name: [point._asdict() for point in points] for name, points in measured.items()
        },
    }
    return json.dumps(content, indent=2) + "\n"


if __name__ == "__main__":
    main()
