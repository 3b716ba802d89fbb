"""Locks: one holder, known to whoever asks, freed by the kernel when the holder dies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.children import forked

from codespace_tracker.machine.lock import (
    Holder,
    acquire,
    held_by,
    holder,
    holder_in,
    last_holder,
    owned,
    say,
    say_up,
)


def holding_child(path: str, user: int | None = None) -> int:
    """A process, of `user` if that is given, that has taken the lock and does nothing else."""
    ready, say = os.pipe()

    def hold() -> None:
        held = acquire(path, "1.2.3")
        if user is not None:
            os.setuid(user)
        os.write(say, b"y" if held is not None else b"n")
        signal.pause()

    child = forked(hold)
    os.close(say)
    assert os.read(ready, 1) == b"y"
    os.close(ready)
    return child


def end(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_only_one_process_holds_a_lock_and_everybody_knows_who(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    assert holder(path) is None
    child = holding_child(path)
    try:
        assert holder(path) == Holder(child, "1.2.3")
        assert held_by(path, child)
        assert not held_by(path, os.getpid())
        assert acquire(path, "9") is None
        assert holder(path) == Holder(child, "1.2.3"), "who was refused has written nothing"
    finally:
        end(child)


HERE = f"pid:[{os.stat('/proc/self/ns/pid').st_ino}]"
BOOT = Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@pytest.mark.parametrize(
    ("text", "is_elsewhere", "has_other_boot"),
    [
        (f"13 1.2.3 {HERE} up {BOOT}", False, False),
        (f"13 1.2.3 pid:[1] up {BOOT}", True, False),
        (
            f"13 1.2.3 {HERE} up 11111111-2222",
            True,
            True,
        ),  # the first namespace of every machine has one name
        (f"13 1.2.3 {HERE} up -", False, False),
        (f"13 1.2.3 {HERE} up", False, False),  # 0.1.0
        ("13 1.2.3 pid:[1] up", True, False),
        ("13 1.2.3", False, False),
    ],
)
def test_a_holder_elsewhere_has_another_namespace_or_boot(
    text: str, is_elsewhere: bool, has_other_boot: bool
) -> None:
    found = holder_in(f"{text}\n".encode())
    assert (found.pid, found.version) == (13, "1.2.3")
    assert found.is_up == (" up" in text)
    assert (found.is_elsewhere, found.has_other_boot) == (is_elsewhere, has_other_boot)


def test_a_lock_keeps_the_fields_of_0_1_0_in_their_order(tmp_path: Path) -> None:
    """A command of that version splits the text, and takes the first four words: number, version,
    namespace, state."""
    path = tmp_path / "lock"
    fd = acquire(str(path), "1.2.3")
    assert fd is not None
    assert path.read_text().split() == [str(os.getpid()), "1.2.3", HERE, "-", BOOT]
    say_up(fd, "1.2.3")
    assert path.read_text().split() == [str(os.getpid()), "1.2.3", HERE, "up", BOOT]
    os.close(fd)


def test_a_lock_taken_silently_leaves_the_text_of_the_other_mount(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("13 1.2.3 pid:[1] up elsewhere with a long tail\n")
    fd = acquire(str(path), "1.2.3", silently=True)
    assert fd is not None
    assert last_holder(str(path)).has_other_boot
    assert holder(str(path)) == Holder(os.getpid(), ""), "who really holds it is here"
    say(fd, "1.2.3")
    assert path.read_text() == f"{os.getpid()} 1.2.3 {HERE} - {BOOT}\n"
    os.close(fd)


def test_a_number_in_a_lock_is_not_taken_for_an_innocent_process(tmp_path: Path) -> None:
    """The text of 0.1.0 on another machine names our namespace too, and a number that is anyone's
    here."""
    path = str(tmp_path / "lock")
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        fd = acquire(path, "1")
        assert fd is not None
        os.pwrite(fd, f"{bystander.pid} 0.1.0 {HERE} up\n".encode().ljust(200, b"\n"), 0)
        assert holder(path) == Holder(os.getpid(), "")
        os.close(fd)
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.machine
def test_a_holder_that_we_may_not_look_into_is_not_taken_for_another(tmp_path: Path) -> None:
    """Root of a container may signal its users' processes, and may not look into them."""
    path = str(tmp_path / "lock")
    child = holding_child(path, user=65534)
    try:
        ask = (
            f"from codespace_tracker.machine.lock import held_by; print(held_by({path!r}, {child}))"
        )
        as_root = [
            "setpriv",
            "--inh-caps=-sys_ptrace",
            "--bounding-set=-sys_ptrace",
            sys.executable,
            "-c",
            ask,
        ]
        assert (
            subprocess.run(as_root, capture_output=True, text=True, check=True).stdout == "None\n"
        )
    finally:
        end(child)


def test_a_lock_is_free_when_its_holder_is_killed(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    end(holding_child(path))
    assert holder(path) is None
    fd = acquire(path, "2")
    assert fd is not None
    assert holder(path) == Holder(os.getpid(), "2")
    os.close(fd)


def test_a_child_that_closes_the_descriptor_does_not_free_the_lock(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    fd = acquire(path, "1")
    assert fd is not None
    os.waitpid(forked(lambda: os.close(fd)), 0)
    assert holder(path) is not None
    os.close(fd)


def test_a_lock_file_that_was_replaced_is_no_longer_owned(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    fd = acquire(str(path), "1")
    assert fd is not None
    assert owned(str(path), fd)
    path.unlink()
    assert not owned(str(path), fd)
    path.write_bytes(b"")
    assert not owned(str(path), fd)
    os.close(fd)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xfe 3", b"12"])
def test_a_holder_that_says_nothing_of_use_is_still_a_holder(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "lock"
    fd = acquire(str(path), "1")
    assert fd is not None
    path.write_bytes(content)
    found = holder(str(path))
    assert found is not None
    assert found == Holder(os.getpid(), "")
    os.close(fd)


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "lock").symlink_to(tmp_path / "theirs")
    with pytest.raises(OSError, match="symbolic links"):
        acquire(str(tmp_path / "lock"), "1")
    assert holder(str(tmp_path / "lock")) is None
    assert (tmp_path / "theirs").read_bytes() == b"theirs"
