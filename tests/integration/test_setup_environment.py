"""What setup.sh leaves in the environment that it makes: the program and what it needs, compiled,
and nothing of a set-up before, whatever became of that. Nothing is downloaded: pip finds packed
copies of what is installed here."""

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codespace_tracker import __version__
from codespace_tracker.daemon import control
from codespace_tracker.install import wheel
from codespace_tracker.machine import liveness

ROOT = Path(__file__).parents[2]
SETUP = ROOT / "setup.sh"
NEEDED = ["click", "cronsim", "jinja2", "pydantic", "tzdata"]
NEEDED += ["tomli"] * (sys.version_info < (3, 11))
OF_THEM = [
    "annotated-types",
    "markupsafe",
    "pydantic-core",
    "typing-extensions",
    "typing-inspection",
]


class Home:
    """A home to set up in, with the Python of the tests, and wheels in the place of the network."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder, self.share = folder, folder / ".local/share/codespace-tracker"
        self.venv, self.state = self.share / "venv", folder / ".codespace-tracker"
        python = Path(os.path.realpath(sys.executable)).parent
        self.variables = {
            "HOME": str(folder),
            "PATH": f"{python}:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
        }

    def setup(self, code: int = 0, **more: str) -> str:
        """Run setup.sh; what it said."""
        words = ["bash", str(SETUP), "--no-shell-hook", "--timezone", "UTC"]
        return self.run(*words, code=code, **more)

    def run(self, *words: str, code: int = 0, **more: str) -> str:
        """Run a program as this user; what it said."""
        done = subprocess.run(
            words,
            env={**self.variables, **more},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def command(self, *words: str) -> str:
        """Run the command that was linked; what it said."""
        return self.run(str(self.folder / ".local/bin/codespace-tracker"), *words)

    @property
    def packages(self) -> Path:
        """The folder of the packages."""
        [found] = self.venv.glob("lib/python3*/site-packages")
        return found

    def check_small_and_whole(self) -> None:
        """Fail unless the program works, and nothing but the program and what it needs is there."""
        assert sorted(os.listdir(self.share)) == ["setup.lock", "venv"]
        found = {one.stem for one in self.packages.iterdir() if one.suffix != ".dist-info"}
        wanted = {name.replace("-", "_") for name in (*NEEDED, *OF_THEM)}
        assert found == {*wanted, "codespace_tracker", "__pycache__"}
        left = {*os.listdir(self.venv)} - {".gitignore"}  # of Python 3.13 and newer
        assert left == {"bin", "include", "installed", "lib", "lib64", "pyvenv.cfg"}
        commands = {name for name in os.listdir(self.venv / "bin") if name[:6] != "python"}
        assert commands == {"codespace-tracker", "cst", "ghadi.sh"}
        assert "● running" in self.command("status")


def packed(name: str, folder: Path) -> None:
    """Pack what is installed of a package here into a wheel."""
    found = importlib.metadata.distribution(name)
    about = next(one.parts[0] for one in found.files or [] if one.name == "METADATA")
    lines = (found.read_text("WHEEL") or "").splitlines()
    tag = [line.partition(": ")[2] for line in lines if line.startswith("Tag: ")][-1]
    parts = {
        str(one): Path(str(one.locate())).read_bytes()
        for one in found.files or []
        if ".." not in one.parts and one.suffix != ".pyc" and one.name not in ("RECORD", "WHEEL")
    }
    made = folder / f"{about.removesuffix('.dist-info')}-{tag}.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for path, content in parts.items():
            archive.writestr(path, content)
        archive.writestr(f"{about}/WHEEL", found.read_text("WHEEL") or "")
        names = [*parts, f"{about}/WHEEL", f"{about}/RECORD"]
        archive.writestr(f"{about}/RECORD", "".join(f"{path},,\n" for path in names))


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheels of what the program needs."""
    folder = tmp_path_factory.mktemp("wheels")
    for name in (*NEEDED, *OF_THEM):
        packed(name, folder)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Iterator[Home]:
    """A home that was set up once."""
    made = Home(tmp_path_factory.mktemp("home"), wheels)
    made.setup()
    yield made
    for _ in range(3):
        control.pause(str(made.state))


def test_the_program_and_what_it_needs_are_there_and_no_pip(home: Home) -> None:
    home.check_small_and_whole()


def test_each_answer_has_its_modules_in_a_bundle(home: Home) -> None:
    answers = home.packages / "codespace_tracker/cli/answers"
    names = {one.stem for one in answers.glob("*.py")} - {"__init__"}
    bundles = {one.name.partition(".")[0] for one in answers.glob("__pycache__/*.bundle")}
    assert bundles == names
    for bundle in answers.glob("__pycache__/*.bundle"):
        content = bundle.read_bytes()
        assert os.fsencode(answers) in content, "where set-up moved it to"
        assert b"venv.new" not in content


def test_all_of_it_is_compiled_so_that_no_start_has_to(home: Home) -> None:
    for source in home.packages.rglob("*.py"):
        compiled = Path(importlib.util.cache_from_source(str(source))).read_bytes()
        status = source.stat()
        told = (compiled[8:12], compiled[12:16])
        assert told == (
            int(status.st_mtime).to_bytes(4, "little"),
            status.st_size.to_bytes(4, "little"),
        ), source
        assert str(source).encode() in compiled, "a traceback names the file where it is"


