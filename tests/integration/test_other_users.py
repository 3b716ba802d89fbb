"""Nothing that another user wrote is run, read or written to, wherever the state directory lies.

Real users, a real keeper and daemon. The clock goes on in every case.
"""

import contextlib
import json
import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest
from tests.integration.other_users import OTHER, OWNER, Ground, as_owner, as_user, made_ground
from tests.integration.real_tracker import PROGRAM, RealTracker, wait_until

pytestmark = pytest.mark.machine

SWAPPED = "another user's directory is in the place of the tracker's"


ground = pytest.fixture(made_ground)


def swap(ground: Ground) -> Path:
    """The other user puts a directory with a trigger in the place of the owner's; where that one is
    then."""
    aside = ground.shared / "aside"
    ground.bait(aside)
    ground.exchange(OTHER, ground.tracker.directory, aside)
    return aside


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- the directory is put in another's place


def test_a_directory_swapped_under_the_tracker_has_nothing_run(ground: Ground) -> None:
    ground.start()
    aside = swap(ground)
    ground.await_said(aside, SWAPPED)
    ground.await_heartbeats(aside)
    assert not ground.proof.exists(), ground.proof.read_text()
    there = {path.name for path in ground.tracker.directory.rglob("*")}
    assert there == {"flags", "runs", "backups", "trigger_config.json"}, (
        "nothing is written there either"
    )


def test_status_says_by_whom_the_directory_is_and_that_the_clock_goes_on(ground: Ground) -> None:
    tracker = ground.start()
    keeper = tracker.running().keeper
    assert keeper is not None
    swap(ground)
    for verb in (
        ["status"],
        ["triggers"],
        ["triggers", "run", "Bait"],
        ["start"],
        ["log", "--debug"],
        ["stop"],
    ):
        said = tracker.verb(*verb, code=1)
        assert f"{tracker.directory}: belongs to user {OTHER}" in said.stderr
        assert f"Your tracker (process {keeper.pid}) keeps counting" in said.stderr
        assert said.stdout == ""
    assert not ground.proof.exists()


def test_a_tracker_that_dies_over_a_swapped_directory_comes_back_with_its_own(
    ground: Ground,
) -> None:
    tracker = ground.start()
    session = tracker.read("SELECT session_id FROM session")
    before = ground.running_us(tracker.directory)
    daemon = tracker.running().daemon
    assert daemon is not None
    aside = swap(ground)
    ground.await_said(aside, SWAPPED)
    os.kill(daemon.pid, 9)
    ground.do(OTHER, "sleep 2")
    ground.exchange(OTHER, tracker.directory, aside)
    wait_until(lambda: "continued" in tracker.journal(), "the tracker goes on with its own ledger")
    assert not ground.proof.exists()
    assert tracker.read("SELECT session_id FROM session") == session
    assert ground.running_us(tracker.directory) - before >= 2_000_000, (
        "the time in between is counted"
    )


def test_a_directory_that_is_put_back_is_worked_in_again(ground: Ground) -> None:
    tracker = ground.start()
    daemon = tracker.running().daemon
    aside = swap(ground)
    ground.await_said(aside, SWAPPED)
    ground.exchange(OTHER, tracker.directory, aside)
    ground.await_said(tracker.directory, "no longer a problem: foreign directory")
    ground.write("trigger_config.json", ground.trigger(f"touch {tracker.home}/mine"))
    wait_until((tracker.home / "mine").exists, "the owner's trigger fires")
    assert tracker.running().daemon == daemon
    assert not ground.proof.exists()


def test_a_cloned_repository_put_in_its_place_is_not_taken_for_it(ground: Ground) -> None:
    """It belongs to the owner, and its content is somebody else's."""
    clone = ground.shared / "aside"
    ground.bait(clone, user=OWNER)
    ground.do(OWNER, f"chmod 755 {clone}")
    tracker = ground.start()
    ground.exchange(OTHER, tracker.directory, clone)
    ground.await_said(ground.shared / "aside", "another directory is in the place of the tracker's")
    ground.await_heartbeats(ground.shared / "aside")
    assert not ground.proof.exists()
    assert mode(tracker.directory) == 0o755


def test_a_link_that_is_pointed_elsewhere_leads_the_tracker_nowhere(ground: Ground) -> None:
    """Another user may replace the link, which is in a folder that everybody can write."""
    project, bait = ground.homes[OWNER] / "project", ground.shared / "bait"
    ground.do(
        OWNER,
        f"mkdir {project}; chmod 700 {project}; echo 'heartbeat_seconds = 1' "
        f">{project}/config.toml",
    )
    inner = ground.shared / "inner"
    ground.do(OWNER, f"ln -s {ground.homes[OWNER]} {inner}")
    ground.tracker.directory = inner / "project"
    ground.tracker.verb("start")
    ground.bait(bait / "project")
    ground.do(OTHER, f"ln -sfn {bait} {inner}")
    ground.await_said(project, SWAPPED)
    ground.await_heartbeats(project)
    assert not ground.proof.exists()


