"""The file of signs of life: what is written is read again, and nothing else is taken for a
sign."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from codespace_tracker.core.clock import Reading
from codespace_tracker.core.signs_of_life import Process, Sign
from codespace_tracker.machine import alive
from codespace_tracker.machine.lock import acquire

NOW = Reading(1_790_000_000_000_000, 5_000_000, 6_000_000, "boot", None)
PROCESS = Process("another-boot", "pid:[4026531836]", 42, 1234)
SIGN = Sign(
    "beef", PROCESS, NOW.wall_us, NOW.mono_us, NOW.boot_us, 10_000_000, instead_of=("dead",)
)


def test_a_sign_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert [one.content for one in alive.read(str(tmp_path))] == [b"", b""]
    alive.write(str(tmp_path), 1, SIGN)
    first, second = alive.read(str(tmp_path))
    assert (first.content, first.sign) == (b"", None)
    assert (second.sign, second.is_gone, second.is_free) == (SIGN, False, False)
    assert (tmp_path / "alive").stat().st_mode & 0o777 == 0o600


def test_two_signs_lie_in_two_blocks_and_leave_each_other_alone(tmp_path: Path) -> None:
    other = SIGN._replace(tracker="cafe", instead_of=("a" * 36, "b" * 36))
    alive.write(str(tmp_path), 0, SIGN)
    alive.write(str(tmp_path), 1, other)
    alive.write(str(tmp_path), 0, SIGN._replace(has_ended=True))
    assert [one.sign for one in alive.read(str(tmp_path))] == [SIGN._replace(has_ended=True), other]
    assert (tmp_path / "alive").stat().st_size == 2 * 4096


@pytest.mark.parametrize("cut", range(0, len(alive.encode(SIGN).rstrip(b"\0\n")), 7))
def test_a_torn_sign_is_none_and_counts_as_being_written(tmp_path: Path, cut: int) -> None:
    next_one = SIGN._replace(mono_us=7_000_000)
    newer, older = alive.encode(next_one), alive.encode(SIGN)
    assert alive.decode(newer[:cut] + older[cut:]) in (None, SIGN, next_one)
    assert alive.decode(newer[:cut]) is None
    (tmp_path / "alive").write_bytes(b"x" + newer[:cut])
    first, second = alive.read(str(tmp_path))
    assert (first.sign, first.is_free) == (None, False)
    assert second.is_free


def changed(**fields: object) -> bytes:
    """A block with a right checksum, and other fields."""
    from binascii import crc32

    text = json.dumps({**SIGN._asdict(), **fields}).encode()
    return b"%08x %s\n" % (crc32(text), text)


@pytest.mark.parametrize(
    "block",
    [
        *(
            b"",
            b"\0" * 4096,
            b"nonsense",
            b"00000000 ",
            b"\xff" * 4096,
            b"00000000 [[[[" + b"[" * 4000,
        ),
        *(
            changed(heartbeat_us=0),
            changed(heartbeat_us=10**15),
            changed(heartbeat_us="1"),
            changed(wall_us=None),
        ),
        *(
            changed(process=[1, 2]),
            changed(process=["a", "b", "c", 4]),
            changed(instead_of=None),
            changed(mono_us=True),
        ),
    ],
)
def test_what_is_no_sign_is_not_taken_for_one(block: bytes) -> None:
    assert alive.decode(block) is None


def test_fields_of_a_later_version_are_left_out() -> None:
    assert alive.decode(changed(colour="green")) == SIGN


def test_what_stands_in_the_place_of_the_file_holds_no_one_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "alive")
    assert all(one.is_free for one in alive.read(str(tmp_path)))
    (tmp_path / "alive").unlink()
    (tmp_path / "alive").symlink_to(tmp_path / "theirs")
    with pytest.raises(OSError, match="symbolic links"):
        alive.write(str(tmp_path), 0, SIGN)
    assert not (tmp_path / "theirs").exists()


def test_a_sign_of_a_dead_process_of_this_machine_is_free(tmp_path: Path) -> None:
    ours = alive.this_process()
    child = subprocess.Popen(["true"])
    child.wait()
    for process, is_free in (
        (ours, False),
        (ours._replace(started=ours.started + 1), True),  # an earlier process with our number
        (ours._replace(pid=child.pid), True),
        (ours._replace(pid=child.pid, boot_id="another"), False),
        (ours._replace(pid=child.pid, namespace="pid:[1]"), False),
    ):
        alive.write(str(tmp_path), 0, SIGN._replace(process=process))
        assert alive.read(str(tmp_path))[0].is_free == is_free


@pytest.mark.parametrize(
    ("age_us", "seems_alive"),
    [(0, True), (34_000_000, True), (-34_000_000, True), (36_000_000, False)],
)
def test_one_look_judges_a_sign_by_the_wall_clock(
    tmp_path: Path, age_us: int, seems_alive: bool
) -> None:
    alive.write(str(tmp_path), 0, SIGN)
    found = alive.seen_alive(str(tmp_path), NOW._replace(wall_us=NOW.wall_us + age_us))
    assert found == (SIGN if seems_alive else None)


def test_a_directory_is_ours_with_a_held_lock_and_a_sign_of_its_holder(tmp_path: Path) -> None:
    assert not alive.is_ours(str(tmp_path))
    lock = acquire(str(tmp_path / "daemon.lock"), "1")
    assert lock is not None
    assert not alive.is_ours(str(tmp_path)), "it waits"
    alive.write(str(tmp_path), 1, SIGN)
    assert not alive.is_ours(str(tmp_path)), "it waits for that one"
    alive.write(str(tmp_path), 0, SIGN._replace(process=alive.this_process()))
    assert alive.is_ours(str(tmp_path))
    os.close(lock)
