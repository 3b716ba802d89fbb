"""The table of budgets, all of it in one run: `python benchmarks/run.py [--seconds N] [--json FILE]
[--svg FILE]`.

The machines it runs on are noisy: what counts are ratios within one run, and the bare interpreter,
a loop of processes and tuptime (where it is installed) are measured beside the tracker. --seconds
is how long a tracker at rest is watched (default 120; 1800 for a figure to trust). See
docs/benchmarks.md.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import curves, drawing, lateness, losses, resting, verbs
from benchmarks.measuring import Row, warm_up

_WIDTHS = (52, 27, 66, 5, 4)
_VERDICT = {True: "yes", False: "NO", None: ""}


def main() -> None:
    """Measure, print the table, and write the files that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--seconds", type=float, default=120.0, help="how long a tracker at rest is watched"
    )
    parser.add_argument("--times", type=int, default=21, help="how often each command is run")
    parser.add_argument(
        "--points", type=int, default=60, help="how many triggers become due on a busy machine"
    )
    parser.add_argument("--kills", type=int, default=10, help="how many trackers are killed")
    parser.add_argument("--json", type=Path, help="also write the results there")
    parser.add_argument("--svg", type=Path, help="also draw the curves there")
    asked = parser.parse_args()
    os.environ.pop("CODESPACE_TRACKER_DIR", None)
    os.environ.pop(
        "PYTHONDONTWRITEBYTECODE", None
    )  # pip compiles what it installs; this checkout does it by itself
    print(", ".join(f"{name} {value}" for name, value in machine().items()), end="\n\n")
    print_line(("what", "goal", "found", "ratio", "met"))
    print_line(tuple("-" * width for width in _WIDTHS))
    with tempfile.TemporaryDirectory() as folder:
        warm_up(place(folder, "warm"))
        found = show(resting.rows(place(folder, "resting"), asked.seconds))
        found += show(lateness.rows(place(folder, "lateness"), asked.points))
        found += show(losses.rows(place(folder, "losses"), asked.kills))
        found += show(verbs.rows(place(folder, "verbs"), asked.times))
        measured = curves.measure(place(folder, "curves"), asked.times)
        found += show(curves.rows(measured))
    if asked.json:
        asked.json.write_text(as_json(found, measured))
    if asked.svg:
        asked.svg.write_text(drawing.svg(measured))


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
        "rows": [{**row._asdict(), "what": row.what.strip(), "met": row.is_met} for row in rows],
        "curves": {
            name: [point._asdict() for point in points] for name, points in measured.items()
        },
    }
    return json.dumps(content, indent=2) + "\n"


if __name__ == "__main__":
    main()
