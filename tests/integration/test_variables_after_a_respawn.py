"""Scripts get the variables of the server that is there now, though the tracker was started from an
earlier one."""

import json
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker, run, wait_until
from tests.integration.trigger_ground import Ground

from codespace_tracker.machine import server_variables

OLD = {
    "JUPYTERHUB_USER": "amy",
    "JUPYTERHUB_API_TOKEN": "old-token",
    "JPY_API_TOKEN": "old-token",
    "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:40001/",
    "JUPYTERHUB_OLD_ONE": "gone in the next server",
    "JUPYTER_SERVER_URL": "http://127.0.0.1:40001/",
    "PLAIN": "the tracker's",
}
NEW = {
    "JUPYTERHUB_USER": "amy",
    "JUPYTERHUB_API_TOKEN": "new-token",
    "JPY_API_TOKEN": "new-token",
    "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:40002/",
    "PLAIN": "the shell's",
}
EACH_RUN = (
    "CODESPACE_TRACKER_DUE_AT",
    "CODESPACE_TRACKER_SESSION_MINUTES",
    "CODESPACE_TRACKER_TOTAL_HOURS",
)


@pytest.fixture
def ground(tracker: RealTracker, tmp_path: Path) -> Iterator[Ground]:
    made = Ground(tracker, tmp_path / "a place")
    yield made
    made.end_scripts()
    server_variables.forget(str(tracker.directory))


def kept_files(directory: Path) -> list[Path]:
    place = os.stat(directory)
    return list(
        Path("/dev/shm").glob(
            f"codespace-tracker-{os.geteuid()}-{place.st_dev:x}-{place.st_ino:x}*"
        )
    )


def dump(ground: Ground, label: str) -> dict[str, object]:
    """A trigger that writes all its variables to a file of its label, each time that it is armed
    again."""
    return ground.trigger(label, f"env -0 >{label}.tmp; mv {label}.tmp {label}")


def dumped(ground: Ground, label: str) -> dict[str, str]:
    path = ground.place / label
    wait_until(path.exists, f"{label} ran")
    lines = path.read_text().split("\0")
    path.unlink()
    return dict(line.partition("=")[::2] for line in lines if line)


def ensure_from(ground: Ground, variables: dict[str, str]) -> None:
    ground.tracker.variables = variables
    assert ground.tracker.verb("ensure").stdout == "The tracker is already running.\n"


def test_after_a_new_server_scripts_get_its_variables_at_the_next_ensure(ground: Ground) -> None:
    ground.tracker.variables = OLD
    ground.start(dump(ground, "first"))
    assert dumped(ground, "first").items() >= OLD.items()
    ground.wait_for("succeeded")
    pid = ground.tracker.running().daemon

    ensure_from(ground, NEW)
    ground.tracker.verb("triggers", "rearm", "first")
    found = dumped(ground, "first")
    assert found.items() >= (NEW | {"PLAIN": "the tracker's"}).items()
    assert not {"JUPYTERHUB_OLD_ONE", "JUPYTER_SERVER_URL"} & found.keys(), (
        "they ended with the old server"
    )
    assert ground.tracker.running().daemon == pid, "the tracker itself went on"

    ensure_from(ground, {})
    ground.wait_for("succeeded", 2)
    ground.tracker.verb("triggers", "rearm", "first")
    assert dumped(ground, "first")["JUPYTERHUB_API_TOKEN"] == "new-token", (
        "no server is no reason to forget one"
    )


def test_triggers_run_has_exactly_the_variables_of_a_real_run(ground: Ground) -> None:
    ground.tracker.variables = {**OLD, "LANG": "xx_XX", "BASH_FUNC_x%%": "() { :; }"}
    ground.start(dump(ground, "first"))
    dumped(ground, "first")
    ground.wait_for("succeeded")
    ensure_from(ground, NEW)
    ground.tracker.verb("triggers", "rearm", "first")
    real = dumped(ground, "first")
    ground.tracker.variables = {
        **OLD,
        "PLAIN": "this shell's",
        "EXTRA": "1",
        "JUPYTERHUB_API_TOKEN": "this shell's",
    }
    ground.tracker.verb("triggers", "run", "first")
    by_hand = dumped(ground, "first")
    for name in EACH_RUN:
        del real[name], by_hand[name]
    assert by_hand == real
    assert "EXTRA" not in by_hand


