"""The modules of an answer from its bundle: the same answers, and none of a module that is not as
it was."""

from __future__ import annotations

import ast
import compileall
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.histories import History, make

import codespace_tracker
from codespace_tracker.cli.bundle import AS_JSON
from codespace_tracker.config.configuration import FILES, Configuration, Loaded, Settings
from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.trigger import Edge, Level, Script, Trigger
from codespace_tracker.install.environment import BUNDLE
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger, StoredConfiguration
from codespace_tracker.machine import clock, stopped
from codespace_tracker.machine.files import stamp

ASKED = [
    [command, *flags]
    for command in ("status", "sessions", "quota", "triggers")
    for flags in ([], ["--json"])
] + [["prompt"], ["ensure"]]
# the clocks stand still, and what is imported in the end is told
PROGRAM = """
import json, os, sys
sys.path.append(sys.argv.pop(1))
now = json.loads(sys.argv.pop(1))
from codespace_tracker.machine import clock
clock.read = lambda: clock.Reading(*now)
from codespace_tracker.cli import frame
code = frame.run(sys.argv[1:])
bundled = [name for name, one in sys.modules.items() if getattr(one, "__loader__", 1) is None]
options = sys.modules.get("codespace_tracker.cli.options")
place = options.state_directory.__code__.co_filename if options else ""
print(json.dumps([code, bundled, place]), file=sys.stderr)
"""
TRIGGERS = tuple(
    Trigger(
        label,
        f"trigger_{n}",
        (Level("session", 8 * HOUR_US),) if n else (),
        None if n else Edge("every", HOUR_US),
        "session" if n else "edge",
        Script("true", ("sh", "-c"), "", "", "", (), MINUTE_US),
        fingerprint=str(n),
    )
    for n, label in enumerate(("Each hour", "Save it"))
)


