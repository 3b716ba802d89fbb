"""setup.sh on a bare Debian without Python: from nothing to files that are true, and back to nothing."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from codespace_tracker.core.calendar import parse_iso

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

REPOSITORY = Path(__file__).parent.parent.parent
SECONDS = int(os.environ.get("CODESPACE_TRACKER_TEST_FRESH_SECONDS", "125"))

_SCRIPT = f"""
set -eu
cd "/src/code space"
bash setup.sh --timezone Asia/Kolkata </dev/null
echo "== again"
bash setup.sh </dev/null
echo "== later"
export PATH=$HOME/.local/bin:$PATH
sleep {SECONDS}
cst status --json >/tmp/now.json
cst doctor
cp -r ~/.codespace-tracker /tmp/kept
cst uninstall
echo "== left"
find ~/.local ~/.config -type f -o -type l
grep -c codespace-tracker ~/.bashrc || true
pgrep -f codespace_tracker || true
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare Debian 12: no Python."""
    made = tmp_path_factory.mktemp("fresh") / "root"
    command = ["mmdebstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(made)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return made


@pytest.fixture(scope="module")
def told(root: Path) -> str:
    """What the script said on the fresh machine."""
    script = root.parent / "script.sh"
    script.write_text(_SCRIPT)
    fresh = Path(__file__).parent / "fresh_machine.sh"
    command = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "bash", str(fresh)]
    done = subprocess.run(
        [*command, str(root), str(script), str(REPOSITORY)], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def read(root: Path, name: str) -> Any:
    return json.loads((root / "tmp/kept" / name).read_bytes())


def test_it_sets_up_and_says_that_a_second_time_changed_nothing(told: str) -> None:
    first, _, rest = told.partition("== again")
    again = rest.partition("== later")[0]
    assert "The tracker was started." in first
    assert "running already" in again
    assert again.count("(unchanged)") == 3


def test_after_two_minutes_every_file_is_there_and_true_to_the_second(told: str, root: Path) -> None:
    now = json.loads((root / "tmp/now.json").read_bytes())
    began = parse_iso(now["session"]["start_time"])
    assert now["running"] is True
    assert abs(parse_iso(now["written_at"]) - began - now["session"]["running_us"]) < 1_000_000
    assert now["session"]["running_us"] >= SECONDS * 1_000_000
    minutes = SECONDS // 60
    assert read(root, "minute_runtime.json")["minutes"] == minutes
    assert read(root, "total_runtime.json")["total_minutes"] == minutes
    assert parse_iso(read(root, "first_start.json")["start_time"]) == began
    assert parse_iso(read(root, "current_session.json")["start_time"]) == began
    [entry] = read(root, "session_logs.json")
    assert parse_iso(entry["start_time"]) == began
    assert read(root, "status.json")["today"]["time_zone"] == "Asia/Kolkata"
    assert read(root, "trigger_config.json")["triggers"] == []
    for name in ("trigger_config.schema.json", "config.toml", "prompt.txt", "debug.log", "ledger.db", ".gitignore"):
        assert (root / "tmp/kept" / name).stat().st_size > 0
    for name in ("flags", "runs", "backups"):
        assert (root / "tmp/kept" / name).is_dir()


def test_uninstall_leaves_nothing_but_the_data(told: str, root: Path) -> None:
    assert told.partition("== left\n")[2].split() == ["0"]
    assert (root / "root/.codespace-tracker/ledger.db").exists()
