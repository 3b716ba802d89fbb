"""What is measured: this checkout and release 0.1.0 as set-up installs them, each into a home of
its own, and tuptime beside them."""

import os
import resource
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.figures import figure, ratios
from benchmarks.measuring import Program, Row, row
from tests.upgrade import release

_DISK_GOAL_MB, _TIME_GOAL = 30.0, 0.5


class SetUp(NamedTuple):
    """A program, what its set-up took (seconds on the wall and of the processor), and how many
    bytes it left on the disk."""

    program: Program
    wall: float
    cpu: float
    on_disk: int


def set_up(source: Path, home: Path) -> SetUp:
    """Install a source tree into a home as its setup.sh does it, and stop the tracker that this
    starts. Raises RuntimeError with what set-up printed if it fails."""
    home.mkdir(exist_ok=True)
    state = str(home / "state")
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        ["sh", str(source / "setup.sh"), "--dir", state, "--no-shell-hook"],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"{source}/setup.sh failed:\n{done.stdout}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    command = home / ".local/bin/codespace-tracker"
    program = Program(str(command), interpreter(command.read_text()))
    program.run("stop", directory=state)
    return SetUp(program, wall, cpu, on_disk(home))


def environment(home: Path) -> dict[str, str]:
    """The variables of whoever lives in that home, and of nothing else that was set up."""
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "CODESPACE_TRACKER", "VIRTUAL_ENV"))
    }
    return {**mine, "HOME": str(home)}


def interpreter(launcher: str) -> str:
    """The Python that a launcher calls: a script of sh that replaces itself with it, or what pip
    makes. Raises ValueError if it is neither."""
    first, *lines = launcher.splitlines()
    for line in lines:
        if first == "#!/bin/sh" and line.startswith("exec "):
            return shlex.split(line)[1]
    if not first.startswith("#!/") or "python" not in first:
        raise ValueError(f"a launcher that calls no Python: {first}")
    return first.removeprefix("#!")


def on_disk(folder: Path) -> int:
    """The bytes that a folder takes up."""
    paths = [folder, *folder.rglob("*")]
    sizes = {(found.st_dev, found.st_ino): found.st_blocks for found in map(os.lstat, paths)}
    return 512 * sum(sizes.values())


def rows(ours: list[SetUp], before: list[SetUp]) -> list[Row]:
    """What set-up costs; `before` has those of release 0.1.0, one beside each of ours, or none."""
    disk = figure("set-up, on disk", "MB", [one.on_disk / 1e6 for one in ours], _DISK_GOAL_MB)
    found = f"{disk.value:.0f} MB"
    if before:
        found += f" ({release.VERSION}: {before[0].on_disk / 1e6:.0f} MB)"
    rows = [row("set-up, fresh home: on disk", f"<= {_DISK_GOAL_MB:.0f} MB", found, disk)]
    wall, cpu = ([getattr(one, field) for one in ours] for field in ("wall", "cpu"))
    ours_s = figure("", "s", wall).value
    if not before:
        return [*rows, Row("set-up, fresh home: time", "", f"{ours_s:.0f} s, of {len(ours)}")]
    their_wall, their_cpu = ([getattr(one, field) for one in before] for field in ("wall", "cpu"))
    on_wall = figure("set-up, wall: to 0.1.0's", "x", ratios(wall, their_wall), _TIME_GOAL)
    in_cpu = figure("set-up, CPU: to 0.1.0's", "x", ratios(cpu, their_cpu))
    theirs_s = figure("", "s", their_wall).value
    return [
        *rows,
        row(
            "set-up, fresh home: time",
            f"<= {_TIME_GOAL} x {release.VERSION}'s",
            f"{on_wall.value:.2f} x ({ours_s:.0f} s, {theirs_s:.0f} s; CPU {in_cpu.value:.2f} x; of"
            f" {len(ours)})",
            on_wall,
            in_cpu,
        ),
    ]


def tuptime(folder: Path) -> str | None:
    """The program of tuptime: the one that is installed, or Debian's, unpacked into a new folder;
    None where there is neither."""
    there = shutil.which("tuptime")
    if there is not None or shutil.which("apt-get") is None:
        return there
    folder.mkdir()
    folder.chmod(0o777)  # apt-get downloads as another user
    subprocess.run(["apt-get", "download", "tuptime"], cwd=folder, capture_output=True, check=False)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", str(package), str(folder)], check=True)
    program = folder / "usr/bin/tuptime"
    return str(program) if program.exists() else None
