"""One state directory, two machines, and a file system on which each of them is given the same
lock."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.machines import ALL_WAITS_SECONDS, Machine, machines
from tests.integration.real_tracker import PATIENCE_SECONDS, PROGRAM, wait_until

pytestmark = pytest.mark.machine

OTHER = "in another container or on another machine"
WAITS = "This one waits until that one is gone"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    with machines(tmp_path, "alpha", "beta") as (alpha, beta):
        prepare(alpha)
        yield alpha, beta


def prepare(machine: Machine) -> None:
    """A state directory with a heartbeat of one second, which nobody used yet."""
    machine.directory.mkdir(mode=0o700)
    (machine.directory / "config.toml").write_text("heartbeat_seconds = 1\n")


def begun(machine: Machine) -> None:
    """Its tracker is the one that counts, and keeps to the settings."""
    machine.verb("start")
    wait_until(machine.counts, f"the tracker of {machine.name} counts")
    wait_until(
        lambda: b'"heartbeat_us":1000000' in signs(machine),
        "its sign says the heartbeat of the settings",
    )


def signs(machine: Machine) -> bytes:
    """What the file of signs of life holds."""
    return (machine.directory / "alive").read_bytes()


def content(machine: Machine) -> dict[str, tuple[int, int, int]]:
    """What a directory holds, but for the keeper's lock: inode, size and time of change of each
    file."""
    return {
        str(path.relative_to(machine.directory)): (
            path.stat().st_ino,
            path.stat().st_size,
            path.stat().st_mtime_ns,
        )
        for path in machine.directory.rglob("*")
        if path.is_file() and path.name != "keeper.lock"
    }


def integrity(machine: Machine) -> str:
    """What SQLite says of the ledger, asked where it is written."""
    ledger = str(machine.directory / "ledger.db")
    ask = (
        f"import sqlite3; print(sqlite3.connect({ledger!r}).execute('PRAGMA "
        "integrity_check').fetchall())"
    )
    done = machine.run(PROGRAM[0], "-c", ask)
    return done.stdout or done.stderr


def damaged(machine: Machine) -> list[str]:
    """Ledgers that were set aside."""
    return [path.name for path in machine.directory.glob("ledger.damaged*")]


def sessions(machine: Machine) -> list[dict[str, Any]]:
    """All sessions, as the machine shows them."""
    found: list[dict[str, Any]] = json.loads(machine.verb("sessions", "--json").stdout)
    return found


def test_a_second_machine_waits_and_writes_nothing(pair: tuple[Machine, Machine]) -> None:
    alpha, beta = pair
    alpha.directory.joinpath("config.toml").write_text(
        "heartbeat_seconds = 300\n"
    )  # the first one is to write nothing
    alpha.verb("start")
    wait_until(
        lambda: b'"heartbeat_us":300000000' in signs(alpha),
        "its sign says the heartbeat of the settings",
    )
    wait_until(
        lambda: "configuration was loaded" in alpha.verb("log").stdout,
        "it has done all that there is to do",
    )
    alpha.freeze()  # or it draws its own files each minute
    before = content(alpha)
    assert WAITS in beta.verb("ensure").stdout
    assert beta.verb("status").stdout.startswith(f"● running {OTHER}")
    assert content(alpha) == before, "nothing came, went, grew or was written"
    alpha.thaw()


def test_status_ensure_and_doctor_agree_where_it_runs(pair: tuple[Machine, Machine]) -> None:
    alpha, beta = pair
    begun(alpha)
    said = beta.verb("status").stdout
    assert said.startswith(f"● running {OTHER} · container\n")
    assert "NOT RUNNING" not in said
    assert f"it runs {OTHER}" in beta.verb("doctor", code=None).stdout
    for verb in ("ensure", "start", "ensure"):
        assert WAITS in beta.verb(verb).stdout
    said = beta.verb("status").stdout
    assert said.startswith(f"● running {OTHER} · container\n")
    assert "This one's tracker counts in memory" in said
    found = beta.status()
    assert (found["running"], found["elsewhere"], found["waiting"]) == (True, True, True)
    assert (
        "it waits for a tracker in another container or machine to end"
        in beta.verb("doctor", code=None).stdout
    )
    assert alpha.verb("status").stdout.startswith("● running · container\n")


def test_start_status_and_doctor_name_the_file_system(pair: tuple[Machine, Machine]) -> None:
    alpha, _ = pair
    line = "file system fuse: locks are not shared here. Use this directory from one machine only."
    begun(alpha)
    for verb in ("start", "status"):
        assert line in alpha.verb(verb).stdout
    assert alpha.status()["untrusted_file_system"] == "fuse"
    assert (
        "! file system: fuse: locks and SQLite are unreliable"
        in alpha.verb("doctor", code=None).stdout
    )


def test_stop_says_at_once_where_it_runs_and_names_no_process(
    pair: tuple[Machine, Machine],
) -> None:
    alpha, beta = pair
    begun(alpha)
    for verb in ("stop", "restart"):
        began = time.monotonic()
        said = beta.verb(verb, code=1).stderr
        assert time.monotonic() - began < ALL_WAITS_SECONDS, "it waited for nothing"
        assert f"its tracker runs {OTHER}. Fix: run `codespace-tracker stop` there" in said
        assert "kill" not in said
    assert not (alpha.directory / "stopped").exists(), "no wish is remembered that was not granted"
    assert alpha.counts()


def test_a_clean_end_lets_the_waiting_machine_begin(pair: tuple[Machine, Machine]) -> None:
    """Its session counts from its first reading: what went by in memory is not lost."""
    alpha, beta = pair
    begun(alpha)
    beta.verb("ensure")
    began = time.monotonic()
    time.sleep(3)
    alpha.verb("stop")
    wait_until(beta.counts, "the waiting tracker counts")
    in_memory = time.monotonic() - began
    assert integrity(beta) == "[('ok',)]\n"
    assert not damaged(beta)
    assert len(sessions(beta)) == 2
    assert beta.status()["session"]["running_us"] >= int(in_memory) * 1_000_000


def test_a_machine_that_dies_is_waited_for_until_its_sign_stands_still(
    pair: tuple[Machine, Machine],
) -> None:
    alpha, beta = pair
    begun(alpha)
    alpha.power_off()
    began = time.monotonic()
    beta.verb("start")
    wait_until(beta.counts, "the other machine's tracker counts")
    assert time.monotonic() - began >= 2.0, "twice the heartbeat of the one that died"
    assert integrity(beta) == "[('ok',)]\n"
    assert "recovered" in beta.verb("log").stdout


def test_a_frozen_machine_gives_way_to_the_one_that_took_over(
    pair: tuple[Machine, Machine],
) -> None:
    alpha, beta = pair
    begun(alpha)
    alpha.freeze()
    beta.verb("start")
    wait_until(beta.counts, "the other machine's tracker took over")
    alpha.thaw()
    wait_until(lambda: not alpha.counts(), "the one that was frozen has given way")
    time.sleep(2)
    assert beta.counts()
    assert alpha.status()["waiting"]
    assert integrity(beta) == "[('ok',)]\n"
    assert not damaged(beta)


def test_of_two_that_start_at_once_one_counts(pair: tuple[Machine, Machine]) -> None:
    alpha, beta = pair
    both = [machine.begin_verb("start") for machine in pair]
    for process in both:
        process.communicate(timeout=PATIENCE_SECONDS)
    wait_until(lambda: alpha.counts() != beta.counts(), "one of them counts")
    first, second = (alpha, beta) if alpha.counts() else (beta, alpha)
    wait_until(lambda: bool(second.status()["waiting"]), "the other waits")
    assert integrity(first) == "[('ok',)]\n"
    assert not damaged(first)


def test_a_tracker_that_waits_ends_when_asked_and_leaves_nothing(
    pair: tuple[Machine, Machine],
) -> None:
    alpha, beta = pair
    begun(alpha)
    beta.verb("start")
    said = beta.verb("stop").stdout
    assert (
        said == "Stopped. The tracker was waiting for another machine's tracker, and had recorded "
        "nothing.\n"
    )
    assert beta.verb("status").stdout.startswith(f"● running {OTHER}")
    assert alpha.counts()


def test_only_the_machine_that_counts_may_change_the_ledger(pair: tuple[Machine, Machine]) -> None:
    alpha, beta = pair
    begun(alpha)
    said = beta.verb("notice", "hello", code=1).stderr
    assert "only the machine whose tracker runs may change it" in said
    alpha.verb("notice", "hello")
    wait_until(
        lambda: "hello" in beta.verb("notice").stdout, "the other machine sees it, by a copy"
    )
    assert integrity(alpha) == "[('ok',)]\n"


def test_restarts_on_one_machine_wait_for_nobody(pair: tuple[Machine, Machine]) -> None:
    """Its own process that is dead is known as dead: by boot id, namespace, number and start."""
    alpha, _ = pair
    begun(alpha)
    daemon = (alpha.directory / "daemon.lock").read_text().split()[0]
    alpha.run("kill", "-9", daemon)
    wait_until(
        lambda: (alpha.directory / "daemon.lock").read_text().split()[0] != daemon,
        "the keeper started another",
    )
    wait_until(alpha.counts, "it counts")
    # on a loaded machine it may take longer to come up than `restart` looks before it says that it
    # waits
    wait_until(
        lambda: "The tracker was restarted." in alpha.verb("restart").stdout, "it waits for nobody"
    )
    assert len(sessions(alpha)) == 1


def test_the_server_of_a_shared_folder_and_its_guest_take_turns(tmp_path: Path) -> None:
    """To the one the file system is a local disk, where it leaves no sign: its lock file and the
    moving log tell."""
    with machines(tmp_path, "server", "guest", local=("server",)) as (server, guest):
        prepare(server)
        server.verb("start")
        wait_until(server.counts, "the server's tracker counts")
        assert not (server.directory / "alive").exists(), "no cost on a local disk"
        assert WAITS in guest.verb("start").stdout
        time.sleep(3)
        assert not guest.counts()
        assert server.counts()
        server.verb("stop")
        wait_until(guest.counts, "the guest's tracker took over")
        assert WAITS in server.verb("start").stdout
        guest.verb("stop")
        wait_until(server.counts, "the server's tracker counts again")
        assert integrity(server) == "[('ok',)]\n"
        assert not damaged(server)
        assert not (server.directory / "alive").exists(), "a local disk needs none of it again"
