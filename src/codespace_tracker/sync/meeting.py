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
from codespace_tracker.sync.failures import MeetingError, explained, is_of_connection
from codespace_tracker.sync.git import Git, GitFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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

    @property
    def folder(self) -> str:
        """The repository in the state directory."""
        return self._git.folder

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
            raise MeetingError(f"{self._where.url}: the push was not answered.")

    def check_push(self, stream_id: str, commit: str) -> None:
        """Ask whether a branch may be written there, and write nothing. Raises MeetingError."""
        words = ("push", "--dry-run", "--porcelain", "--no-verify", "--force")
        try:
            self._git.run(*words, self._where.url, f"{commit}:{BRANCHES}{stream_id}")
        except GitFailed as error:
            raise explained(error, self._where) from error

    def fetch(self, wanted: Mapping[str, str], *, knows_some: bool) -> Fetched:
        """Bring streams here. `wanted` has their commits by their ids; `knows_some`: earlier states
        of some are here, which the server is told. What cannot be had alone costs only itself."""
        result = Fetched({}, {}, {})
        waiting: list[Sequence[str]] = [sorted(wanted)] if wanted else []
        until = time.monotonic() + _ALL_FETCHES_SECONDS
        while waiting:
            some = waiting.pop()
            if time.monotonic() > until:
                late = f"{self._where.url}: too much came at once. The rest is taken later."
                result.failed.update(dict.fromkeys(some, late))
                continue
            try:
                self._fetch(some, knows_some=knows_some)
            except GitFailed as error:
                self._delete_partial()
                if len(some) > 1 and not is_of_connection(error, self._where):
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

    def _fetch(self, ids: Sequence[str], *, knows_some: bool) -> None:
        # a server with bitmaps, such as GitHub, leaves out months that are here; others do not
        how = "skipping" if knows_some else "noop"
        words = ["-c", f"fetch.negotiationAlgorithm={how}", "fetch", "--quiet", "--no-tags"]
        words += ["--no-write-fetch-head", "--no-auto-maintenance", "--stdin"]
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


def delete_leftovers(git: Git) -> None:
    """Delete what a git that was killed left in our repository: its locks, packs that did not come
    whole, and the marks of new ones, for which gc would leave them alone for ever. As we hold the
    lock of `state.alone`, which each git holds too, none is alive. Raises OSError."""
    place = rooted(git.folder)
    packs = os.path.join(place, "objects", "pack")
    walked = (
        folder for top in (os.path.join(place, "refs"), packs) for folder, _, _ in os.walk(top)
    )
    for folder in (place, *walked):
        for name in os.listdir(folder):
            if name.endswith((".lock", ".keep")) or (folder == packs and name.startswith("tmp_")):
                os.unlink(os.path.join(folder, name))
