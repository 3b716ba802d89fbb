"""A process that is killed at a given system call, with or without all that it started.

It is traced by ptrace: strace counts the calls of each process and each kind for itself, and so
cannot name the n-th of all.
"""

import ctypes
import functools
import multiprocessing
import multiprocessing.connection
import os
import signal
import traceback
from collections.abc import Callable
from typing import NamedTuple

CHANGES = (
    *("write", "pwrite64", "writev", "rename", "renameat", "renameat2", "link", "linkat", "unlink"),
    *("unlinkat", "mkdir", "mkdirat", "rmdir", "fsync", "fdatasync", "ftruncate", "chmod"),
    *("fchmod", "fchmodat", "flock", "clone", "clone3", "fork", "vfork", "execve", "kill"),
    *("connect", "sendto", "sendmsg", "recvfrom", "shutdown", "exit_group"),
)
"""Calls that change something outside of a process, or talk to another one."""

_TRACEME, _SYSCALL, _SETOPTIONS, _INFO = 0, 24, 0x4200, 0x420E
_SYSGOOD, _FORK, _VFORK, _CLONE, _EXITKILL = 0x1, 0x2, 0x4, 0x8, 0x100000
_OPTIONS = _SYSGOOD | _FORK | _VFORK | _CLONE | _EXITKILL
_WALL = 0x40000000
_ENTRY = 1


class _Info(ctypes.Structure):
    """The beginning of `struct ptrace_syscall_info`."""

    _fields_ = (
        ("op", ctypes.c_uint8),
        ("pad", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("instruction", ctypes.c_uint64),
        ("stack", ctypes.c_uint64),
        ("number", ctypes.c_uint64),
        ("more", ctypes.c_uint64 * 8),
    )


class Traced(NamedTuple):
    """How many calls of the kinds it saw, and at which one it killed; empty if at none."""

    calls: int
    killed_at: str


_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
_libc.ptrace.restype = ctypes.c_long


@functools.cache
def _numbers() -> dict[int, str]:
    """The kinds of calls by their numbers on this machine. apt itself needs libseccomp."""
    library = ctypes.CDLL("libseccomp.so.2")
    found = {library.seccomp_syscall_resolve_name(name.encode()): name for name in CHANGES}
    return {number: name for number, name in found.items() if number >= 0}


def run_traced(work: Callable[[], object], n: int, *, all_die: bool) -> Traced:
    """Run `work` in a child of this process, and kill at the n-th call that it or a descendant
    makes: all of them, or only the process that makes the call."""
    child = os.fork()
    if child == 0:
        try:
            _libc.ptrace(_TRACEME, 0, None, None)
            os.kill(os.getpid(), signal.SIGSTOP)
            work()
        except BaseException:  # noqa: BLE001  # it must never go on as its parent
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.waitpid(child, _WALL)
    _libc.ptrace(_SETOPTIONS, child, None, _OPTIONS)
    return _trace(child, n, all_die=all_die)


def _trace(child: int, n: int, *, all_die: bool) -> Traced:
    alive, calls, killed_at = {child}, 0, ""
    _libc.ptrace(_SYSCALL, child, None, None)
    while alive:
        pid, status = os.waitpid(-1, _WALL)
        if not os.WIFSTOPPED(status):
            alive.discard(pid)
            continue
        is_new = pid not in alive
        alive.add(pid)
        number = os.WSTOPSIG(status)
        passed = 0 if is_new or number & 0x7F == signal.SIGTRAP else number
        if number == signal.SIGTRAP | 0x80 and not killed_at:
            name = _call(pid)
            calls += bool(name)
            if name and calls == n:
                killed_at = name
                for one in alive if all_die else {pid}:
                    os.kill(one, signal.SIGKILL)
        _libc.ptrace(_SYSCALL, pid, None, passed)
    return Traced(calls, killed_at)


def _call(pid: int) -> str:
    """The call of a kind that a stopped process is about to make."""
    info = _Info()
    size = _libc.ptrace(_INFO, pid, ctypes.sizeof(info), ctypes.byref(info))
    return _numbers().get(info.number, "") if size > 0 and info.op == _ENTRY else ""


_CONTEXT = multiprocessing.get_context("forkserver")


def in_a_process(work: Callable[[], object], n: int, *, all_die: bool) -> Traced:
    """As `run_traced`, but out of this process: it may have threads, and ledgers open."""
    here, there = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_run, args=(there, work, n, all_die))
    process.start()
    there.close()
    found: Traced = here.recv()
    process.join()
    return found


def _run(
    told: multiprocessing.connection.Connection, work: Callable[[], object], n: int, all_die: bool
) -> None:
    told.send(run_traced(work, n, all_die=all_die))
