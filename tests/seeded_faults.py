"""The checks are checked: ten faults, each put into a copy of the checkout, must each make a short
test fail.

`python -m tests.seeded_faults [NAME …]` first holds those tests to the copy as it is, then seeds
one fault after the other and says which test found it. It ends with 1 where a fault was not found,
or where its place in the source is no longer there.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SOURCE = "src/codespace_tracker"


class Edit(NamedTuple):
    """A text in a file of the source, and what stands in its place with the fault."""

    path: str
    text: str
    instead: str


class Fault(NamedTuple):
    """Something that the tracker must not do; `tests` are everyday tests, of which one is to fail
    with it."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


FAULTS = (
    Fault(
        "a lost session ends at the moment of recovery",
        (
            Edit(
                "core/recovery.py",
                'ended = end(last, "recovered")',
                "lost = max(0, reading.wall_us - last.last_seen_at)\n"
                "        ran = last.running_us + lost\n"
                "        seen = last._replace(last_seen_at=reading.wall_us, running_us=ran)\n"
                '        ended = end(seen, "recovered")',
            ),
        ),
        (
            "tests/unit/test_timelines.py",
            "tests/simulation/test_loop.py",
        ),
    ),
    Fault(
        "a script starts before its claim is committed",
        (
            Edit(
                "daemon/attempts.py",
                "step.actions.runs.append("
                "(order, run_files.take_lock(self._directory, order.name)))",
                "self._host.start_run(order, run_files.take_lock(self._directory, order.name))",
            ),
        ),
        ("tests/simulation/test_triggers_under_failures.py",),
    ),
    Fault(
        "files are written in place",
        (
            Edit(
                "machine/files.py",
                "        os.rename(waiting, name, src_dir_fd=folder, dst_dir_fd=folder)\n",
                "        how = os.O_WRONLY | os.O_CREAT | os.O_TRUNC\n"
                "        fd = os.open(name, how, FILE_MODE, dir_fd=folder)\n"
                "        write_all(fd, content)\n"
                "        os.close(fd)\n"
                "        os.unlink(waiting, dir_fd=folder)\n",
            ),
        ),
        ("tests/unit/test_files.py",),
    ),
    Fault(
        "running time is taken from the wall clock",
        (
            Edit(
                "core/session.py",
                "elapsed = reading.mono_us - session.last_mono_us",
                "elapsed = max(0, reading.wall_us - session.last_seen_at)",
            ),
        ),
        (
            "tests/unit/test_timelines.py",
            "tests/simulation/test_loop.py",
        ),
    ),
    Fault(
        "a flag that a crash took is taken for a re-arm",
        (
            Edit(
                "daemon/flag_watch.py",
                'elif placed.state != "placed" or (flag not in flags.ours and not self._is_drawn):',
                "elif flag not in flags.ours and not self._is_drawn:",
            ),
        ),
        ("tests/simulation/test_triggers_under_failures.py",),
    ),
    Fault(
        "children inherit the blocked signals",
        (
            Edit("machine/process.py", "signal.pthread_sigmask(signal.SIG_SETMASK, ())", "pass"),
            Edit("runs/runner.py", "            setsigmask=(),\n", ""),
        ),
        ("tests/integration/test_runs.py",),
    ),
    Fault(
        "a login by SSH changes what kind of environment this is",
        (
            Edit(
                "daemon/begin.py",
                "kind = seen.kind if former is None or copied else stronger(former.environment, "
                "seen.kind)",
                "kind = seen.kind",
            ),
        ),
        ("tests/simulation/test_loop.py",),
    ),
    Fault(
        "a restored ledger fires again",
        (Edit("daemon/rescue.py", "Occurrences(ledger).mark_restored(at)", "pass"),),
        (
            "tests/simulation/test_rules.py::test_a_restored_ledger_fires_nothing_that_was_due_meanwhile",
        ),
    ),
    Fault(
        "stopped hours are counted when the boot id stays",
        (
            Edit(
                "core/recovery.py",
                "return last.pid1_start_us == reading.pid1_start_us",
                "return True",
            ),
        ),
        (
            "tests/unit/test_timelines.py",
            "tests/simulation/test_loop.py",
        ),
    ),
    Fault(
        "a month's triggers come again with the user's month",
        (
            Edit(
                "core/trigger.py",
                "{(UTC if period.is_utc else zone).date(period.bounds(at, zone)[0])}",
                "{zone.date(at)[: 10 if scope == 'day' else 7]}",
            ),
        ),
        (
            "tests/unit/test_foreseen.py",
            "tests/simulation/test_rules.py::test_rule_10_a_month_level_fires_again_when_the_month_of_utc_has_ended",
        ),
    ),
)


