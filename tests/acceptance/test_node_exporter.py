"""Debian's node exporter, run as a user of its own, reads what two trackers write into one
folder."""

import json
import re
import shutil
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.other_users import as_user
from tests.integration.real_tracker import RealTracker, wait_until

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

EXPORTER = "prometheus-node-exporter"
COLLECTOR = 64_321  # the number of its user
TRIGGER = {
    "label": 'Say "hello" \\ now',
    "script_command": "echo secret-word",
    "conditions": {"event": "session_start"},
}


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that other users may enter, unlike pytest's."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def trackers(place: Path) -> Iterator[list[RealTracker]]:
    """Two trackers that write into one folder, each of which has run a trigger."""
    (place / "collector").mkdir()
    made = []
    for name in ("one", "two"):
        (place / name).mkdir()
        tracker = RealTracker(place / name / "state")
        made.append(tracker)
        tracker.be_in_codespace(repository="octo/repository")
        tracker.verb("init")
        (tracker.directory / "config.toml").write_text(f'metrics = "{place}/collector"\n')
        (tracker.directory / "trigger_config.json").write_text(json.dumps({"triggers": [TRIGGER]}))
        tracker.verb("start")
    try:
        yield made
    finally:
        for tracker in made:
            tracker.end()


def files(place: Path) -> list[str]:
    return [one.read_text() for one in (place / "collector").glob("*.prom")]


def series(text: str) -> set[str]:
    return set(re.findall(r"^(codespace_tracker_\w+\{.*\}) \S+$", text, re.MULTILINE))


def scrape(folder: Path) -> str:
    """What the exporter answers to Prometheus."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    opened = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    answer: list[str] = []

    def has_answered() -> bool:
        try:
            answer.append(opened.open(f"http://{address}/metrics", timeout=10).read().decode())
        except OSError:
            return False
        return True

    options = (
        "--collector.disable-defaults",
        "--collector.textfile",
        f"--collector.textfile.directory={folder}",
    )
    command = [*as_user(COLLECTOR), EXPORTER, *options, f"--web.listen-address={address}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd="/") as exporter:
        try:
            wait_until(has_answered, "the exporter answers")
        finally:
            exporter.kill()
    return answer[0]


def test_no_sample_of_two_trackers_is_lost(place: Path, trackers: list[RealTracker]) -> None:
    # what has run is drawn with the next minute, or with a change of the configuration
    def are_drawn() -> bool:
        for tracker in trackers:
            tracker.verb("restart")
        return len(files(place)) == 2 and all("trigger_runs_total" in text for text in files(place))

    wait_until(are_drawn, "both have drawn a run")
    for tracker in trackers:
        tracker.verb("stop")  # from here on nothing changes
    written = [series(text) for text in files(place)]
    assert not written[0] & written[1]
    answer = scrape(place / "collector")
    # the exporter writes labels in another order
    assert {_sorted(one) for one in series(answer)} == {
        _sorted(one) for one in written[0] | written[1]
    }
    assert len(written[0]) == len(written[1]) > 15
    assert "\nnode_textfile_scrape_error 0\n" in answer
    assert "secret-word" not in answer


def test_an_uninstall_takes_its_file_and_leaves_the_other(
    place: Path, trackers: list[RealTracker]
) -> None:
    wait_until(lambda: len(files(place)) == 2, "both have drawn")
    trackers[0].verb("uninstall", "--delete-data", "--yes")
    assert not trackers[0].directory.exists()
    wait_until(lambda: len(files(place)) == 1, "its file is gone")
    assert len(list((place / "collector").iterdir())) == 1


def _sorted(one: str) -> tuple[str, ...]:
    name, _, labels = one.partition("{")
    return name, *sorted(re.findall(r'\w+="(?:[^"\\]|\\.)*"', labels))
