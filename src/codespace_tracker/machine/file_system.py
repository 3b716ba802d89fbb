"""Which file system a directory is on, and whether a lock that is taken there is a lock for
everyone.

Two mounts of one folder, or two machines, may each be given the same lock on network and FUSE file
systems. The table below is the only place that knows which ones to trust. docs/recovery.md shows
what was seen on each.
"""

from __future__ import annotations

import os

from codespace_tracker.core.record import Record
from codespace_tracker.machine.rooted import rooted

_OF_MEMORY = frozenset({"tmpfs", "ramfs", "rootfs"})

_OF_DISKS = frozenset(
    {
        *(
            "ext2",
            "ext3",
            "ext4",
            "xfs",
            "btrfs",
            "zfs",
            "f2fs",
            "bcachefs",
            "jfs",
            "nilfs2",
            "reiserfs",
        ),
        *("hfs", "hfsplus", "exfat", "vfat", "msdos", "ntfs", "ntfs3"),
    }
)

_LAYERS = frozenset({"overlay", "aufs", "ecryptfs"})  # over one of the above

_SHARING_LOCKS = _OF_MEMORY | _OF_DISKS | _LAYERS
"""Types that one kernel owns: every process that opens the same file, through any mount, meets the
same lock. No other type is trusted: network file systems, FUSE, what a virtual machine gets from
its host, and unknown types."""


SIGNS = "alive"
"""The file of signs of life, in directories where locks are not to be trusted: machine/alive.py."""


class FileSystem(Record):
    """The file system of a directory: its `type` as the kernel names it, "" where that cannot be
    found out.

    `shares_locks` says that its locks hold for everyone who has the directory. `is_of_memory` says
    that its content is gone when the machine stops.
    """

    type: str
    shares_locks: bool
    is_of_memory: bool


def of(path: str) -> FileSystem:
    """The file system that a directory is on. Never raises."""
    try:
        fd = os.open(rooted(path), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return named("")
    try:
        kind = _type_of(fd)
        if not kind and os.major(os.fstat(fd).st_dev):
            # In a chroot the kernel does not list the mount it lies on. A major number is that of a
            # block device.
            return FileSystem("", shares_locks=True, is_of_memory=False)
        return named(kind)
    finally:
        os.close(fd)


def untrusted(directory: str) -> str:
    """The name of the file system of a directory, where its locks cannot be trusted; else empty."""
    found = of(directory)
    return "" if found.shares_locks else found.type or "unknown"


def needs_signs(directory: str) -> bool:
    """Whether locks alone do not tell who may write into a directory: its file system does not
    share them, or another machine that reached it through such a file system has left signs of life
    there."""
    return os.path.lexists(rooted(os.path.join(directory, SIGNS))) or not of(directory).shares_locks


def named(kind: str) -> FileSystem:
    """What is known of a type of file system."""
    return FileSystem(kind, kind in _SHARING_LOCKS, kind in _OF_MEMORY)


def _type_of(fd: int) -> str:
    """The type of the mount that an open directory was reached through: the kernel says its
    number."""
    try:
        with open(f"/proc/self/fdinfo/{fd}", encoding="utf-8") as file:
            mount = next((line.split()[1] for line in file if line.startswith("mnt_id:")), "")
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
            return next(
                (type_in(line) for line in file if mount and line.startswith(f"{mount} ")), ""
            )
    except (OSError, ValueError):
        return ""


def type_in(line: str) -> str:
    """The type that a line of /proc/self/mountinfo tells (proc(5)): the word after a dash, behind
    optional fields."""
    words = line.partition(" - ")[2].split(" ")
    return words[0].strip()
