"""One exchange with the meeting place: tell what is new here, and take what is new there.

What it must know after a crash is on the disk before it is needed: each commit that is about to be
pushed is in `sync.json` first. So a branch at a commit that was ever made here is ours, however the
push ended, and only a commit that we never made is a second writer's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from typing import TYPE_CHECKING, NamedTuple

from codespace_tracker.core.stream import (
    Header,
    Stream,
    StreamRefused,
    Told,
    first_of,
    fit,
    read,
    rest_of,
    to_tell,
    write,
)
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.fleet import Fleet, FleetError
from codespace_tracker.machine.file_names import FLEET
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.sync import credentials, own_stream, state
from codespace_tracker.sync.address import Address, address
from codespace_tracker.sync.failures import MeetingError, failed_here
from codespace_tracker.sync.fleet_update import FleetWriter
from codespace_tracker.sync.git import Git, GitFailed, Secret, shown
from codespace_tracker.sync.meeting import Meeting, delete_leftovers, make_repository
from codespace_tracker.sync.state import MADE_LIMIT, SyncState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from codespace_tracker.config.configuration import Settings
    from codespace_tracker.ledger.store import Ledger, Tracker

_TRIES = 3
_FAR_AHEAD = 1 << 62
NOTHING_TOLD = Stream(Header("", "", "", "", "", ""), ())


class Source(NamedTuple):
    """What is told: an open ledger, whose it is, and the settings in force."""

    ledger: Ledger
    tracker: Tracker
    settings: Settings


class Outcome(NamedTuple):
    """What an exchange did: whether something was told, the streams that came by their ids, those
    that were set aside with the reason, problems that end in a later retry, whether a second
    writer was found, and whether the place does not know our secret."""

    told: bool = False
    came: tuple[str, ...] = ()
    aside: Mapping[str, str] = {}
    problem: str = ""
    second_writer: bool = False
    streams: int = 0
    is_unknown: bool = False


@contextlib.contextmanager
def place_of(
    where: Address,
    directory: str,
    environ: Mapping[str, str],
    held: int | None = None,
    *,
    is_new: bool = True,
) -> Iterator[Meeting]:
    """The meeting place, with the user's secret for it; `held` as in `Git`. Git's helpers hear
    whether the secret was taken, if `is_new` or it was not. Raises Failure, MeetingError."""
    credential = credentials.credential_for(where, environ)
    secret = None if credential is None else credential.secret
    try:
        yield meeting_with(where, directory, environ, secret, held)
    except MeetingError as error:
        if not error.is_unknown:
            raise
        credentials.tell(credential, "reject", environ)
        raise MeetingError(
            f"{where.url}: {credentials.not_taken(credential)}",
            refused=True,
            is_unknown=True,
            failed=error.failed,
        ) from error
    if is_new:
        credentials.tell(credential, "approve", environ)


def meeting_with(
    where: Address,
    directory: str,
    environ: Mapping[str, str],
    secret: Secret | None,
    held: int | None = None,
) -> Meeting:
    """The meeting place with a secret, or without one. Raises Failure, MeetingError."""
    of_url = None if secret is None else (where.url, secret)
    git = Git(directory, environ, where.protocol, of_url, held=held)
    try:
        make_repository(git)
        if held is not None:
            delete_leftovers(git)
    except (GitFailed, OSError) as error:
        why = shown(error) if isinstance(error, GitFailed) else error
        raise MeetingError(f"{git.folder}: it could not be made ({why}).") from error
    return Meeting(git, where)


def exchange(
    directory: str, source: Source, environ: Mapping[str, str], now: int, held: int
) -> Outcome:
    """Tell and take what is new. `now` is the wall clock (UTC µs), `held` the lock of
    `state.alone`. Raises Failure before `sync setup`, and where nothing can be written here."""
    known = state.load(directory)
    if known is None:
        raise no_place()
    known = of_tracker(known, source.tracker)
    try:
        if known.kind == state.HUB:
            from codespace_tracker.sync import hub_exchange  # http is not for those who use git

            known, done = hub_exchange.run(directory, source, known, now)
        else:
            known, done = _by_git(directory, source, known, environ, now, held)
    except MeetingError as error:
        done = Outcome(problem=str(error), is_unknown=error.is_unknown)
        known = state.load(directory) or known
    except GitFailed as error:
        done = Outcome(problem=failed_here(error, directory))
        known = state.load(directory) or known
    except FleetError as error:
        done = Outcome(problem=f"{error} Fix: make room; it is tried again later.")
        known = state.load(directory) or known
    worked_at = known.worked_at if done.problem else now
    state.keep(directory, known._replace(at=now, problem=done.problem, worked_at=worked_at))
    return done


def _by_git(
    directory: str,
    source: Source,
    known: SyncState,
    environ: Mapping[str, str],
    now: int,
    held: int,
) -> tuple[SyncState, Outcome]:
    is_new = bool(known.problem or not known.worked_at)
    where = address(known.url)
    with (
        _fleet(directory) as fleet,
        place_of(where, directory, environ, held, is_new=is_new) as place,
    ):
        return _Exchange(directory, source, place, fleet, now).run(known)


def no_place() -> Failure:
    """What is said before `sync setup`."""
    return Failure(
        "no meeting place is set up. Fix: `codespace-tracker sync setup URL` (docs/fleet.md)."
    )


def of_tracker(known: SyncState, tracker: Tracker) -> SyncState:
    """What is remembered, for the tracker that the ledger is of now: in a copy of the directory in
    another codespace that is another one, with a stream of its own."""
    if known.tracker_id == tracker.tracker_id:
        return known
    return known._replace(
        stream_id=own_stream.stream_id_of(tracker),
        tracker_id=tracker.tracker_id,
        noted="",
        made=(),
        shared={},
        accepted=tuple(one for one in known.accepted if one != tracker.tracker_id),
        token="",
    )


def _fleet(directory: str) -> Fleet:
    """fleet.db, made again where it cannot be used. Raises Failure."""
    try:
        return Fleet.open_to_write(directory)
    except FleetError as error:
        if not error.is_broken:
            raise Failure(f"{error} Fix: make room, or check the permissions.") from error
        for end in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(rooted(os.path.join(directory, f"{FLEET}{end}")))
    try:
        return Fleet.open_to_write(directory)
    except (FleetError, OSError) as error:
        raise Failure(f"{error} Fix: make room, or check the permissions.") from error


class _Exchange:
    def __init__(
        self, directory: str, source: Source, place: Meeting, fleet: Fleet, now: int
    ) -> None:
        self._directory = directory
        self._source = source
        self._place = place
        self._fleet = fleet
        self._now = now

    def run(self, known: SyncState) -> tuple[SyncState, Outcome]:
        """Raises MeetingError, GitFailed, Failure."""
        there = self._place.branches()
        known, is_second = self._settle(known, there)
        problem, told = "", False
        try:
            known, told = self._tell(known, there)
        except MeetingError as error:  # what others told is taken all the same
            problem = str(error)
            known = state.load(self._directory) or known
        known, came, aside, failed = self._take(known, there)
        if failed and not problem:
            problem = next(iter(failed.values()))
        with contextlib.suppress(GitFailed):
            self._place.tidy()
        return known, Outcome(told, tuple(came), aside, problem, is_second, len(there))

    # --- telling

    def _settle(self, known: SyncState, there: Mapping[str, str]) -> tuple[SyncState, bool]:
        """Whose our branch is, by the commit that it is at. Where a second writer has it, we go on
        with a stream of our own."""
        at = there.get(known.stream_id, "")
        if not at or at == known.noted:
            return known, False
        if at in known.made:
            return self._note(known, at), False
        if not known.made:  # nothing was ever told from here: it is ours from an earlier life
            return self._adopt(known, at), False
        return self._part(known, at), True

    def _note(self, known: SyncState, commit: str) -> SyncState:
        with contextlib.suppress(GitFailed):  # the repository here was lost: it comes back
            self._place.note(commit)
        known = known._replace(noted=commit)
        state.keep(self._directory, known)
        return known

    def _adopt(self, known: SyncState, at: str) -> SyncState:
        at = self._have(known, at)
        return self._note(known._replace(made=(at,)), at)

    def _have(self, known: SyncState, at: str) -> str:
        """Have the commit here at which our branch is; it, or what the branch is at by now. Raises
        MeetingError if it does not come."""
        if self._place.has(at):
            return at
        fetched = self._place.fetch({known.stream_id: at}, knows_some=False)
        if not (came := fetched.came.get(known.stream_id, "")):
            raise MeetingError(next(iter(fetched.failed.values()), "it did not come"))
        return came

    def _part(self, known: SyncState, at: str) -> SyncState:
        """Leave the branch to the second writer. Sessions that it tells too are left to it, up to
        what it tells of them; what came after is told here, as sessions of their own. Where it is
        no tracker, but someone who put other things there, all is told here."""
        fetched = self._place.fetch({known.stream_id: at}, knows_some=bool(known.noted))
        if known.stream_id in fetched.failed and known.stream_id not in fetched.too_large:
            raise MeetingError(fetched.failed[known.stream_id])
        told = self._told_in(fetched.came.get(known.stream_id, ""), known.stream_id)
        shared = {one.session_id: one.running_us for one in told}
        known = known._replace(
            stream_id=str(uuid.uuid4()), noted="", made=(), shared={**known.shared, **shared}
        )
        state.keep(self._directory, known)
        return known

    def _told_in(self, commit: str, stream_id: str = "") -> tuple[Told, ...]:
        """What one of our commits tells; nothing where it is not here."""
        return _stream_in(_files(self._place, commit), self._now, stream_id).told

    def _tell(self, known: SyncState, there: Mapping[str, str]) -> tuple[SyncState, bool]:
        at = there.get(known.stream_id, "")
        last = known.made[-1] if known.made else at
        before = _files(self._place, last)
        if not before and at:  # the repository here was lost
            last = self._have(known, at)
            before = _files(self._place, last)
        told = _stream_in(before, self._now)
        stream = stream_now(self._source, known, self._now, told, there)
        files = write(stream)
        commit = last if last and files == before else self._place.commit(files, last)
        self._keep_own(known, stream, commit)
        if commit == at:
            return self._note(known, at) if known.noted != at else known, False
        for _ in range(_TRIES):
            # on the disk before the push: the server may apply it, however the push ends here
            made = tuple(one for one in known.made if one != commit)
            known = known._replace(made=(*made, commit)[-MADE_LIMIT:])
            state.keep(self._directory, known)
            try:
                self._place.push(known.stream_id, commit, at)
                return self._note(known, commit), True
            except MeetingError as error:
                failed = error
            if failed.refused:
                raise failed
            now_at = self._place.branches().get(known.stream_id, "")
            if now_at == commit:
                return self._note(known, commit), True
            if now_at == at:
                raise failed
            if now_at and now_at not in known.made:
                raise MeetingError(
                    "another tracker writes this codespace's branch: this one goes on with a "
                    "branch of its own at the next sync."
                )
            at = now_at  # one of our earlier pushes came late, or the branch was deleted
        raise failed

    def _keep_own(self, known: SyncState, stream: Stream, commit: str) -> None:
        """Keep our own stream among the others, if it has changed: what is in it counts here, and
        in no other stream. That holds for `ours` too."""
        for row in self._fleet.streams():
            if (row.stream_id, row.commit_id) == (stream.header.tracker_id, commit) and row.is_own:
                return
        with FleetWriter(self._fleet) as writer:
            all_ = stream._replace(told=(*stream.told, *self._ours(known)))
            writer.put(all_, commit, self._now, is_own=True)

    def _ours(self, known: SyncState) -> list[Told]:
        """What the ledger has of sessions that a second writer tells, as far as it tells them."""
        if not known.shared:
            return []
        ledger, tracker, _ = self._source
        all_ = own_stream.tellings(ledger, tracker, known.stream_id, {}, ())
        firsts = (first_of(one, known.shared.get(one.session_id, 0)) for one in all_)
        return [one for one in firsts if one is not None]

    # --- taking

    def _take(
        self, known: SyncState, there: Mapping[str, str]
    ) -> tuple[SyncState, list[str], dict[str, str], dict[str, str]]:
        """Fetch and keep what changed there; the ids of what came, what was set aside and why, and
        what could not be had."""
        others = {one: commit for one, commit in there.items() if one != known.stream_id}
        rows = {row.stream_id: row for row in self._fleet.streams()}
        here = self._place.here()
        wanted = {
            one: commit
            for one, commit in others.items()
            if here.get(one) != commit and known.too_large.get(one) != commit
        }
        fetched = self._place.fetch(wanted, knows_some=not here.keys().isdisjoint(wanted))
        ours = {one.session_id: one.running_us for one in self._ours(known)}
        came, aside = [], dict[str, str]()
        with FleetWriter(self._fleet) as writer:
            for one in others:
                commit = fetched.came.get(one) or here.get(one, "")
                row = rows.get(one)
                if one in fetched.too_large or known.too_large.get(one) == others[one]:
                    aside[one] = fetched.failed.get(one, row.reason if row else "it is too large")
                    writer.set_aside(one, others[one], aside[one])
                elif commit and not (row and row.commit_id == commit and not row.is_own):
                    reason = self._read(writer, one, commit, ours)
                    if reason:
                        aside[one] = reason
                        writer.set_aside(one, commit, reason)
                    else:
                        came.append(one)
            writer.gone(others)
            writer.apply(known.accepted, known.names)
        too_large = {**known.too_large, **fetched.too_large}
        too_large = {one: of for one, of in too_large.items() if others.get(one) == of}
        failed = {one: why for one, why in fetched.failed.items() if one not in fetched.too_large}
        return known._replace(too_large=too_large), came, aside, failed

    def _read(
        self, writer: FleetWriter, stream_id: str, commit: str, ours: Mapping[str, int]
    ) -> str:
        """Keep a stream that came; why it is not taken, empty if it is. Of sessions in `ours` the
        first part, of that many µs of running time, is kept already."""
        try:
            stream = read(self._place.files(commit), stream_id, self._now)
        except (StreamRefused, MeetingError) as error:
            return str(error)
        except GitFailed as error:
            return f"git cannot read it ({shown(error)})"
        told = [
            rest_of(one, ours[one.session_id], f"{one.session_id}:rest")
            if one.session_id in ours
            else one
            for one in stream.told
        ]
        own = tuple(one for one in told if one is not None)
        writer.put(stream._replace(told=own), commit, self._now)
        return ""


def stream_now(
    source: Source,
    known: SyncState,
    now: int,
    before: Stream = NOTHING_TOLD,
    others: Collection[str] = (),
) -> Stream:
    """What our stream is to be at the instant now (UTC µs): what it told `before`, and what the
    ledger has, without the sessions that one of the streams `others` tells. Raises LedgerError."""
    ledger, tracker, settings = source
    head: Header = own_stream.header(tracker, settings, known.stream_id)
    not_ours = [one for one in others if one not in (known.stream_id, tracker.tracker_id)]
    found = own_stream.tellings(ledger, tracker, known.stream_id, known.shared, not_ours)
    told = fit(to_tell(before.told, found), head.environment, now)
    presence = own_stream.presence(ledger, settings.share_presence, told, before.presence)
    return Stream(head, told, presence)


def planned(
    directory: str, source: Source, environ: Mapping[str, str], known: SyncState, now: int
) -> Stream:
    """What our stream would be after an exchange now. Contacts no one. Raises LedgerError, Failure,
    MeetingError."""
    known = of_tracker(known, source.tracker)
    if known.kind == state.HUB:
        from codespace_tracker.sync import hub_exchange

        return hub_exchange.stream_for_hub(source, known, now)
    place = meeting_with(address(known.url), directory, environ, None)
    before = _stream_in(_files(place, known.made[-1] if known.made else ""), now)
    try:
        others = place.here()
    except GitFailed:
        others = {}
    return stream_now(source, known, now, before, others)


def _files(place: Meeting, commit: str) -> dict[str, bytes]:
    """The files of one of our commits; none where it is not here. Raises MeetingError where git
    could not look: what was told there would be taken back."""
    try:
        return place.files(commit) if commit else {}
    except GitFailed as error:
        if not error.is_answer:
            raise MeetingError(failed_here(error, place.folder)) from error
        return {}
    except MeetingError:
        return {}


def _stream_in(files: Mapping[str, bytes], now: int, stream_id: str = "") -> Stream:
    """The stream in the files of one of our commits; an empty one where they cannot be read. Where
    our clock was ahead as it was told, it is the whole of it without presence."""
    stream_id = stream_id or _id_in(files)
    try:
        return read(files, stream_id, now)
    except StreamRefused as error:
        if not error.may_pass:
            return NOTHING_TOLD
    try:
        return read(files, stream_id, _FAR_AHEAD)._replace(presence=NOTHING_TOLD.presence)
    except StreamRefused:
        return NOTHING_TOLD


def _id_in(files: Mapping[str, bytes]) -> str:
    """The id that the header of our own stream has."""
    import json

    try:
        return str(json.loads(files["header.json"])["tracker_id"])
    except (KeyError, ValueError, TypeError):
        return ""


def forget(directory: str) -> None:
    """Delete what `sync` keeps here. Raises OSError."""
    from codespace_tracker.machine.file_names import MEETING, SYNC

    for name in (SYNC, *(f"{FLEET}{end}" for end in ("", "-wal", "-shm", "-journal"))):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(rooted(os.path.join(directory, name)))
    shutil.rmtree(rooted(os.path.join(directory, MEETING)), ignore_errors=True)