def test_the_workspace_folder_is_the_trackers_for_run_and_explain_too(
    ground: Ground, tmp_path: Path
) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    ground.tracker.variables = {"CODESPACE_VSCODE_FOLDER": str(folders[0])}
    trigger = {
        "label": "where",
        "script_command": "pwd >>pwd",
        "conditions": {"minute_runtime_minutes": 0},
    }
    ground.start(trigger)
    ground.wait_for("succeeded")
    ground.tracker.variables = {"CODESPACE_VSCODE_FOLDER": str(folders[1])}
    ground.tracker.verb("triggers", "run", "where")
    assert (folders[0] / "pwd").read_text() == f"{folders[0]}\n" * 2
    explained = json.loads(ground.tracker.verb("triggers", "explain", "where", "--json").stdout)
    assert explained["folder"] == f"{folders[0]} (the workspace folder)"
    assert not (folders[1] / "pwd").exists()


def test_the_token_is_in_no_file_but_one_in_memory_for_its_owner(ground: Ground) -> None:
    ground.tracker.variables = OLD
    ground.start(ground.trigger("first", "true"))
    ground.wait_for("succeeded")
    ensure_from(ground, NEW)
    [kept] = kept_files(ground.tracker.directory)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert b"new-token" in kept.read_bytes()
    assert b"PLAIN" not in kept.read_bytes()
    found = subprocess.run(
        [
            "grep",
            "-rlE",
            "old-token|new-token",
            str(ground.tracker.directory),
            str(ground.tracker.home),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == ""
    ground.tracker.verb("uninstall", "--delete-data", "--yes")
    assert not kept.exists()


def test_a_tracker_without_a_server_keeps_nothing(ground: Ground) -> None:
    ground.tracker.variables = {"GITHUB_TOKEN": "x", "JUPYTER_CONFIG_DIR": "/etc"}
    ground.start()
    ensure_from(ground, ground.tracker.variables)
    assert kept_files(ground.tracker.directory) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_new_terminal_of_the_hub_renews_them_and_another_starts_nothing(
    ground: Ground, shell: str
) -> None:
    ground.tracker.variables = OLD
    ground.start(dump(ground, "first"))
    dumped(ground, "first")
    ground.wait_for("succeeded")
    called = ground.place / "called"
    command = ground.tracker.home / "codespace-tracker"
    words = (
        " ".join(ground.tracker.command()[:-2])
        .replace("-c from", "-c 'from")
        .replace("main()", "main()'")
    )
    command.write_text(f'#!/bin/sh\necho "$@" >>"{called}"\nexec {words} "$@"\n')
    command.chmod(0o755)
    from codespace_tracker.install import fish_hook, shell_hook

    hook = ground.tracker.home / "hook"
    block = fish_hook.block if shell == "fish" else shell_hook.block
    hook.write_text(block(str(ground.tracker.directory), str(command)))
    for variables in ({}, NEW):
        environment = {**ground.tracker.environment(), **variables}
        for name in set(OLD) - set(variables):
            environment.pop(name, None)
        done = run([shell, "-ic", f". {hook}; true"], environment)
        assert done.stdout == ""
        if not variables:
            assert not called.exists(), (
                "the tracker runs, and there is no hub: no process is started"
            )
    wait_until(
        lambda: any(
            b"new-token" in one.read_bytes() for one in kept_files(ground.tracker.directory)
        ),
        "kept",
    )
    ground.tracker.verb("triggers", "rearm", "first")
    assert dumped(ground, "first")["JUPYTERHUB_API_TOKEN"] == "new-token"