def test_python_and_pip_know_it_as_what_a_build_would_have_installed(home: Home) -> None:
    program = (
        "import importlib.metadata as m; d = m.distribution('codespace-tracker');"
        "print(d.version, d.metadata['Requires-Python'], *(e.value for e in d.entry_points));"
        "print(all(f.locate().exists() for f in d.files if 'bin' not in f.parts))"
    )
    said = home.run(str(home.venv / "bin/python"), "-I", "-c", program)
    entry = "codespace_tracker.cli:main"
    assert said == f"{__version__} >=3.10 {entry} {entry}\nTrue\n"
    assert os.access(home.venv / "bin/ghadi.sh", os.X_OK)


def test_a_second_set_up_changes_nothing(home: Home) -> None:
    before = (home.venv / "installed").stat().st_mtime_ns, liveness.running(str(home.state))
    said = home.setup()
    assert said.count("(unchanged)") == 2
    assert "already running" in said
    after = (home.venv / "installed").stat().st_mtime_ns, liveness.running(str(home.state))
    assert after == before


def test_one_that_was_cut_off_before_the_restart_is_finished_by_the_next(home: Home) -> None:
    before = liveness.running(str(home.state)).daemon
    (home.venv / "restart").touch()
    (home.share / "venv.old").mkdir()
    said = home.setup()
    assert "(unchanged)" in said
    assert liveness.running(str(home.state)).daemon != before, "it may be that of another version"
    home.check_small_and_whole()


def test_one_that_fails_leaves_the_program_as_it_was(home: Home, tmp_path: Path) -> None:
    (home.venv / "installed").write_text("another\n")
    said = home.setup(code=1, PIP_FIND_LINKS=str(tmp_path))
    assert "pip could not install it" in said
    assert "No matching distribution found" in said
    home.check_small_and_whole()


@pytest.mark.parametrize("setting", ["PIP_DRY_RUN", "PIP_NO_DEPS"])
def test_a_pip_that_does_not_install_all_of_it_leaves_the_program_as_it_was(
    home: Home, setting: str
) -> None:
    (home.venv / "installed").write_text("another\n")
    said = home.setup(code=1, **{setting: "1"})
    assert "pip did not install all of it. Look at pip.conf and the variables PIP_*." in said
    home.check_small_and_whole()


def test_one_that_fails_after_a_cut_between_two_names_has_the_program_back(
    home: Home, tmp_path: Path
) -> None:
    (home.venv / "installed").write_text("another\n")
    home.venv.rename(home.share / "venv.old")
    home.setup(code=1, PIP_FIND_LINKS=str(tmp_path))
    home.check_small_and_whole()


@pytest.mark.parametrize("cut", ["while pip works", "between two names"])
def test_one_that_was_cut_off_is_made_good_by_the_next(home: Home, cut: str) -> None:
    (home.share / "venv.new/lib").mkdir(parents=True)
    (home.share / "uv").mkdir()
    home.venv.rename(home.share / "venv.old")
    if cut == "while pip works":
        (home.share / "venv.old").rename(home.venv)
        (home.venv / "bin/python3").unlink()
    home.setup()
    home.check_small_and_whole()


def test_an_environment_with_pip_ends_without_it_and_keeps_its_commands(home: Home) -> None:
    home.run("python3", "-I", "-m", "venv", "--clear", str(home.venv))
    assert (home.venv / "bin/pip").exists()
    home.setup()
    home.check_small_and_whole()


def test_where_python_has_no_wheel_of_pip_it_makes_one_aside(home: Home, tmp_path: Path) -> None:
    made = tmp_path / "made"
    home.run("python3", "-I", "-m", "venv", "--without-pip", str(made))
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from codespace_tracker.install import environment as e\n"
        "glob = e.glob.glob\n"
        "e.glob.glob = lambda path, **more: [] if path.endswith('.whl') else glob(path, **more)\n"
        "e.main(*sys.argv[1:])\n"
    )
    words = ["-I", "-B", "-c", program, str(ROOT / "src"), str(made)]
    home.run(str(made / "bin/python"), *words)
    [packages] = made.glob("lib/python3*/site-packages")
    assert sorted(os.listdir(packages)) == sorted(os.listdir(home.packages))
    assert not (made / "pip").exists()


def test_the_wheel_that_is_kept_installs_the_same(home: Home) -> None:
    """As healing does it."""
    before = sorted(str(one.relative_to(home.venv)) for one in home.venv.rglob("*"))
    (home.venv / "installed").unlink()
    home.run("sh", str(home.state / "program/setup.sh"), "--no-shell-hook")
    home.check_small_and_whole()
    assert before == sorted(str(one.relative_to(home.venv)) for one in home.venv.rglob("*"))
    assert os.access(home.venv / "bin/ghadi.sh", os.X_OK)


def test_the_checkout_is_left_as_it_was(home: Home) -> None:
    assert not list((ROOT / "src").glob("**/codespace_tracker-*"))
    assert not list(ROOT.glob("*.whl"))
    assert wheel.FILE_NAME not in os.listdir(home.venv)
