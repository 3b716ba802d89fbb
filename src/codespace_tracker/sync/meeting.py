"""A meeting place: a git repository in which each tracker has a branch of its own.

A branch has one commit without parents, whose files are the stream. It is replaced by a push with a
lease, which the server refuses if the branch is not at the commit that we saw. A push may succeed
although it failed here, so after each failure the branch itself is asked.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from typing import TYPE_CHECKING, NamedTuple

from codespace_tracker.core.stream import HEADER_LIMIT, STREAM_LIMIT, is_part
from codespace_tracker.machine.files import check_folder, make_directory
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.sync.git import Git, GitFailed, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from codespace_tracker.sync.address import Address

BRANCHES = "refs/heads/codespace-tracker/"
_HERE = "refs/streams/"
_MADE = "refs/made/"
STREAMS_LIMIT = 1000
"""How many streams are read at most."""
PACK_LIMIT = 16 << 20
"""Bytes of a pack that comes, whose size is limited while it is written. Where the streams that
changed are too much for one, they are fetched in parts."""
_FETCH_SECONDS = 120.0
_ALL_FETCHES_SECONDS = 600.0
_PACKS = 30
_LOOSE_FOLDERS = 200  # of 256, by the first two digits of an object's id
_ID_LENGTH = 36
_HEX = frozenset("0123456789abcdef")


class MeetingError(Exception):
    """The meeting place could not be used. The text says what happened and how to fix it; `refused`
    that it did not let us in, and `is_unknown` that it does not know the secret."""

    def __init__(
        self,
        text: str,
        *,
        refused: bool = False,
        is_unknown: bool = False,
        failed: GitFailed | None = None,
    ) -> None:
        super().__init__(text)
        self.refused = refused
        self.is_unknown = is_unknown
        self.failed = failed


class Fetched(NamedTuple):
    """What came: the streams by their ids, and those that did not, with the reason. `too_large` are
    those that are not to be asked for again until they change."""

    came: dict[str, str]
    failed: dict[str, str]
    too_large: dict[str, str]


class Meeting:
    """The meeting place at an address, and the streams of it that are here."""

    def __init__(self, git: Git, where: Address) -> None:
        self._git = git
        self._where = where

    # --- there

    def branches(self) -> dict[str, str]:
        """The commits of all streams there, by their ids. One connection. Raises MeetingError."""
        try:
            listed = self._git.run("ls-remote", self._where.url, f"{BRANCHES}*")
        except GitFailed as error:
            raise explained(error, self._where) from error
        found = {}
        for line in listed.decode("ascii", "replace").splitlines():
            commit, _, name = line.partition("\t")
            stream_id = name.removeprefix(BRANCHES)
            if name.startswith(BRANCHES) and is_stream_id(stream_id) and _HEX.issuperset(commit):
                found[stream_id] = commit
        return dict(sorted(found.items())[:STREAMS_LIMIT])

    def push(self, stream_id: str, commit: str, lease: str) -> None:
        """Put a commit in the place of the commit `lease` (empty: the branch is not there).

        An empty `commit` deletes the branch. Raises MeetingError; the branch may have changed all
        the same.
        """
        name = f"{BRANCHES}{stream_id}"
        words = ("push", "--porcelain", "--no-verify", f"--force-with-lease={name}:{lease}")
        try:
            said = self._git.run(*words, self._where.url, f"{commit}:{name}")
        except GitFailed as error:
            if b"\t[rejected] (stale info)" in error.output:
                raise MeetingError("another one wrote it", failed=error) from error
            raise explained(error, self._where) from error
        lines = said.decode("utf-8", "replace").splitlines()
        if not any(line[:1] in "*+=- " and name in line for line in lines):
            raise MeetingError(f"{shown_url(self._where)}: the push was not answered.")

    def fetch(self, wanted: Mapping[str, str], known: Iterable[str]) -> Fetched:
        """Bring streams here. `wanted` has their commits by their ids; `known` are commits that are
        here, of which nothing needs to be sent again. What cannot be had alone costs only
        itself."""
        result = Fetched({}, {}, {})
        tips = [one for one in known if one]
        waiting: list[Sequence[str]] = [sorted(wanted)] if wanted else []
        until = time.monotonic() + _ALL_FETCHES_SECONDS
        while waiting:
            some = waiting.pop()
            if time.monotonic() > until:
                late = f"{shown_url(self._where)}: too much came at once. The rest is taken later."
                result.failed.update(dict.fromkeys(some, late))
                continue
            try:
                self._fetch(some, tips)
            except GitFailed as error:
                self._delete_partial()
                if len(some) > 1 and not _is_of_connection(error):
                    half = len(some) // 2
                    waiting += [some[half:], some[:half]]
                    continue
                for one in some:
                    if len(some) == 1 and (error.was_too_large or error.was_broken):
                        result.too_large[one] = wanted[one]
                        result.failed[one] = (
                            "it is too large" if error.was_too_large else "git finds it broken"
                        )
                    else:
                        result.failed[one] = str(explained(error, self._where))
        here = self.here() if wanted else {}
        if len(wanted) > 1 and len(result.too_large) == len(wanted):
            result.too_large.clear()  # that is the server's fault, and not that of each stream
        for one in wanted:
            if one not in result.failed and one in here:
                result.came[one] = here[one]
        return result

    def _fetch(self, ids: Sequence[str], tips: Sequence[str]) -> None:
        how = "skipping" if tips else "noop"
        words = ["-c", f"fetch.negotiationAlgorithm={how}", "fetch", "--quiet", "--no-tags"]
        words += ["--no-write-fetch-head", "--no-auto-maintenance", "--stdin"]
        words += [f"--negotiation-tip={tip}" for tip in tips]
        names = "".join(f"+{BRANCHES}{one}:{_HERE}{one}\n" for one in ids)
        self._git.run(
            *words,
            self._where.url,
            given=names.encode(),
            seconds=_FETCH_SECONDS,
            file_limit=PACK_LIMIT,
        )

    def _delete_partial(self) -> None:
        """Delete packs that did not come whole: no one else works here."""
        folder = os.path.join(rooted(self._git.folder), "objects", "pack")
        with contextlib.suppress(OSError):
            for name in os.listdir(folder):
                if name.startswith("tmp_"):
                    os.unlink(os.path.join(folder, name))

    # --- here

    def here(self) -> dict[str, str]:
        """The commits of the streams that are here, by their ids. Raises GitFailed."""
        listed = self._git.run("for-each-ref", "--format=%(objectname) %(refname)", _HERE)
        pairs = (line.partition(" ") for line in listed.decode("ascii", "replace").splitlines())
        return {name.removeprefix(_HERE): commit for commit, _, name in pairs}

    def has(self, commit: str) -> bool:
        """Whether a commit is here, with its files."""
        try:
            self._git.run("cat-file", "-e", f"{commit}^{{tree}}")
        except GitFailed:
            return False
        return True

    def files(self, commit: str) -> dict[str, bytes]:
        """The files of a stream, by its commit; none that does not belong to one. Raises
        MeetingError where they are too large, GitFailed."""
        listed = self._git.run("ls-tree", "-l", "-z", f"{commit}^{{tree}}")
        blobs: dict[str, tuple[str, int]] = {}
        for entry in listed.split(b"\0"):
            head, _, name = entry.partition(b"\t")
            words = head.decode("ascii", "replace").split()
            text = name.decode("utf-8", "replace")
            if len(words) == 4 and words[1] == "blob" and is_part(text):
                blobs[text] = (words[2], int(words[3]))
        if sum(size for _, size in blobs.values()) > STREAM_LIMIT:
            raise MeetingError(f"it has more than {STREAM_LIMIT >> 20} MiB")
        return self._contents(blobs)

    def _contents(self, blobs: Mapping[str, tuple[str, int]]) -> dict[str, bytes]:
        asked = "".join(f"{blob}\n" for blob, _ in blobs.values()).encode()
        told = self._git.run(
            "cat-file",
            "--batch",
            given=asked,
            output_limit=STREAM_LIMIT + len(blobs) * HEADER_LIMIT,
        )
        found, at = {}, 0
        for name, (_, size) in blobs.items():
            start = told.index(b"\n", at) + 1
            found[name] = told[start : start + size]
            at = start + size + 1
        return found

    def commit(self, files: Mapping[str, bytes], before: str) -> str:
        """The commit with these files, made here. The same files always have the same commit.
        `before` is one that probably has most of them. Raises GitFailed."""
        known = self._blobs(before) if before else {}
        entries = []
        for name, content in sorted(files.items()):
            blob = hashlib.sha1(
                b"blob %d\0" % len(content) + content, usedforsecurity=False
            ).hexdigest()
            if known.get(name) != blob:
                self._git.run("hash-object", "-w", "--stdin", given=content)
            entries.append(f"100644 blob {blob}\t{name}\n")
        tree = self._git.run("mktree", given="".join(entries).encode()).decode().strip()
        commit = self._git.run("commit-tree", tree, "-m", "codespace-tracker").decode().strip()
        self._git.run("update-ref", f"{_MADE}newest", commit)
        return commit

    def _blobs(self, commit: str) -> dict[str, str]:
        try:
            listed = self._git.run("ls-tree", "-z", f"{commit}^{{tree}}")
        except GitFailed:
            return {}
        found = {}
        for entry in listed.decode("utf-8", "replace").split("\0"):
            head, _, name = entry.partition("\t")
            if len(words := head.split()) == 3:
                found[name] = words[2]
        return found

    def note(self, commit: str) -> None:
        """Keep a commit that was seen there, for as long as it is the newest that was. Raises
        GitFailed."""
        self._git.run("update-ref", f"{_MADE}noted", commit)

    def tidy(self) -> None:
        """Pack what is here if there is much of it. Raises GitFailed."""
        objects = os.path.join(rooted(self._git.folder), "objects")
        try:
            with os.scandir(os.path.join(objects, "pack")) as packs:
                sizes = [pack.stat().st_size for pack in packs]
            is_much = len(sizes) > 2 * _PACKS or sum(sizes) > 8 * PACK_LIMIT
            if is_much or len(os.listdir(objects)) > _LOOSE_FOLDERS:
                self._git.run("gc", "--quiet", "--prune=now")
        except OSError:
            return


def is_stream_id(text: str) -> bool:
    """Whether a branch may be a stream: ids have one form, so that none begins like another."""
    return len(text) == _ID_LENGTH and _HEX.issuperset(text.replace("-", ""))


def make_repository(git: Git) -> None:
    """Make the bare repository where there is none. Raises GitFailed, OSError."""
    check_folder(git.folder)
    place = rooted(git.folder)
    if os.path.isfile(os.path.join(place, "HEAD")) and os.path.isdir(
        os.path.join(place, "objects")
    ):
        return
    shutil.rmtree(place, ignore_errors=True)
    make_directory(git.folder)
    git.run("init", "--quiet", "--bare", "--template=", "--object-format=sha1")


def delete_left_locks(git: Git) -> None:
    """Delete the locks that a git which was killed left in our repository. As we hold the lock of
    `state.alone`, which each git holds too, none is alive. Raises OSError."""
    place = rooted(git.folder)
    folders = [place, *(folder for folder, _, _ in os.walk(os.path.join(place, "refs")))]
    for folder in folders:
        for name in os.listdir(folder):
            if name.endswith(".lock"):
                os.unlink(os.path.join(folder, name))


_SLOW = ("Operation too slow", "Operation timed out", "Timeout, server")
_UNREACHABLE = (
    *("Could not resolve", "Failed to connect", "Couldn't connect", "Could not connect"),
    *("Connection refused", "Connection reset", "Connection closed", "Network is unreachable"),
    *("No route to host", "Connection timed out", "CONNECT tunnel failed", "Proxy CONNECT"),
    "kex_exchange_identification",  # sshd is too busy
)
_REFUSED = ("could not read Username", "Authentication failed", "error: 401")
_FULL = ("No space left", "Disk quota")
_CUT_OFF = (
    *("unexpectedly", "early EOF", "transfer closed", "unexpected disconnect", "Empty reply"),
    *("Recv failure", "Send failure"),
)
_READ_ONLY = ("archived", "read-only", "Read-only", "read only")
_FORBIDDEN = ("hook declined", "protected branch", "GH006", "GH013", "insufficient permission")


def _has(error: GitFailed, *signs: str) -> bool:
    said = error.said + error.output.decode("utf-8", "replace")
    return any(sign in said for sign in signs)


def _is_of_connection(error: GitFailed) -> bool:
    """Whether it was the way there that failed, and not what came."""
    return error.took_too_long or _has(
        error, *_SLOW, *_UNREACHABLE, *_REFUSED, "unable to access", "not found", "Could not read"
    )


def shown_url(where: Address) -> str:
    """The address as it is shown. It never holds a secret."""
    return where.url


def failed_here(error: GitFailed, directory: str) -> str:
    """What went wrong in our own repository, in the state directory, and what to do about it."""
    if _has(error, *_FULL):
        return f"{directory}: the disk is full. Fix: make room; it is tried again later."
    return f"git failed ({shown(error)}). It is tried again later."


def explained(error: GitFailed, where: Address) -> MeetingError:
    """What went wrong there, and what to do about it."""
    place, said = shown_url(where), error.said

    def told(text: str, *, refused: bool = False, is_unknown: bool = False) -> MeetingError:
        why = f"{place}: {text}"
        return MeetingError(why, refused=refused, is_unknown=is_unknown, failed=error)

    if error.took_too_long or _has(error, *_SLOW):
        return told("it did not answer in time. Fix: nothing; it is tried again later.")
    if _has(error, *_READ_ONLY):  # GitHub says that with 403
        return told(
            "it is archived or can only be read. Fix: unarchive it, or use another one "
            "(`codespace-tracker sync setup URL`)."
        )
    if "error: 403" in said:
        return told(
            "it refuses this to your token. Fix: give the token the right to write to this "
            "repository (docs/fleet.md).",
            refused=True,
        )
    if _has(error, *_REFUSED):
        return told(
            "it does not take your name and secret. Fix: see docs/fleet.md for which token it "
            "needs, and where to put it.",
            refused=True,
            is_unknown=True,
        )
    if _has(error, "Permission denied (publickey", "Host key verification failed"):
        return told(
            f"ssh does not let you in ({shown(error)}). Fix: `ssh -T` to that host shows why.",
            refused=True,
        )
    if _has(error, "not found", "does not appear to be a git repository"):
        return told(
            "there is no such repository, or your token may not see it. Fix: check the address, "
            "and the token's rights (docs/fleet.md).",
            refused=True,
        )
    if _has(error, *_FORBIDDEN):
        return told(
            f"it forbids this push ({shown(error)}). Fix: let branches whose names begin with "
            "`codespace-tracker/` be written there."
        )
    if "redirect" in said or "error: 30" in said:
        return told("it has moved. Fix: `codespace-tracker sync setup` with the new address.")
    if _has(error, "certificate"):
        return told(
            f"its certificate is not accepted ({shown(error)}). Fix: check the clock of this "
            "machine (`date`) and its certificates (the package ca-certificates)."
        )
    if _has(error, *_UNREACHABLE):
        return told("it cannot be reached. Fix: check the network; it is tried again later.")
    if ".lock" in said and "File exists" in said:
        return told(
            "a crash there left a lock on this codespace's branch. Fix: remove the file that ends "
            "in .lock, or let the one who runs that server do it."
        )
    if _has(error, "unable to create temporary object directory"):
        return told(
            "the server cannot write to its disk. Fix: look for room there, and at the permissions "
            "of the repository; it is tried again later."
        )
    if _has(error, *_FULL):
        return told("a disk is full, here or there. Fix: make room; it is tried again later.")
    if error.was_too_large:
        return told(
            "it sends more than is taken. Fix: delete branches there that are not of your "
            "codespaces."
        )
    if _has(error, *_CUT_OFF):
        return told("the connection was cut off. Fix: nothing; it is tried again later.")
    return told(f"git failed ({shown(error)}). It is tried again later.")
