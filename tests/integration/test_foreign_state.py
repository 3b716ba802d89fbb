"""What is not the user's alone in a state directory is neither run nor shown by the line and the
hook."""

import os
import shutil
import stat
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS

from codespace_tracker.cli import devcontainer
from codespace_tracker.install import shell_hook

pytestmark = pytest.mark.machine

OWNER, OTHER = 45001, 45002
SCRIPT = '#!/bin/sh\nid -u >>"{ran}"\n'
STARTS = ["dash line", "bash line", "bash hook", "zsh hook"]


class Ground:
    """A folder that everybody can write, with a user's state directory, repository and home in
    it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.directory, self.program = folder / "state", folder / "state/program"
        self.repository, self.home, self.ran = (
            folder / "repository",
            folder / "home",
            folder / "ran",
        )
        folder.chmod(0o757)
        for made, mode in (
            (self.directory, 0o700),
            (self.program, 0o700),
            (self.repository, 0o755),
            (self.home, 0o755),
        ):
            made.mkdir()
            made.chmod(mode)
        self.more_path = ""
        self.put(self.program / "setup.sh", SCRIPT.format(ran=self.ran), 0o600)
        self.put(self.repository / "setup.sh", SCRIPT.format(ran=self.ran), 0o755)
        self.give(OWNER)

    def put(self, path: Path, content: str, mode: int = 0o600) -> None:
        """Put a file there, the owner's."""
        path.unlink(missing_ok=True)
        path.write_text(content)
        path.chmod(mode)
        os.chown(path, OWNER, OWNER)

    def give(self, user: int) -> None:
        """Make all but the folder that holds it a user's."""
        for top in (self.directory, self.repository, self.home):
            for path in (top, *top.rglob("*")):
                os.chown(path, user, user, follow_symlinks=False)

    def run(self, start: str) -> str:
        """What the owner's shell or container prints as it starts the tracker; all of it has ended
        then."""
        shell, what = start.split()
        path = shutil.which(shell)
        if path is None:
            pytest.skip(f"{shell} is not installed")
        if what == "line":
            words = [path, "-c", devcontainer.line_for(str(self.directory))]
        else:
            options = ["-f"] if shell == "zsh" else ["--norc"]
            block = shell_hook.block(str(self.directory), "/nonexistent/codespace-tracker")
            words = ["setsid", path, *options, "-i", "-c", f"set -u\n{block}"]
        reading, writing = os.pipe()
        environment = {
            "HOME": str(self.home),
            "PATH": f"{self.more_path}/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(
            words,
            env=environment,
            cwd=self.repository,
            user=OWNER,
            group=OWNER,
            extra_groups=[],
            pass_fds=[writing],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        os.close(writing)
        with open(reading, "rb") as ends:
            ends.read()  # what goes on in the background has it open too
        return done.stdout

    def has_run(self) -> str:
        """The numbers of the users that the script ran as."""
        return self.ran.read_text() if self.ran.exists() else ""


@pytest.fixture
def ground() -> Iterator[Ground]:
    if os.getuid() != 0:
        pytest.fail("these tests work as several users: run them as root")
    folder = Path(tempfile.mkdtemp())  # pytest's folders are closed to others
    yield Ground(folder)
    shutil.rmtree(folder)


def link(path: Path, target: Path) -> None:
    """Put a link of the owner's in the place of a file or a folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    path.symlink_to(target)
    os.chown(path, OWNER, OWNER, follow_symlinks=False)


def all_is_anothers(ground: Ground) -> None:
    ground.give(OTHER)
    for path in (ground.directory, ground.program, ground.program / "setup.sh"):
        path.chmod(0o755)


def the_directory_is_anothers(ground: Ground) -> None:
    os.chown(ground.directory, OTHER, OTHER)
    ground.directory.chmod(0o755)


def the_directory_is_anothers_and_leads_to_a_repository(ground: Ground) -> None:
    the_directory_is_anothers(ground)
    link(ground.program, ground.repository)


def program_is_anothers(ground: Ground) -> None:
    os.chown(ground.program, OTHER, OTHER)
    ground.program.chmod(0o755)


def program_leads_to_a_repository(ground: Ground) -> None:
    link(ground.program, ground.repository)


def the_script_is_anothers(ground: Ground) -> None:
    os.chown(ground.program / "setup.sh", OTHER, OTHER)
    (ground.program / "setup.sh").chmod(0o755)


def the_script_leads_into_a_repository(ground: Ground) -> None:
    link(ground.program / "setup.sh", ground.repository / "setup.sh")


def others_can_write_the_directory(ground: Ground) -> None:
    ground.directory.chmod(0o777)


def others_can_read_the_directory(ground: Ground) -> None:
    ground.directory.chmod(0o755)


def a_group_can_write_program(ground: Ground) -> None:
    ground.program.chmod(0o2775)


def others_can_write_the_script(ground: Ground) -> None:
    (ground.program / "setup.sh").chmod(0o666)


FOREIGN: list[Callable[[Ground], None]] = [
    all_is_anothers,
    the_directory_is_anothers,
    the_directory_is_anothers_and_leads_to_a_repository,
    program_is_anothers,
    program_leads_to_a_repository,
    the_script_is_anothers,
    the_script_leads_into_a_repository,
    others_can_write_the_directory,
    others_can_read_the_directory,
    a_group_can_write_program,
    others_can_write_the_script,
]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("plant", FOREIGN, ids=lambda plant: plant.__name__)
def test_a_kept_program_that_is_not_ours_alone_is_not_run(
    ground: Ground, plant: Callable[[Ground], None], start: str
) -> None:
    plant(ground)
    assert ground.run(start) == ""
    assert ground.has_run() == ""


@pytest.mark.parametrize("start", STARTS)
def test_a_kept_program_of_ours_is_run_where_others_write_the_parent(
    ground: Ground, start: str
) -> None:
    assert ground.run(start) == ""
    assert ground.has_run() == f"{OWNER}\n"


def default_acl() -> bytes:
    """What is made in a folder with it can be written by everybody, unless it is given a mode."""
    everybody = 0xFFFFFFFF
    entries = [(0x01, 7), (0x04, 7), (0x10, 7), (0x20, 7)]  # the owner, the group, the mask, others
    return struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", tag, mode, everybody) for tag, mode in entries
    )


@pytest.mark.parametrize("start", STARTS)
def test_a_default_acl_of_the_parent_is_no_reason_to_refuse(ground: Ground, start: str) -> None:
    os.setxattr(ground.folder, "system.posix_acl_default", default_acl())
    shutil.rmtree(ground.directory)
    os.mkdir(ground.directory, 0o777)
    assert stat.S_IMODE(ground.directory.stat().st_mode) == 0o777, "the ACL holds, not the umask"
    ground.directory.chmod(0o700)
    ground.program.mkdir(mode=0o700)
    ground.put(ground.program / "setup.sh", SCRIPT.format(ran=ground.ran))
    ground.give(OWNER)
    assert ground.run(start) == ""
    assert ground.has_run() == f"{OWNER}\n"


@pytest.mark.parametrize("start", STARTS)
def test_who_swaps_the_directory_after_the_check_gains_nothing(ground: Ground, start: str) -> None:
    evil = ground.folder / "evil"
    shutil.copytree(ground.directory, evil)
    (evil / "program/setup.sh").write_text(f'echo evil >>"{ground.ran}"\n')
    programs = ground.folder / "programs"
    programs.mkdir()
    swap = f"mv {ground.directory} {ground.folder}/gone; mv {evil} {ground.directory}"
    (programs / "wc").write_text(f'#!/bin/sh\n{swap}\nexec /usr/bin/wc "$@"\n')
    for path in (programs / "wc", programs, evil, evil / "program", evil / "program/setup.sh"):
        path.chmod(0o755)
    ground.more_path = f"{programs}:"
    ground.run(start)
    assert (ground.directory / "program/setup.sh").read_text().startswith("echo evil")
    assert ground.has_run() == f"{OWNER}\n"


def notices(*texts: str) -> str:
    """The content of notice.txt."""
    return "".join(f"{int(time.time()) + 3600} {text}\n" for text in texts)


@pytest.mark.parametrize("start", ["bash hook", "zsh hook"])
def test_a_notice_of_ours_is_shown_and_no_line_that_works_the_terminal(
    ground: Ground, start: str
) -> None:
    bad = ["\x1b]0;owned\x07", "a\rb", "a\tb", "a\x7f", "a\x08", "CSI \x9b31m"]
    ground.put(ground.directory / "notice.txt", notices("before …", *bad, "after é"))
    assert ground.run(start) == "before …\nafter é\n"


@pytest.mark.parametrize("start", ["bash hook", "zsh hook"])
@pytest.mark.parametrize("whose", ["the directory", "the file", "a link"])
def test_a_notice_that_is_not_ours_is_not_shown(ground: Ground, start: str, whose: str) -> None:
    path = ground.directory / "notice.txt"
    ground.put(path, notices("buy this"), 0o644)
    if whose == "the directory":
        os.chown(ground.directory, OTHER, OTHER)
        ground.directory.chmod(0o755)
    elif whose == "the file":
        os.chown(path, OTHER, OTHER)
    else:
        ground.put(ground.repository / "text", notices("from a repository"), 0o644)
        link(path, ground.repository / "text")
    assert ground.run(start) == ""