def test_a_storm_of_swaps_and_crashes_has_nothing_run(ground: Ground) -> None:
    """The path leads to the bait half of the time, also while the tracker starts and opens its
    files."""
    project, bait, inner = (
        ground.homes[OWNER] / "project",
        ground.shared / "bait",
        ground.shared / "inner",
    )
    ground.do(
        OWNER,
        f"mkdir {project}; chmod 700 {project}; echo 'heartbeat_seconds = 1' "
        f">{project}/config.toml",
    )
    ground.bait(bait / "project")
    ground.do(OWNER, f"ln -s {ground.homes[OWNER]} {inner}")
    ground.tracker.directory = inner / "project"
    ground.tracker.verb("start")
    ours = RealTracker(project)
    turns = (f"ln -s {to} {inner}-; mv -T {inner}- {inner}" for to in (bait, ground.homes[OWNER]))
    script = f"trap 'over=1' TERM; until [ \"$over\" ]; do {'; '.join(turns)}; done"
    storm = subprocess.Popen([*as_user(OTHER), "sh", "-c", script])
    try:
        for _ in range(4):  # a start may fail in the storm: the keeper tries again
            with contextlib.suppress(AssertionError):
                wait_until(lambda: ours.running().daemon is not None, "a daemon runs", seconds=3)
            daemon = ours.running().daemon
            if daemon is not None:
                with contextlib.suppress(
                    ProcessLookupError
                ):  # in the storm it may have given up by itself
                    os.kill(daemon.pid, signal.SIGHUP)
                    os.kill(daemon.pid, signal.SIGKILL)
    finally:
        storm.terminate()
        storm.wait()
    ground.do(OWNER, f"ln -sfn {ground.homes[OWNER]} {inner}")
    ground.await_heartbeats(project)
    assert not ground.proof.exists(), ground.proof.read_text()
    assert ours.read("PRAGMA integrity_check") == [("ok",)]
    assert len(ours.read("SELECT number FROM session")) == 1


@pytest.mark.parametrize("above", [False, True])
def test_a_link_that_another_user_made_is_not_begun_in(ground: Ground, above: bool) -> None:
    """It leads to a folder of the owner's now, and may lead elsewhere later."""
    project, link = ground.homes[OWNER] / "project", ground.shared / "link"
    ground.do(OWNER, f"mkdir {project}")
    ground.do(OTHER, f"ln -s {project.parent if above else project} {link}")
    ground.tracker.directory = link / "project" if above else link
    for verb in ("init", "start", "ensure", "status"):
        said = ground.tracker.verb(verb, code=1).stderr
        assert (
            f"{link}: is a link that user {OTHER} made. Fix: name the folder itself: --dir "
            f"{project}" in said
        )
    assert list(project.iterdir()) == []


# --- a directory that others can get at


@pytest.mark.parametrize("open_mode", [0o777, 0o2775])
def test_a_directory_that_is_open_to_others_is_closed_and_told(
    ground: Ground, open_mode: int
) -> None:
    tracker = ground.tracker
    ground.write("config.toml", "heartbeat_seconds = 1\n")
    tracker.directory.chmod(open_mode)
    said = tracker.verb("start").stdout
    told = f"was open to other users (mode {open_mode:04o}). It is private again (0700)"
    assert told in " ".join(said.split())
    assert mode(tracker.directory) & 0o777 == 0o700
    assert told in ground.said(tracker.directory)


def test_a_directory_that_others_could_only_read_is_closed_without_a_notice(ground: Ground) -> None:
    """As the original tool made its own."""
    ground.write("config.toml", "heartbeat_seconds = 1\n")
    ground.tracker.directory.chmod(0o755)
    ground.tracker.verb("start")
    assert mode(ground.tracker.directory) == 0o700
    assert "(mode 0755)" in ground.said(ground.tracker.directory)
    assert ground.tracker.status()["notices"] == []


def test_a_directory_that_is_opened_while_the_tracker_runs_is_closed_again(ground: Ground) -> None:
    tracker = ground.start()
    tracker.directory.chmod(0o777)
    wait_until(lambda: mode(tracker.directory) == 0o700, "it is closed again")
    wait_until(lambda: "(mode 0777)" in str(tracker.status()["notices"]), "the notice is given")


