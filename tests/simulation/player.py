"""Plays events on the real daemon loop, configuration and ledger, and checks after each one what
must hold."""

import contextlib
import json
import os
import random
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from tests.simulation import savings
from tests.simulation.checks import DRAWN_AGAIN, Checks
from tests.simulation.events import IDLE, Event, triggers_of
from tests.simulation.fuse import Cut, Fuse, fused
from tests.simulation.machines import Machine
from tests.simulation.oracle import Oracle, Start

from codespace_tracker.cli.import_quietly import Quietly
from codespace_tracker.core.clock import DAY_US, MINUTE_US, SECOND_US
from codespace_tracker.daemon import main, rescue
from codespace_tracker.daemon.loop import DONE, Daemon
from codespace_tracker.ledger import imported
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.imported import ForeignSession
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.environment import Environment
from codespace_tracker.machine.lock import Holder
from codespace_tracker.machine.process import PAUSE
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.runs.order import Order
from codespace_tracker.views.scene import configuration_in_force

_POINTS = 200
"""How many moments of `at` a plan has: the 25 days of a trigger's that has one every three
hours."""


class Player:
    """One world: a machine, a tracker, a user, and the truth of the oracle."""

    def __init__(self, seed: int) -> None:
        folder = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.root = Path(tempfile.mkdtemp(prefix="simulation-", dir=folder))
        self.directory = self.root / "state"
        self.fuse = Fuse()
        self.chance = random.Random(seed)
        self.daemon: Daemon | None = None
        self.oracle = Oracle("host", 0)
        self.machine = Machine("host", self.fuse, self.chance)
        self.cut: str | None = None
        self.quiet = False
        """Whether the tracker has run since the last change, long enough to have seen all of it."""
        self.config = ""
        self.deaths = 0
        """How often the tracker died without being asked to end."""
        self.clocks_are_right = True
        """Whether every wall clock has been right so far."""
        self.imports = 0
        self.checks = Checks(self)

    def play(self, events: list[Event]) -> None:
        """Play all events; AssertionError where something does not hold."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(savings.shared())
            stack.enter_context(savings.few_points(_POINTS))
            stack.enter_context(fused(self.fuse))
            try:
                for event in events:
                    self.quiet = False
                    getattr(self, "_" + event[0].replace(" ", "_"))(*event[1:])
                    self.checks.all()
                self._start()
                self._run(15 * MINUTE_US)
                self.checks.all()
            finally:
                self._gone()
                self.machine.cut_off_scripts()
                self.fuse.blown, self.fuse.left = False, None
                shutil.rmtree(self.root)

    # --- the machine

    def _machine(self, kind: str, beat: int) -> None:
        self.machine = Machine(kind, self.fuse, self.chance)
        self.machine.on_start = self._run_starts
        self.machine.now = self.machine.now._replace(pid1_start_us=1_000_000)
        self.machine.ran_before_pid1 = 1_000_000
        self.oracle = Oracle(kind, max(10, beat) * SECOND_US)
        self.config = f"heartbeat_seconds = {beat}\n"

    def _run(self, microseconds: int) -> None:
        if self.daemon is None:
            self.machine.run(microseconds)
            return
        until, lived_us = (
            self.machine.now.mono_us + microseconds,
            self.machine.lived_us + microseconds,
        )
        self.checks.before_run()
        alive = self._carefully(lambda: self._live(until))
        self.quiet = alive and microseconds > 2 * self.oracle.beat + 5 * SECOND_US
        if alive and microseconds > self.oracle.beat:
            self.oracle.beats()
        if (
            not alive and self.machine.lived_us < lived_us
        ):  # the boot, and its clock, may be another one now
            self.machine.run(lived_us - self.machine.lived_us)

    def _live(self, until: int) -> None:
        machine, awake, at = self.machine, 0, 0
        while machine.now.mono_us < until and self.daemon is not None:
            heard = machine.wait(min(self.daemon.until_due(), until - machine.now.mono_us))
            self.oracle.sees(machine.now.mono_us, machine.now.boot_us)
            if heard is not None or self.daemon.until_due() <= 0:
                self.daemon.step(heard)
                awake = awake + 1 if machine.now.mono_us == at else 0
                at = machine.now.mono_us
                assert awake < 200, "the daemon does not sleep any more"
                if self.daemon.exit_code is not None:
                    self._gone()
                    self.fuse.lit = True
                    self.checks.begun_again()
                    self._begin()

    def _carefully(self, act: Callable[[], None]) -> bool:
        """Let the tracker act; whether it outlived that."""
        self.fuse.lit = True
        try:
            act()
        except Cut:
            self.fuse.lit = False
            how, self.cut = self.cut, None
            self._tracker_dies()
            if how == "machine":
                self._power_off(MINUTE_US)
            return False
        finally:
            self.fuse.lit = False
        return True

    def _cut(self, points: int, who: str) -> None:
        self.fuse.left, self.cut = points, who

    def _suspend(self, microseconds: int) -> None:
        self.machine.suspend(microseconds)
        self.oracle.suspends(self.machine.boot, microseconds)

    def _set_clock(self, by: int) -> None:
        self.machine.set_wall_clock(by)
        self.clocks_are_right = False

    def _right_clock(self) -> None:
        """NTP finds out what time it is."""
        self.machine.set_wall_clock(self.machine.true_us - self.machine.now.wall_us)

    def _host(self, number: int, up: int, pid1_age: int, error: int, how: str) -> None:
        """The tracker ends here, and the user goes to another machine that has the state
        directory."""
        if number == self.machine.number:
            return
        if how == "dies" or self.daemon is None:
            self._tracker_dies()
        else:
            self._ends(signal.SIGTERM if how == "term" else PAUSE)
        self.machine.go_to(number, up, pid1_age, error)
        self.clocks_are_right = self.clocks_are_right and error == 0

    def _cores(self, count: int) -> None:
        self.machine.cpus = count

    def _power_off(self, off: int) -> None:
        self._tracker_dies()
        for name in DRAWN_AGAIN:  # what nobody waited for to be on the disk may not be
            path = self.directory / name
            if path.exists() and self.chance.random() < 0.5:
                path.write_bytes(b"")
        self.machine.boots(off)

    def _term(self, off: int) -> None:
        if self.daemon is not None and self._ends(signal.SIGTERM):
            self.machine.boots(off)
        else:
            self._power_off(off)

    def _new_container(self, gap: int) -> None:
        self._tracker_dies()
        self.machine.new_pid1(gap)

    def _snapshot(self, back: int) -> None:
        """The clocks go back by so much before the moment at which the tracker was last seen, and
        to no other boot."""
        if not self.oracle.lives or self.oracle.lives[-1].boot != self.machine.boot:
            return
        self._tracker_dies()
        machine, last = self.machine, self.oracle.lives[-1]
        back += machine.now.mono_us - last.seen + self.oracle.beat
        started = machine.now.pid1_start_us or 0
        if (
            machine.now.mono_us - back <= machine.ran_before_pid1
            or machine.now.boot_us - back <= started
        ):
            return
        machine.now = machine.now._replace(
            mono_us=machine.now.mono_us - back, boot_us=machine.now.boot_us - back
        )
        machine.cut_off_scripts()
        machine._coming.clear()
        self._start()

    def _copied(self, off: int) -> None:
        """The state directory is copied to another codespace, and the tracker starts there."""
        if self.machine.kind != "codespace":
            return
        self._power_off(off)
        self.machine.names += 1
        self.machine.named(f"fuzzy-{self.machine.names}")
        self.oracle.moves()

    def _login(self, how: str) -> None:
        """What starts the tracker from now on has the environment's variables, or not, as by
        SSH."""
        if how == "usual":
            self.machine.named(f"fuzzy-{self.machine.names}")
        elif self.oracle.lives and not self.oracle.moved:  # what this is was seen once
            self.machine.seen = Environment(
                "container" if self.machine.kind != "host" else "host", "", "", "", False
            )

    def _prebuild(self) -> None:
        """A start while a codespace is only being prepared, by the daemon's own main."""
        if self.machine.kind != "codespace" or self.daemon is not None:
            return
        before = self.checks.everything()
        seen = self.machine.seen
        self.machine.seen = seen._replace(prebuild=True)
        with mock.patch.object(main, "RealHost", return_value=self.machine):
            assert main._run(str(self.directory), None, None) == DONE
        self.machine.seen = seen
        assert self.checks.everything() == before, "a prebuild leaves everything as it is"

    # --- the tracker

    def _start(self) -> None:
        if self.daemon is None:
            self._carefully(self._begin)

    def _begin(self) -> None:
        self.directory.mkdir(exist_ok=True, mode=0o700)
        if not (self.directory / "config.toml").exists():
            (self.directory / "config.toml").write_text(self.config)
        sessions = self.checks.last()[0]
        now, machine = self.machine.now, self.machine
        ran, seen_at = now.mono_us - machine.ran_before_pid1, self.checks.seen_at()
        start = Start(
            machine.boot, machine.pid1, now.wall_us, now.mono_us, now.boot_us, ran, seen_at
        )
        try:
            prepare(str(self.directory))
            ledger = rescue.open_ledger(str(self.directory), now.wall_us)
            try:
                daemon = Daemon(str(self.directory), machine, ledger)
                daemon.begin()
            except Cut:
                ledger.connection.close()
                raise
            self.daemon = daemon
        finally:
            # it may have been cut off before the decision was written down, or after
            number, *seen = self.checks.last()
            if number > sessions or seen == [now.boot_id, now.mono_us]:
                self._ask_oracle(number > sessions, start)

    def _ask_oracle(self, begins: bool, start: Start) -> None:
        expected = self.oracle.starts(start)
        if expected is None:
            self.oracle.decided(begins, start)
        else:
            assert begins == expected, f"a new session: {begins}, and it should be {expected}"

    def _tracker_dies(self) -> None:
        if self.daemon is not None:
            self.deaths += 1
            self.oracle.sees(self.machine.now.mono_us, self.machine.now.boot_us)
        self._gone()

    def _gone(self) -> None:
        """The process is no more: what it had open is closed, and nothing else happens."""
        daemon, self.daemon = self.daemon, None
        self.machine.people.forgotten()
        if daemon is not None:
            daemon.ledger.connection.close()
        self.fuse.blown = self.fuse.lit = False
        self._drop_locks()

    def _drop_locks(self) -> None:
        """The locks of runs that never began were the dead process's own."""
        held = set(self.machine._locks.values())
        for name in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                target = os.readlink(f"/proc/self/fd/{name}")
                if (
                    target.startswith(str(self.directory))
                    and "/runs/" in target
                    and int(name) not in held
                ):
                    os.close(int(name))

    def _ends(self, number: int) -> bool:
        """Tell the tracker to end; whether it did in good order."""
        daemon = self.daemon
        assert daemon is not None

        def end() -> None:
            self.oracle.sees(self.machine.now.mono_us, self.machine.now.boot_us)
            daemon.step(number)

        mono, boottime = self.machine.now.mono_us, self.machine.now.boot_us
        if not self._carefully(end):
            return False
        self.oracle.sees(mono, boottime)
        self.oracle.ends_clean()
        self._gone()
        return True

    def _pause(self) -> None:
        if self.daemon is not None:
            self._ends(PAUSE)

    def _restart(self) -> None:
        self._pause()
        self._start()

    # --- the user and the scripts

    def _triggers(self, numbers: list[int]) -> None:
        self.directory.mkdir(exist_ok=True, mode=0o700)
        text = json.dumps(triggers_of(numbers))
        path = self.directory / "trigger_config.json"
        path.write_text(text + " " * (len(path.read_text()) % 7 + 1 if path.exists() else 0))
        self._tell()

    def _broken_triggers(self) -> None:
        self.directory.mkdir(exist_ok=True, mode=0o700)
        (self.directory / "trigger_config.json").write_text('[{"label": ')
        self._tell()

    def _tell(self) -> None:
        daemon = self.daemon
        if daemon is not None:
            self._carefully(lambda: daemon.step(signal.SIGHUP))

    def _heartbeat(self, seconds: int) -> None:
        """The user edits config.toml."""
        self.directory.mkdir(exist_ok=True, mode=0o700)
        (self.directory / "config.toml").write_text(f"heartbeat_seconds = {seconds}\n")
        self.oracle.beat = max(self.oracle.beat, seconds * SECOND_US)
        self._tell()

    def _activity(self) -> None:
        """A part of an editor says that somebody is there."""
        self.machine.active_at = self.machine.now.wall_us
        self.machine.people.types("activity", self.machine.now.mono_us, moved=True)

    def _types(self, name: int) -> None:
        self.machine.types(f"{name}")

    def _terminals_close(self) -> None:
        self.machine.terminals.clear()

    def _editor(self, pid: int, clients: int | None) -> None:
        """An editor's server is there, and so many are connected; None: nobody can tell."""
        self.machine.serves(clients, pid)

    def _editors_end(self) -> None:
        self.machine.servers.clear()

    def _run_starts(self, order: Order) -> None:
        """What fires because nobody is there fires when nobody was for so long: whoever came while
        it waited for its turn does not matter."""
        if self.daemon is None:
            return
        found = self.daemon.ledger.rows(
            "SELECT o.flag, o.claimed_at FROM occurrence o JOIN run r ON r.occurrence = o.id"
            " WHERE r.name = ? AND r.attempt = 1",
            order.name,
        )
        for flag, claimed_at in found:
            limit = IDLE.get(flag)
            if limit is not None and claimed_at == self.machine.now.wall_us:
                people = self.machine.people
                alone = self.machine.now.mono_us - max(people.seen_at, people.unknown_at)
                assert alone >= limit, f"{flag} fired after {alone} µs alone"

    def _ledger_vanishes(self) -> None:
        """Somebody deletes it under the running tracker, which has it open."""
        if self.daemon is None or self.fuse.left is not None:
            return
        for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
            (self.directory / name).unlink(missing_ok=True)
        self._run(self.oracle.beat + SECOND_US)
        assert self.checks.has_ledger(), "it is written again from what the tracker had open"

    def _import(self, microseconds: int) -> None:
        """The user imports a session of so long, from years ago: it moves nothing, and runs
        nothing."""
        if not self.checks.has_ledger() or self.checks.last() == (0,) or self.fuse.left is not None:
            return
        due = self.checks.due()
        ledger = Ledger.open_to_change(str(self.directory / NAME))
        try:
            self.imports += 1
            started_at = (self.imports + 1) * 20 * DAY_US
            theirs = [
                ForeignSession(f"theirs-{self.imports}", started_at, microseconds, recovered=True)
            ]
            holder = None if self.daemon is None else Holder(1, "", is_up=True)
            Quietly(ledger, configuration_in_force(ledger)[0], holder, 2).put(
                theirs, self.machine.reading
            )
            with ledger.transaction():
                imported.put_in_order(ledger)
        finally:
            ledger.close()
        assert self.checks.due() == due, "an import runs nothing"
        self._tell()

    def _run_is_killed(self) -> None:
        self.machine.kill_run()

    def _user_makes_flag(self, flag: str) -> None:
        folder = self.directory / "flags"
        if folder.exists() and not (folder / flag).exists():
            (folder / flag).write_text("mine\n")

    def _user_removes_flag(self, flag: str) -> None:
        (self.directory / "flags" / flag).unlink(missing_ok=True)

    def _flags_folder_vanishes(self) -> None:
        shutil.rmtree(self.directory / "flags", ignore_errors=True)

    def _scripts(self, mood: str) -> None:
        self.machine.mood = mood


def fails(events: list[Event]) -> str | None:
    """What does not hold when these events are played; None if all does."""
    try:
        Player(0).play(events)
    except Exception as error:  # noqa: BLE001 - whatever it was, it is what we look for
        return f"{type(error).__name__}: {error}"
    return None
