"""Which file systems share locks: the table, and how a directory's file system is found."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.children import forked
from tests.integration.machines import fuse_mount

from codespace_tracker.machine import file_system

LINE = "36 35 0:39 / /mnt rw,noatime master:1 shared:2 - {type} source rw,errors=continue\n"


@pytest.mark.parametrize("name", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "f2fs"])
def test_a_local_file_system_shares_locks(name: str) -> None:
    assert file_system.named(name) == (name, True, name == "tmpfs")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "nfs",
            "nfs4",
            "cifs",
            "smb3",
            "9p",
            "virtiofs",
            "vboxsf",
            "drvfs",
            "ceph",
            "glusterfs",
            "afs",
            "lustre",
        ),
        *(
            "fuse",
            "fuseblk",
            "fuse.sshfs",
            "fuse.gocryptfs",
            "fuse.fuse-overlayfs",
            "fuse.bindfs",
            "fakeowner",
        ),
        *("gfs2", "ocfs2", "a type of tomorrow", ""),
    ],
)
def test_locks_are_not_trusted_on_all_others(name: str) -> None:
    assert file_system.named(name) == (name, False, False)


@pytest.mark.parametrize("name", ["ext4", "fuse", "fuse.sshfs", "nfs4"])
def test_a_line_of_mountinfo_tells_the_type(name: str) -> None:
    assert file_system.type_in(LINE.format(type=name)) == name
    assert file_system.type_in(LINE.format(type=name).replace(" master:1 shared:2", "")) == name


def test_a_place_that_is_not_there_is_not_trusted(tmp_path: Path) -> None:
    assert file_system.of(str(tmp_path / "none")) == ("", False, False)


def test_the_kernel_says_what_a_directory_is_on(tmp_path: Path) -> None:
    said = subprocess.run(
        ["stat", "-f", "-c", "%T", tmp_path], capture_output=True, text=True, check=True
    ).stdout
    found = file_system.of(str(tmp_path))
    assert found.shares_locks
    assert found.type[:3] == said.replace("overlayfs", "overlay")[:3]
    assert file_system.untrusted(str(tmp_path)) == ""
    assert not file_system.needs_signs(str(tmp_path))


def test_memory_is_told_from_disks() -> None:
    assert file_system.of("/dev/shm") == ("tmpfs", True, True)


def test_signs_of_another_machine_count_on_a_local_disk_too(tmp_path: Path) -> None:
    (tmp_path / "alive").write_bytes(b"")
    assert file_system.needs_signs(str(tmp_path))


@pytest.mark.machine
def test_a_fuse_mount_is_found_also_by_a_path_through_links(tmp_path: Path) -> None:
    (tmp_path / "source" / "inner").mkdir(parents=True)
    with fuse_mount(tmp_path / "source", tmp_path / "point with space") as point:
        (tmp_path / "link").symlink_to(point)
        for place in (point, tmp_path / "link", tmp_path / "link" / "inner"):
            assert file_system.of(str(place)).type.startswith("fuse")
            assert file_system.untrusted(str(place)).startswith("fuse")
            assert file_system.needs_signs(str(place))


@pytest.mark.machine
def test_a_disk_is_known_by_its_device_where_no_mount_is_listed(tmp_path: Path) -> None:
    """In a chroot without /proc. A file system without a device is not trusted there."""
    has_device = os.major(os.stat(tmp_path).st_dev) != 0

    def is_trusted() -> bool:
        os.chroot(tmp_path)
        return file_system.of("/") == ("", True, False)

    child = forked(is_trusted)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == has_device