def test_a_configuration_of_another_user_in_an_open_directory_is_not_run(ground: Ground) -> None:
    ground.write("config.toml", "heartbeat_seconds = 1\n")
    ground.tracker.directory.chmod(0o777)
    ground.bait(ground.shared / "bait")
    ground.do(OTHER, f"mv {ground.shared}/bait/trigger_config.json {ground.tracker.directory}/")
    tracker = ground.start()
    ground.await_heartbeats(tracker.directory)
    assert not ground.proof.exists()
    assert f"trigger_config.json: belongs to user {OTHER}, and is not read." in str(
        tracker.status()["problems"]
    )
    assert f"belongs to user {OTHER}" in tracker.verb("triggers", "check", code=1).stdout
    assert tracker.verb("triggers", "run", "Bait", code=1).stdout == ""
    assert not ground.proof.exists()


def test_init_closes_a_directory_that_is_open_and_says_so(ground: Ground) -> None:
    ground.write("config.toml", "")
    ground.tracker.directory.chmod(0o777)
    assert "was open to other users (mode 0777)" in ground.tracker.verb("init").stderr
    assert mode(ground.tracker.directory) == 0o700


def test_a_folder_above_that_others_can_write_is_no_reason_to_refuse(ground: Ground) -> None:
    """As /workspaces is in a codespace: mode 0757, and a default list that gives others all
    rights."""
    ground.open_to_all(ground.shared, 0o757)
    rights = "default:user::rwx,default:group::r-x,default:other::rwx"
    subprocess.run(["setfacl", "-m", rights, str(ground.shared)], check=True)
    tracker = ground.tracker
    tracker.verb("init")
    (tracker.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
    tracker.verb("start")
    mine = ground.trigger(f"touch {tracker.home}/mine")
    ground.do(OWNER, f"printf '%s' '{json.dumps(mine)}' >{tracker.directory}/new")
    assert mode(tracker.directory / "new") & 0o002, (
        "an editor's file gets the rights that the folder above gives"
    )
    ground.do(OWNER, f"mv {tracker.directory}/new {tracker.directory}/trigger_config.json")
    wait_until((tracker.home / "mine").exists, "the owner's trigger fires")
    assert tracker.status()["problems"] == []
    assert mode(tracker.directory) == 0o700
    tracker.verb("restart")
    assert tracker.verb("doctor", code=None).stdout.count("✗") == 0


# --- files of another user within


@pytest.mark.parametrize("name", ["trigger_config.json", "config.toml"])
def test_a_file_of_another_user_is_not_read_and_the_user_is_told(ground: Ground, name: str) -> None:
    tracker = ground.start()
    ground.bait(ground.shared / "bait")
    ground.write(name, (ground.shared / "bait/trigger_config.json").read_text())
    os.chown(tracker.directory / name, OTHER, OTHER)
    told = (
        f"{name}: belongs to user {OTHER}, and is not read. Fix: put a file of your own in its "
        "place"
    )
    wait_until(lambda: told in str(tracker.status()["problems"]), "the user is told")
    assert not ground.proof.exists()


@pytest.mark.parametrize(
    ("rights", "is_read"),
    [(0o644, True), (0o664, False), (0o646, False)],
    ids=["0644", "0664", "0646"],
)
def test_a_link_to_a_file_outside_is_read_if_nobody_else_can_write_it(
    ground: Ground, rights: int, is_read: bool
) -> None:
    tracker = ground.start()
    dotfiles = ground.homes[OWNER] / "triggers.json"
    ground.do(
        OWNER, f"echo '{json.dumps(ground.trigger(f'touch {tracker.home}/mine'))}' >{dotfiles}"
    )
    dotfiles.chmod(rights)
    ground.do(OWNER, f"ln -sf {dotfiles} {tracker.directory}/trigger_config.json")
    if is_read:
        wait_until((tracker.home / "mine").exists, "the owner's trigger fires")
        return
    told = (
        "trigger_config.json: can be written by other users, and is not read. Fix: chmod go-w "
        "that file."
    )
    wait_until(lambda: told in str(tracker.status()["problems"]), "the user is told")
    assert not (tracker.home / "mine").exists()


def test_a_link_that_another_user_made_within_is_not_followed(ground: Ground) -> None:
    """It may lead to a file of the owner's that merely lies in a cloned repository."""
    ground.bait(ground.shared / "clone", user=OWNER)
    ground.do(OWNER, f"chmod go-w {ground.shared}/clone/*")
    ground.write("config.toml", "heartbeat_seconds = 1\n")
    ground.tracker.directory.chmod(0o777)
    ground.do(OTHER, f"ln -s {ground.shared}/clone/trigger_config.json {ground.tracker.directory}/")
    tracker = ground.start()
    ground.await_heartbeats(tracker.directory)
    assert f"is a link that user {OTHER} made, and is not followed" in str(
        tracker.status()["problems"]
    )
    assert not ground.proof.exists()


def test_a_ledger_of_another_user_is_moved_aside_and_the_clock_starts(ground: Ground) -> None:
    tracker = ground.start()
    tracker.verb("stop")
    path = tracker.directory / "ledger.db"
    os.chown(path, OTHER, OTHER)
    tracker.verb("start")
    assert f"{path}: belongs to user {OTHER}, and is not read." in str(tracker.status()["problems"])
    assert path.stat().st_uid == OWNER
    assert [one.stat().st_uid for one in tracker.directory.glob("ledger.damaged-*.db")] == [OTHER]


def test_flags_and_wishes_of_another_user_hold_nothing_up(ground: Ground) -> None:
    tracker = ground.start()
    tracker.verb("stop")
    for name, content in (
        ("stopped", (tracker.directory / "stopped").read_text()),
        ("flags/bait", ""),
    ):
        (tracker.directory / name).write_text(content)
        os.chown(tracker.directory / name, OTHER, OTHER)
    ground.write(
        "trigger_config.json", {**ground.trigger(f"touch {tracker.home}/mine"), "flag_name": "bait"}
    )
    tracker.verb("ensure")
    wait_until((tracker.home / "mine").exists, "the owner's trigger fires")


def test_a_folder_of_another_user_is_not_worked_in(ground: Ground) -> None:
    tracker = ground.start()
    ground.do(OWNER, f"mv {tracker.directory}/runs {tracker.home}/runs")
    ground.do(OTHER, f"mkdir -m 777 {ground.shared}/runs")
    os.rename(ground.shared / "runs", tracker.directory / "runs")
    ground.write("trigger_config.json", ground.trigger(f"touch {tracker.home}/mine"))
    told = f"runs: belongs to user {OTHER}: move it away. Triggers wait"
    wait_until(lambda: told in str(tracker.status()["problems"]), "the user is told")
    assert list((tracker.directory / "runs").iterdir()) == []
    assert not (tracker.home / "mine").exists()


# --- root


def test_root_works_in_no_other_users_directory(ground: Ground) -> None:
    tracker = ground.start()
    roots = RealTracker(tracker.directory)
    before = tracker.running()
    for verb in (
        ["status"],
        ["stop"],
        ["start"],
        ["triggers", "add", "--label", "x"],
        ["notice", "x"],
        ["log"],
    ):
        said = roots.verb(*verb, code=1).stderr
        assert f"belongs to user {OWNER}" in said
        assert f"run this as that user (sudo -u '#{OWNER}' …)" in said
    assert tracker.running() == before
    assert {path.stat().st_uid for path in tracker.directory.rglob("*")} == {OWNER}


@pytest.mark.parametrize("verb", ["start", "init", "ensure", "uninstall"])
def test_root_with_the_home_of_a_user_makes_nothing_there(ground: Ground, verb: str) -> None:
    home = ground.homes[OWNER]
    done = subprocess.run(
        [*PROGRAM, verb],
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"you are root, and HOME is {home}, which belongs to user {OWNER}." in done.stderr
    assert f"(sudo -u '#{OWNER}' …)" in done.stderr
    assert list(home.iterdir()) == []


def test_a_directory_of_roots_in_a_users_home_cannot_be_turned_against_root(ground: Ground) -> None:
    """The user may rename it, as may whoever else can write to the folder above."""
    home = ground.homes[OWNER]
    roots = RealTracker(home / "state")
    (home / "state").mkdir(mode=0o700)
    (home / "state/config.toml").write_text("heartbeat_seconds = 1\n")
    try:
        roots.verb("start")
        ground.bait(home / "aside", user=OWNER)
        ground.exchange(OWNER, home / "state", home / "aside")
        ground.await_said(home / "aside", SWAPPED)
        ground.await_heartbeats(home / "aside")
        assert not ground.proof.exists()
    finally:
        roots.directory = home / "aside"
        roots.end()


def test_a_record_that_another_user_wrote_is_not_followed(ground: Ground) -> None:
    """HOME may be another user's, as it is after `su` without a dash."""
    home, bait = ground.homes[OTHER], ground.shared / "bait"
    folder = home / ".config/codespace-tracker"
    ground.do(OTHER, f"mkdir -p {folder}; echo {bait} >{folder}/directory")
    done = subprocess.run(
        [*as_owner(), *PROGRAM, "doctor"],
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert str(bait) not in done.stdout
    assert f"{home}/.codespace-tracker" in done.stdout


def test_doctor_looks_at_nothing_of_another_users_directory_and_gives_safe_advice(
    ground: Ground,
) -> None:
    ground.bait(ground.tracker.directory)
    said = ground.tracker.verb("doctor", code=1).stdout
    assert f"it belongs to user {OTHER}, whose scripts are not to run as you" in " ".join(
        said.split()
    )
    assert "chown" not in said
    assert "Bait" not in said
