"""What is in the wheel: all that the program needs, and nothing else."""

import os
import stat
import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from codespace_tracker import __version__
from codespace_tracker.install import kept_program
from codespace_tracker.install import wheel as ours

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src/codespace_tracker"
ABOUT = f"codespace_tracker-{__version__}"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel as it is published, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(folder),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    [path] = folder.iterdir()
    assert path.name == f"{ABOUT}-py3-none-any.whl"
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel that set-up keeps of what is installed."""
    folder = tmp_path_factory.mktemp("state")
    kept_program.keep(str(folder), hook=False)
    [path] = (folder / "program").glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel that set-up makes of a checkout."""
    path = tmp_path_factory.mktemp("made") / ours.FILE_NAME
    path.write_bytes(ours.packed(ours.parts_of_checkout(str(ROOT))))
    return zipfile.ZipFile(path)


def contents(wheel: zipfile.ZipFile) -> dict[str, bytes]:
    return {name: wheel.read(name) for name in wheel.namelist()}


def test_it_holds_every_file_of_the_package_and_no_other(wheel: zipfile.ZipFile) -> None:
    sources = {
        f"codespace_tracker/{path.relative_to(SOURCES)}": path.read_bytes()
        for path in SOURCES.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    found = contents(wheel)
    assert {name: found[name] for name in found if name.startswith("codespace_tracker/")} == sources
    rest = {name.partition("/")[0] for name in found} - {"codespace_tracker"}
    assert rest == {f"{ABOUT}.dist-info", f"{ABOUT}.data"}


@pytest.mark.parametrize(
    "name",
    [
        "codespace_tracker/py.typed",
        "codespace_tracker/daemon/ghadi.sh",
        "codespace_tracker/install/setup.sh",
        "codespace_tracker/ledger/migrations/0001_sessions.sql",
        f"{ABOUT}.data/scripts/ghadi.sh",
        f"{ABOUT}.dist-info/licenses/LICENSE",
    ],
)
def test_it_holds_what_is_no_python(wheel: zipfile.ZipFile, name: str) -> None:
    assert name in wheel.namelist()


def test_every_migration_is_in_it(wheel: zipfile.ZipFile) -> None:
    migrations = {path.relative_to(SOURCES).as_posix() for path in SOURCES.rglob("*.sql")}
    found = {name.partition("/")[2] for name in wheel.namelist() if "/migrations/" in name}
    assert found == migrations
    assert len(migrations) >= 6


def test_it_asks_for_python_3_10_and_for_what_the_program_imports_only(
    wheel: zipfile.ZipFile,
) -> None:
    about = message_from_string(wheel.read(f"{ABOUT}.dist-info/METADATA").decode())
    assert about["Requires-Python"] == ">=3.10"
    wanted = [one for one in about.get_all("Requires-Dist", []) if "extra ==" not in one]
    names = {one.partition(">=")[0] for one in wanted}
    assert names == {"click", "cronsim", "jinja2", "pydantic", "tzdata", "tomli"}


def test_the_wheel_that_set_up_keeps_is_the_one_that_is_published(
    wheel: zipfile.ZipFile, kept: zipfile.ZipFile
) -> None:
    published, ours = contents(wheel), contents(kept)
    assert set(ours) == set(published)
    differing = {name for name in ours if ours[name] != published[name]}
    assert {Path(name).name for name in differing} <= {
        "WHEEL",
        "RECORD",
        "METADATA",
    }  # an older build's METADATA
    assert kept.testzip() is None


def test_the_wheel_that_set_up_makes_is_the_one_that_is_published(
    wheel: zipfile.ZipFile, made: zipfile.ZipFile
) -> None:
    published, found = contents(wheel), contents(made)
    assert set(found) == set(published)
    differing = {Path(name).name for name in found if found[name] != published[name]}
    assert differing <= {"WHEEL", "RECORD", "METADATA"}
    metadata = [
        files[f"{ABOUT}.dist-info/METADATA"].decode().partition("\n")
        for files in (published, found)
    ]
    assert metadata[0][2] == metadata[1][2], "all but the version of the form itself"
    assert made.testzip() is None


def test_a_script_can_be_executed_after_pip_installed_it(made: zipfile.ZipFile) -> None:
    mode = made.getinfo(f"{ABOUT}.data/scripts/ghadi.sh").external_attr >> 16
    assert stat.S_ISREG(mode), "or pip leaves it as it is"
    assert mode & 0o111


def test_what_is_no_file_is_in_no_wheel(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("")
    (tmp_path / ".#one.py").symlink_to("me@host.1:1")  # what Emacs leaves while a file is edited
    os.mkfifo(tmp_path / "pipe")
    assert list(ours.package(str(tmp_path))) == [("codespace_tracker/one.py", b"")]
