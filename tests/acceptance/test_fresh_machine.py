"""setup.sh on a bare Debian without Python: from nothing to files that are true, and back to
nothing."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.bare_machines import bare_debian, run_in

from codespace_tracker.core.calendar import parse_iso

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

SECONDS = int(os.environ.get("CODESPACE_TRACKER_TEST_FRESH_SECONDS", "125"))

_SCRIPT = f"""
set -eu
cd "/src/code space"
began=$(date +%s)
bash setup.sh --timezone Asia/Kolkata </dev/null
echo "== took $(($(date +%s) - began)) s"
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


# Others on the same machine, which has no Python at first. `uv` lies ready in /opt, on nobody's
# path.
_USERS = """
set -u
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends sudo >/dev/null 2>&1
for name in bob carol alice; do useradd --create-home --shell /bin/bash $name; done
echo 'alice ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/alice
echo 'Defaults env_keep += "http_proxy https_proxy no_proxy"' >>/etc/sudoers.d/alice
as() {
    name=$1
    shift
    setpriv --reuid $name --regid $name --init-groups \
        env HOME=/home/$name USER=$name PATH="${more_path:-}$PATH" "$@"
}
setup() {
    echo "== $1"
    as "${2:-$1}" bash "/src/code space/setup.sh" --timezone UTC </dev/null 2>&1
    echo "exit $?"
}
setup bob-without-python bob
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    python3-minimal python3 >/dev/null 2>&1
setup bob-without-venv bob
more_path=/opt/uv/bin: setup carol-with-uv carol
setup alice-with-sudo alice
setup bob-with-python bob
rm -rf /home/bob/.local /home/bob/.config /home/bob/.bashrc
echo "== bob-healed"
as bob sh /home/bob/.codespace-tracker/program/setup.sh --heal
for n in $(seq 100); do
    [ -x /home/bob/.local/bin/cst ] && [ -e /home/bob/.bashrc ] && break
    sleep 1
done
sleep 3
as bob /home/bob/.local/bin/cst status
echo "== bob-at-a-terminal"
as bob env TERM=dumb /home/bob/.local/bin/cst status
mkdir /opt/old
for name in python3 python3.11; do ln -s /bin/false /opt/old/$name; done
useradd --create-home dave
more_path=/opt/old: setup dave-with-an-old-python dave
useradd --home-dir /home/erin erin
mkdir -m 555 /home/erin
setup erin-with-a-read-only-home erin
for name in bob carol alice; do
    echo "== gone-$name"
    as $name /home/$name/.local/bin/cst uninstall --delete-data --yes >/dev/null
    (cd /home/$name && find . -type f -not -path './.cache/*' |
        grep -vxF "$(cd /etc/skel && find . -type f)")
done
echo "== end"
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare Debian 12: no Python. To be copied, not changed."""
    return bare_debian("bookworm", tmp_path_factory.mktemp("fresh") / "bare")


@pytest.fixture(scope="module")
def root(bare: Path) -> Path:
    """A machine of root's own."""
    made = bare.parent / "root"
    subprocess.run(["cp", "-a", str(bare), str(made)], check=True)
    return made


@pytest.fixture(scope="module")
def told(root: Path) -> str:
    """What the script said on the fresh machine."""
    return run_in(root, _SCRIPT)


@pytest.fixture(scope="module")
def users(bare: Path) -> dict[str, str]:
    """What was said on a machine with several users, by the name of each part."""
    root = bare.parent / "users"
    subprocess.run(["cp", "-a", str(bare), str(root)], check=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--target",
        str(root / "opt/uv"),
        "uv",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    parts = run_in(root, _USERS).split("== ")
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}


def read(root: Path, name: str) -> Any:
    return json.loads((root / "tmp/kept" / name).read_bytes())


def test_it_sets_up_and_says_that_a_second_time_changed_nothing(told: str) -> None:
    first, _, rest = told.partition("== again")
    again = rest.partition("== later")[0]
    assert "The tracker was started." in first
    assert "already running" in again
    assert again.count("(unchanged)") == 3


def test_one_command_leads_from_nothing_to_a_live_status(told: str) -> None:
    first, _, rest = told.partition("== took ")
    print(f"from a bare Debian without Python to a live status: {rest.partition(chr(10))[0]}")
    assert "Installing python3-venv" in first
    assert re.search(r"^● running · .*\n\n  Session 1  ", first, re.MULTILINE)
    assert "(Asia/Kolkata)" in first


def test_after_two_minutes_every_file_is_there_and_true_to_the_second(
    told: str, root: Path
) -> None:
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
    assert [one["enabled"] for one in read(root, "trigger_config.json")["triggers"]] == [False]
    for name in (
        "trigger_config.schema.json",
        "config.toml",
        "prompt.txt",
        "debug.log",
        "ledger.db",
        ".gitignore",
    ):
        assert (root / "tmp/kept" / name).stat().st_size > 0
    for name in ("flags", "runs", "backups"):
        assert (root / "tmp/kept" / name).is_dir()


def test_uninstall_leaves_nothing_but_the_data(told: str, root: Path) -> None:
    assert told.partition("== left\n")[2].split() == ["0"]
    assert (root / "root/.codespace-tracker/ledger.db").exists()


@pytest.mark.parametrize("name", ["carol-with-uv", "alice-with-sudo", "bob-with-python"])
def test_users_of_all_kinds_can_set_it_up(users: dict[str, str], name: str) -> None:
    assert "The tracker was started." in users[name]
    assert users[name].endswith("exit 0\n")


def test_an_ordinary_user_gets_all_of_it_back_from_the_copy_in_the_state_directory(
    users: dict[str, str],
) -> None:
    assert users["bob-healed"].startswith("● running"), "and nothing was said by the healing itself"


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("bob-without-python", "Fix: sudo apt-get install python3 python3-venv"),
        ("bob-without-venv", "Fix: sudo apt-get install python3 python3-venv"),
        ("dave-with-an-old-python", "Fix: sudo apt-get install python3 python3-venv"),
        ("erin-with-a-read-only-home", "Fix: set HOME to a folder that you may write"),
    ],
)
def test_where_it_cannot_be_set_up_one_clear_line_says_what_to_do(
    users: dict[str, str], name: str, mend: str
) -> None:
    [*_, line, code] = users[name].splitlines()
    assert len(users[name].splitlines()) <= 3
    assert line.startswith("setup.sh: ")
    assert mend in line
    assert code == "exit 1"


@pytest.mark.parametrize("name", ["gone-bob", "gone-carol", "gone-alice"])
def test_with_the_data_deleted_nothing_at_all_is_left(users: dict[str, str], name: str) -> None:
    assert users[name] == ""