class Stale(Exception):
    """The place of a fault is not in the source any more."""


def seeded(text: str, edit: Edit) -> str:
    """The text with the fault in it. Raises Stale."""
    if text.count(edit.text) != 1:
        raise Stale(
            f"{SOURCE}/{edit.path}: the text `{edit.text.strip()}` is there"
            f" {text.count(edit.text)} times, and must be once. Fix: seed the fault where the"
            " rule is now, in tests/seeded_faults.py."
        )
    return text.replace(edit.text, edit.instead)


class Copy:
    """A copy of the checkout in a folder of its own, with a Python that imports it and nothing of
    the original."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.root / name)
        venv.create(folder / "python", symlinks=True)
        [packages] = (folder / "python").glob("lib/python*/site-packages")
        # Named in a .pth file, the packages' own .pth files are not followed: they lead to the
        # original.
        places = (self.root / "src", sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
        (packages / "copy.pth").write_text(
            "".join(f"{place}\n" for place in dict.fromkeys(map(str, places)))
        )
        self._python = folder / "python" / "bin" / "python"

    def where(self) -> Path:
        """The package that a daemon imports, which is started as `python -I`."""
        program = "import codespace_tracker; print(codespace_tracker.__file__)"
        done = subprocess.run(
            [self._python, "-I", "-c", program], capture_output=True, text=True, check=True
        )
        return Path(done.stdout.strip()).parent

    def seed(self, fault: Fault) -> None:
        """Put the fault in. Raises Stale."""
        for edit in fault.edits:
            path = self.root / SOURCE / edit.path
            path.write_text(seeded(path.read_text(), edit))

    def failing(self, tests: tuple[str, ...]) -> tuple[int, str]:
        """Run tests up to the first that fails: pytest's exit code, and that test's name or what
        pytest said."""
        variables = {
            **os.environ,
            "PATH": f"{self._python.parent}:{os.environ['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [
            str(self._python),
            "-m",
            "pytest",
            "-q",
            "-x",
            "--tb=no",
            "-p",
            "no:xdist",
            *tests,
        ]
        done = subprocess.run(
            command, cwd=self.root, env=variables, capture_output=True, text=True, check=False
        )
        found = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
        return done.returncode, found[1] if found else (done.stdout + done.stderr).strip()[-2000:]


def try_in_copy(tests: tuple[str, ...], fault: Fault | None) -> tuple[int, str]:
    """What the tests say of a copy of the checkout, with a fault or without. Raises Stale."""
    with tempfile.TemporaryDirectory(prefix="seeded-fault-") as folder:
        copy = Copy(Path(folder).resolve())
        if copy.where() != copy.root / SOURCE:
            raise Stale(f"the copy's Python imports {copy.where()}, and not the copy")
        if fault is not None:
            copy.seed(fault)
        return copy.failing(tests)


def _told(label: str, began: float, result: str) -> None:
    print(f"{label:<57} {time.monotonic() - began:>4.0f} s  {result}", flush=True)


def main(names: list[str]) -> int:
    """Try the faults whose name holds one of `names`, or all; the exit code."""
    wanted = [fault for fault in FAULTS if not names or any(name in fault.name for name in names)]
    if not wanted:
        print("no fault has such a name; they are:", *(fault.name for fault in FAULTS), sep="\n  ")
        return 2
    began = time.monotonic()
    code, said = try_in_copy(
        tuple(dict.fromkeys(test for fault in wanted for test in fault.tests)), None
    )
    _told("none", began, "all tests pass" if code == 0 else f"FAILS WITHOUT A FAULT: {said}")
    if code != 0:
        return 1
    missed = 0
    for fault in wanted:
        began = time.monotonic()
        try:
            code, said = try_in_copy(fault.tests, fault)
        except Stale as error:
            code, said = -1, str(error)
        found = code == 1  # what pytest itself stumbles over is no test that failed
        missed += not found
        _told(fault.name, began, said if found else f"NOT FOUND (pytest ended with {code}): {said}")
    print(f"{len(wanted) - missed} of {len(wanted)} faults were found.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
