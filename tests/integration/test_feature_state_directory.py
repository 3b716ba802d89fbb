"""The state directory that the Feature makes in an image: by the user where that user can, and no
more than it."""

import os
import pwd
import re
import stat
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.machine

INSTALL = Path(__file__).parents[2] / "feature/src/codespace-tracker/install.sh"
USER = "nobody"


class Image:
    """A root folder with the programs of this machine, and a home of the user's in it."""

    def __init__(self, root: Path) -> None:
        self.root, self.home = root, root / "home/user"
        root.mkdir(mode=0o755)
        self.home.mkdir(parents=True)
        owner = pwd.getpwnam(USER)
        os.chown(self.home, owner.pw_uid, owner.pw_gid)
        for name in ("usr", "etc", "dev", "proc"):
            (root / name).mkdir()
        for name in ("bin", "sbin", "lib", "lib64"):
            if Path("/", name).is_symlink():
                (root / name).symlink_to(f"usr/{name}")

    def install(self, state: str) -> subprocess.CompletedProcess[str]:
        """Run the part of install.sh that checks the option and makes the directory, and nothing
        else of it."""
        text = INSTALL.read_text()
        names = ("fail", "check_options", "note_state_directory", "make_state_directory")
        found = [
            re.search(rf"^{name}\(\) \{{.*?\}}\n(?=\S|\n)", text, re.M | re.S) for name in names
        ]
        functions = "\n".join(one[0] for one in found if one)
        script = (
            "set -eu; umask 022; here=/ version=1 etc=/\n"
            f"{functions}\n"
            "check_options; make_state_directory"
        )
        binds = "; ".join(
            f"mount --rbind /{name} {self.root}/{name}" for name in ("usr", "etc", "dev", "proc")
        )
        variables = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "state": state,
            "user": USER,
            "home": "/home/user",
        }
        words = [
            "unshare",
            "--mount",
            "sh",
            "-euc",
            f'{binds}; exec chroot {self.root} sh -c "$1"',
            "sh",
            script,
        ]
        return subprocess.run(words, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """One of this test's own."""
    return Image(tmp_path / "root")


def whose(path: Path) -> tuple[str, int]:
    """The owner and the mode of a folder."""
    found = path.lstat()
    return pwd.getpwuid(found.st_uid).pw_name, stat.S_IMODE(found.st_mode)


@pytest.mark.parametrize("state", ["/home/user/.cache/tracker", "~/.cache/tracker"])
def test_folders_in_the_users_home_are_the_users(image: Image, state: str) -> None:
    done = image.install(state)
    assert done.returncode == 0, done.stderr
    assert whose(image.home / ".cache") == (USER, 0o755)
    assert whose(image.home / ".cache/tracker") == (USER, 0o700)


def test_a_folder_that_only_root_can_make_is_the_users(image: Image) -> None:
    assert image.install("/var/lib/tracker").returncode == 0
    assert whose(image.root / "var/lib") == ("root", 0o755)
    assert whose(image.root / "var/lib/tracker") == (USER, 0o700)


def test_what_is_there_keeps_its_owner_also_behind_a_link(image: Image) -> None:
    (image.root / "kept").mkdir(mode=0o755)
    (image.root / "link").symlink_to("kept")
    assert image.install("/link").returncode == 0
    assert whose(image.root / "kept") == ("root", 0o755)


@pytest.mark.parametrize("state", ["/tmp/a\n/tmp/b", "/tmp/a\tb", "~/a\x1b[31m"])
def test_a_path_that_cannot_be_recorded_is_refused(image: Image, state: str) -> None:
    done = image.install(state)
    assert done.returncode == 1
    assert "the option stateDirectory: it holds a control character" in done.stderr
