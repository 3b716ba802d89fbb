"""Fills the environment that setup.sh has made: the program and what it needs, and nothing else.

setup.sh runs it by the environment's own Python, from the checkout or from within the wheel. It
stands on the standard library alone.
"""

import compileall
import glob
import os
import runpy
import shutil
import subprocess
import sys
import sysconfig
import zipfile

_COMMANDS = ("codespace-tracker", "cst", "ghadi.sh")
_MODULES = "codespace_tracker.cli.program, codespace_tracker.config.load, jinja2, tzdata"
"""What imports all that is installed."""
BUNDLE = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from codespace_tracker.cli import bundle; bundle.write()"
)
"""What makes the bundles of answers (cli/bundle.py), by a Python that has imported nothing."""
_ASIDE = "pip"
"""The folder beside the packages in which pip is, until they are installed."""


def main(program: str, place: str, pip: str = "") -> None:
    """Fill the environment whose Python runs this. `program` is the wheel, or the `src` of a
    checkout; `place` where the environment will be moved; `pip` a folder with pip, if there is
    one. Exits with pip's code if that fails."""
    wheel = program
    sys.path.insert(1, pip or _pip())
    if not program.endswith(".whl"):
        from codespace_tracker.install import wheel as ours

        wheel = os.path.join(sys.prefix, ours.FILE_NAME)
        with open(wheel, "wb") as file:
            file.write(ours.packed(ours.parts_of_checkout(os.path.dirname(program))))
    sys.path.remove(program)  # pip would find this program there, and take it for installed
    _install(wheel)
    if wheel != program:
        os.unlink(wheel)
    packages = sysconfig.get_path("purelib")
    checking = subprocess.Popen([sys.executable, "-I", "-B", "-c", f"import {_MODULES}"])
    _compile(packages, place)
    # without them it works too
    subprocess.run([sys.executable, "-I", "-S", "-B", "-c", BUNDLE, packages], check=False)
    if checking.wait():  # a setting of pip's can have it install a part, or to another place
        sys.exit("pip did not install all of it. Look at pip.conf and the variables PIP_*.")
    _clear(os.path.join(sys.prefix, "bin"))


def _pip() -> str:
    """A folder with pip: unpacked from the wheel from which Python would install it, which would
    also compile all of it; else as Python installs it."""
    import ensurepip

    aside = os.path.join(sys.prefix, _ASIDE)
    bundled = os.path.join(ensurepip.__path__[0], "_bundled")
    for folder in (sysconfig.get_config_var("WHEEL_PKG_DIR") or bundled, bundled):
        for found in glob.glob(f"{glob.escape(folder)}/pip-*.whl"):
            with zipfile.ZipFile(found) as archive:
                archive.extractall(aside)
            return aside
    subprocess.run([sys.executable, "-I", "-m", "venv", aside], check=True)
    return glob.glob(f"{glob.escape(aside)}/lib/python3*/site-packages")[0]


def _install(wheel: str) -> None:
    """Have pip install a wheel and what it needs here. Raises SystemExit if it fails."""
    sys.argv = ["pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", wheel]
    try:
        runpy.run_module("pip", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if ended.code:
            raise


def _compile(packages: str, place: str) -> None:
    """Compile all that is installed, in two processes, under the names that it will have."""
    sources = glob.glob(f"{glob.escape(packages)}/**/*.py", recursive=True)
    child = os.fork()
    for path in sources[child == 0 :: 2]:
        compileall.compile_file(path, quiet=2, stripdir=sys.prefix, prependdir=place)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _clear(commands: str) -> None:
    """Delete the commands that are not ours: they name the folder that this is moved out of."""
    for name in os.listdir(commands):
        if not name.startswith("python") and name not in _COMMANDS:
            os.unlink(os.path.join(commands, name))
    shutil.rmtree(os.path.join(sys.prefix, _ASIDE), ignore_errors=True)