class Answer(NamedTuple):
    """What a command printed, its exit code, which modules came from a bundle, and where the code
    of one of them says that it is."""

    text: str
    code: int
    bundled: frozenset[str]
    place: str


Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as set-up leaves it: compiled, and with bundles."""
    folder = tmp_path_factory.mktemp("packages")
    package = folder / "codespace_tracker"
    source = os.path.dirname(codespace_tracker.__file__)
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("__pycache__"))
    assert compileall.compile_dir(package, quiet=1, stripdir=folder, prependdir="/moved/there")
    words = [sys.executable, "-I", "-S", "-B", "-c", BUNDLE, str(folder)]
    subprocess.run(words, check=True, capture_output=True)
    return folder


@pytest.fixture
def packages(made: Path, tmp_path: Path) -> Path:
    """A copy of it, which a test may spoil."""
    return Path(shutil.copytree(made, tmp_path / "packages"))


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Ask a program in a folder; always at the same moment, about the same directory."""
    now = clock.read()
    directory = str(tmp_path / "state")
    make(directory, History(sessions=5), now.wall_us - DAY_US)
    zone = Zone("Asia/Kolkata", ((0, 19_800),))
    configuration = Configuration(Settings(time_zone=zone.name), zone, TRIGGERS)
    stamps = tuple(stamp(os.path.join(directory, name)) for name in FILES)
    loaded = Loaded(configuration, ())._replace(stamps=stamps)
    stored = StoredConfiguration(configuration.to_json(), loaded.to_json())
    with Ledger.open_writer(os.path.join(directory, NAME)) as ledger, ledger.transaction():
        ledger.store_configuration(stored)
    stopped.remember(directory, now)  # or `ensure` would start it

    def asked(packages: Path, *words: str) -> Answer:
        done = subprocess.run(
            [
                *(sys.executable, "-I", "-S", "-B", "-c", PROGRAM, str(packages)),
                *(json.dumps(now), *words, "--dir", directory),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        *said, told = done.stderr.splitlines(keepends=True)
        code, bundled, place = json.loads(told)
        return Answer("".join([done.stdout, *said]), code, frozenset(bundled), place)

    return asked


def bundles(packages: Path) -> list[Path]:
    """The bundles of a program."""
    return [*packages.rglob("*.bundle")]


def without_bundles(packages: Path) -> Path:
    """The same program without them."""
    for bundle in bundles(packages):
        bundle.unlink()
    return packages


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_an_answer_is_the_same_from_a_bundle(
    words: list[str], made: Path, packages: Path, ask: Ask
) -> None:
    bundled, usual = ask(made, *words), ask(without_bundles(packages), *words)
    assert bundled[:2] == usual[:2]
    assert bundled.text
    assert f"codespace_tracker.cli.answers.{words[0]}" in bundled.bundled
    assert usual.bundled == frozenset()


def test_each_answer_has_a_bundle_with_all_its_modules(made: Path, ask: Ask) -> None:
    answers = Path(codespace_tracker.__file__).parent / "cli/answers"
    names = {one.stem for one in answers.glob("*.py")} - {"__init__"}
    assert {one.name.partition(".")[0] for one in bundles(made)} == names
    assert f"status{AS_JSON}" in names
    assert "codespace_tracker.views.standing" in ask(made, "status", "--json").bundled
    assert "codespace_tracker.views.standing" not in ask(made, "status").bundled


def test_an_edited_module_is_taken_as_it_is_now(packages: Path, ask: Ask) -> None:
    source = packages / "codespace_tracker/core/text.py"
    source.write_text(source.read_text() + '\nimport sys\nprint("edited", file=sys.stdout)\n')
    found = ask(packages, "status")
    assert found.text.startswith("edited\n")
    assert found.bundled
    assert "codespace_tracker.core.text" not in found.bundled


def test_a_module_of_the_same_size_but_another_time_is_taken_as_it_is_now(
    packages: Path, ask: Ask
) -> None:
    source = packages / "codespace_tracker/core/text.py"
    changed = source.stat().st_mtime + 1
    os.utime(source, (changed, changed))
    assert "codespace_tracker.core.text" not in ask(packages, "status").bundled


@pytest.mark.parametrize("part", [0.0, 0.00001, 0.3, 0.9999])
@pytest.mark.parametrize("rest", ["cut off", "zeros"])
def test_a_bundle_that_is_not_whole_is_left_alone(
    part: float, rest: str, packages: Path, ask: Ask
) -> None:
    expected = ask(packages, "status")
    for bundle in bundles(packages):
        content = bundle.read_bytes()
        kept = content[: int(len(content) * part)]
        zeros = bytes(len(content) - len(kept)) if rest == "zeros" else b""
        bundle.write_bytes(kept + zeros)
    found = ask(packages, "status")
    assert found[:2] == expected[:2]
    assert found.bundled == frozenset()


def test_a_bundle_of_another_version_of_python_is_left_alone(packages: Path, ask: Ask) -> None:
    expected = ask(packages, "status")
    for bundle in bundles(packages):
        bundle.write_bytes(b"\0\0\r\n" + bundle.read_bytes()[4:])
    found = ask(packages, "status")
    assert found[:2] == expected[:2]
    assert found.bundled == frozenset()


def test_a_module_that_is_gone_is_missed_as_always(packages: Path, ask: Ask) -> None:
    (packages / "codespace_tracker/ledger/notices.py").unlink()
    bundled, usual = ask(packages, "status"), ask(without_bundles(packages), "status")
    assert (bundled.code, usual.code) == (3, 3)
    assert "this is a bug" in bundled.text


def test_what_is_bundled_has_the_place_that_set_up_moves_it_to(made: Path, ask: Ask) -> None:
    assert ask(made, "status").place == "/moved/there/codespace_tracker/cli/options.py"


def test_the_feature_makes_bundles_as_set_up_does() -> None:
    script = Path(__file__).parents[2] / "feature/src/codespace-tracker/install.sh"
    assert BUNDLE in script.read_text()


def test_what_is_bundled_has_no_assert(made: Path, ask: Ask) -> None:
    """It would not be checked there."""
    for name in {*ask(made, "status", "--json").bundled, *ask(made, "triggers").bundled}:
        place = made.joinpath(*name.split("."))
        source = place.with_suffix(".py") if not place.is_dir() else place / "__init__.py"
        nodes = ast.walk(ast.parse(source.read_text()))
        assert not [node for node in nodes if isinstance(node, ast.Assert)], name
