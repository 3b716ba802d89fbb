"""docs/recipes.md: every recipe, as the page has it, is taken, fires when it should, and does what
it says."""

import json
import os
import shlex
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker, wait_until
from tests.integration.recipes import RECIPES, TRIGGERS, Bench, Recipe, checked

_ADDED = {"label", "script_command", "script_url", "cwd", "flag_name", "repeat", "conditions"}
"""The fields that `triggers add` has an option for."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


# --- the page


def test_the_page_has_the_recipes_that_the_readme_promises() -> None:
    assert [recipe.title for recipe in RECIPES] == [
        "Back up every 2 hours",
        "Generate `.env` at each new session",
        "Stop unused containers after 6 hours",
        "Be alerted after 24 hours in all",
        "Build and deploy after a long session",
        "Save uncommitted work",
        "Stop the codespace when a job is done",
        "Be warned of the quota",
    ]
    assert all(recipe.triggers for recipe in RECIPES)


def test_all_recipes_are_taken_together_and_none_shares_a_flag() -> None:
    triggers = checked(*TRIGGERS.values())
    assert len({trigger.flag for trigger in triggers}) == len(triggers) == 15


def test_every_script_that_a_recipe_calls_is_on_the_page() -> None:
    for recipe in RECIPES:
        called = {
            word for entry in recipe.triggers for word in _scripts_in(entry["script_command"])
        }
        assert called == set(recipe.scripts), recipe.title


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_the_scripts_are_what_a_shell_linter_likes(tmp_path: Path) -> None:
    texts = [text for recipe in RECIPES for text in recipe.scripts.values()]
    texts += [f"#!/bin/sh\n{entry['script_command']}\n" for entry in TRIGGERS.values()]
    for n, text in enumerate(texts):
        (tmp_path / f"{n}.sh").write_text(text)
    done = subprocess.run(
        ["shellcheck", *tmp_path.glob("*.sh")], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""


def _scripts_in(command: str) -> list[str]:
    return [
        word.removeprefix("$CODESPACE_TRACKER_DIR/")
        for word in shlex.split(command)
        if "TRACKER_DIR" in word
    ]


@pytest.mark.parametrize(
    "recipe", [one for one in RECIPES if one.commands], ids=lambda recipe: recipe.title
)
def test_the_commands_add_what_the_blocks_say(recipe: Recipe, tracker: RealTracker) -> None:
    folder = tracker.directory.parent
    words = shlex.join([*tracker.command()[:-2], "$@", "--dir", str(tracker.directory)]).replace(
        "'$@'", '"$@"'
    )
    (folder / "codespace-tracker").write_text(f"#!/bin/sh\nexec {words}\n")
    (folder / "codespace-tracker").chmod(0o755)
    tracker.verb("init")
    environment = tracker.environment(PATH=f"{folder}:{os.environ['PATH']}")
    for command in recipe.commands:
        subprocess.run(command, shell=True, env=environment, check=True, capture_output=True)
    _, *added = json.loads((tracker.directory / "trigger_config.json").read_text())["triggers"]
    assert [entry["label"] for entry in added] == [entry["label"] for entry in recipe.triggers]
    for entry in added:
        assert entry == {
            key: value for key, value in TRIGGERS[entry["label"]].items() if key in _ADDED
        }


# --- back up


def test_a_backup_holds_the_workspace_and_the_newest_twelve_are_kept(bench: Bench) -> None:
    (bench.workspace / "src").mkdir()
    (bench.workspace / "src/a b.py").write_text("print()")
    (bench.workspace / "node_modules").mkdir()
    (bench.workspace / "node_modules/big.js").write_text("x")
    place = bench.workspace.parent / ".backups/project"
    place.mkdir(parents=True)
    for n in range(15):
        (place / f"20260101T0000{n:02}.tgz").touch()
    (place / "mine.txt").touch()
    assert bench.run("Back up").result == "succeeded"
    *old, newest = sorted(path.name for path in place.glob("*.tgz"))
    assert old == [f"20260101T0000{n:02}.tgz" for n in range(4, 15)]
    with tarfile.open(place / newest) as archive:
        assert {name for name in archive.getnames() if name.endswith((".py", ".js"))} == {
            "./src/a b.py"
        }
    assert {path.name for path in place.iterdir()} == {*old, newest, "mine.txt"}


def test_backups_are_for_their_owner_alone_as_they_hold_the_secrets_of_the_workspace(
    bench: Bench,
) -> None:
    (bench.workspace / ".env").write_text("SECRET=1\n")
    assert bench.run("Back up").result == "succeeded"
    backups = bench.workspace.parent / ".backups"
    [archive] = backups.glob("project/*.tgz")
    assert [path.stat().st_mode & 0o777 for path in (backups, archive.parent, archive)] == [
        0o700,
        0o700,
        0o600,
    ]


def test_a_backup_that_cannot_be_made_fails_and_leaves_the_others(bench: Bench) -> None:
    bench.program("tar", "echo 'tar: disk full' >&2; exit 2\n")
    place = bench.workspace.parent / ".backups/project"
    place.mkdir(parents=True)
    (place / "20260101T000000.tgz").touch()
    outcome = bench.run("Back up")
    assert (outcome.result, outcome.exit_code) == ("failed", 1)
    assert "disk full" in bench.log
    assert [path.name for path in place.iterdir()] == ["20260101T000000.tgz"]


# --- .env


def test_an_env_file_is_made_for_its_owner_alone_from_the_example_and_the_codespace(
    bench: Bench,
) -> None:
    bench.git("init", "--quiet")
    (bench.workspace / ".gitignore").write_text(".env\n")
    (bench.workspace / ".env.example").write_text("DEBUG=1\n")
    (bench.workspace / ".env").write_text("OLD=1\n")
    assert bench.run("Make .env").result == "succeeded"
    made = bench.workspace / ".env"
    example, url, secret = made.read_text().splitlines()
    assert (example, url) == ("DEBUG=1", "APP_URL=https://fuzzy-train-3000.app.github.dev")
    assert len(bytes.fromhex(secret.removeprefix("SESSION_SECRET="))) == 32
    assert made.stat().st_mode & 0o777 == 0o600
    assert bench.run("Make .env").result == "succeeded"
    assert made.read_text().splitlines()[2] != secret, "each session has one of its own"


@pytest.mark.parametrize(
    ("ignored", "name", "said"),
    [("", "fuzzy-train", "not in .gitignore"), (".env\n", "", "CODESPACE_NAME")],
)
def test_an_env_file_that_would_be_committed_or_wrong_is_not_made(
    bench: Bench, ignored: str, name: str, said: str
) -> None:
    bench.git("init", "--quiet")
    (bench.workspace / ".gitignore").write_text(ignored)
    (bench.workspace / ".env").write_text("OLD=1\n")
    assert bench.run("Make .env", CODESPACE_NAME=name).result == "failed"
    assert said in bench.log
    assert (bench.workspace / ".env").read_text() == "OLD=1\n"


# --- the examples of the reference, and of a new state directory


@pytest.mark.parametrize(
    ("changed", "minutes", "noticed"),
    [
        ("src/a b.py", 1, True),
        ("src/a b.py", 7, False),
        (".git/index", 1, False),
        ("src/node_modules/x.js", 1, False),
    ],
)
def test_edits_of_the_workspace_are_noticed_as_activity(
    bench: Bench, changed: str, minutes: int, noticed: bool
) -> None:
    file = bench.workspace / changed
    file.parent.mkdir(parents=True)
    file.touch()
    os.utime(file, (file.stat().st_mtime - minutes * 60,) * 2)
    assert bench.run("Notice edits").result == "succeeded"
    assert (bench.directory / "activity").exists() == noticed


def test_the_example_that_lies_there_runs_when_it_is_asked_to_and_not_before(
    tracker: RealTracker,
) -> None:
    tracker.verb("init")
    tracker.verb("start")
    assert "This session has run for " in tracker.verb("triggers", "run", "Example").stdout
    entry = json.loads((tracker.directory / "trigger_config.json").read_text())["triggers"][0]
    entry["conditions"] = {"minute_runtime_minutes": 0}
    (tracker.directory / "trigger_config.json").write_text(json.dumps(entry))
    assert "disabled" in tracker.verb("triggers").stdout
    assert "No trigger has fired" in tracker.verb("triggers", "log").stdout
    tracker.verb("triggers", "enable", "Example")
    wait_until((tracker.directory / "flags/example").exists, "it ran")


# --- containers

_DOCKER = """\
case $1 in
ps) echo 3333cccc3333 ;;
stats)
    printf '%s\\n' '1111aaaa1111 0.00%' '2222bbbb2222 87.10%' '3333cccc3333 0.01%' "$OURS 0.00%"
    printf '%s\\n' '4444dddd4444 0.99%' '5555eeee5555 --' ;;
stop) echo "$2" ;;
esac
"""


def test_containers_that_do_nothing_are_stopped_but_not_our_own_nor_those_to_keep(
    bench: Bench,
) -> None:
    ours = Path("/proc/self/mountinfo").read_text().split()[2]  # something that surely stands there
    calls = bench.program("docker", _DOCKER)
    assert bench.run("Stop unused containers", OURS=ours).result == "succeeded"
    assert calls.read_text().splitlines() == [
        "ps --quiet --filter label=keep",
        "stats --no-stream --format {{.ID}} {{.CPUPerc}}",
        "stop 1111aaaa1111",
        "stop 4444dddd4444",
    ]


def test_where_no_container_runs_nothing_is_stopped(bench: Bench) -> None:
    calls = bench.program("docker", "exit 0\n")
    assert bench.run("Stop unused containers").result == "succeeded"
    assert "stop" not in calls.read_text()


def test_a_docker_that_does_not_answer_is_a_failure(bench: Bench) -> None:
    bench.program("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1\n")
    assert bench.run("Stop unused containers").result == "failed"
    assert "Cannot connect" in bench.log


def test_a_container_that_cannot_be_stopped_is_a_failure(bench: Bench) -> None:
    bench.program("docker", f"[ $1 != stop ] || exit 1\n{_DOCKER}")
    assert bench.run("Stop unused containers", OURS="none").result == "failed"


# --- build and deploy


def test_what_is_committed_is_built_and_deployed_and_nothing_else(bench: Bench) -> None:
    bench.git("init", "--quiet")
    (bench.workspace / "Makefile").write_text(
        "build:\n\techo building\ndeploy: \n\techo deployed >>../deployed\n"
    )
    bench.git("add", ".")
    bench.git("-c", "user.name=n", "-c", "user.email=e@x", "commit", "--quiet", "-m", "one")
    deployed = bench.workspace.parent / "deployed"
    assert bench.run("Build and deploy").result == "succeeded"
    assert deployed.read_text() == "deployed\n"
    (bench.workspace / "Makefile").write_text(
        "build:\n\tfalse\ndeploy:\n\techo deployed >>../deployed\n"
    )
    assert bench.run("Build and deploy").exit_code == 1
    assert "uncommitted changes" in bench.log
    bench.git("-c", "user.name=n", "-c", "user.email=e@x", "commit", "--quiet", "-am", "two")
    assert bench.run("Build and deploy").exit_code == 2, "the build fails"
    assert deployed.read_text() == "deployed\n"


# --- stop the codespace


@pytest.mark.parametrize(("job", "ended"), [("echo trained", 0), ("exit 3", 3)])
def test_the_codespace_is_stopped_when_the_job_is_over_and_known_to_be(
    bench: Bench, tracker: RealTracker, job: str, ended: int
) -> None:
    calls = bench.program("gh", "echo $GH_TOKEN; sleep 0.1\n")
    (bench.workspace / "train.sh").write_text(job)
    entry = {
        **TRIGGERS["Train, then stop"],
        "cwd": str(bench.workspace),
        "env": bench.environment(GITHUB_TOKEN="built-in"),
    }
    tracker.verb("init")
    (tracker.directory / "trigger_config.json").write_text(json.dumps([entry]))
    tracker.verb("start")
    wait_until(lambda: calls.read_text() != "", "the codespace is stopped")
    assert calls.read_text() == "codespace stop -c fuzzy-train\n"
    assert tracker.read("SELECT result FROM run") == [("succeeded",)], (
        "the stop comes after it was written down"
    )
    assert (bench.workspace / "train.log").read_text().endswith(f"exit code {ended}\n")
    wait_until(
        lambda: (bench.workspace / "stop.log").read_text() == "built-in\n", "the stop is over"
    )


def test_a_token_of_ones_own_comes_first_and_a_refusal_is_in_the_log(bench: Bench) -> None:
    calls = bench.program(
        "gh",
        "echo $GH_TOKEN; echo 'HTTP 403: Resource not accessible by integration' >&2; exit 1\n",
    )
    (bench.workspace / "train.sh").write_text("true")
    assert (
        bench.run("Train, then stop", GITHUB_TOKEN="built-in", STOP_TOKEN="mine").result
        == "succeeded"
    )
    log = bench.workspace / "stop.log"
    wait_until(lambda: "403" in log.read_text(), "the refusal is told")
    assert log.read_text().startswith("mine\n")
    assert calls.read_text() == "codespace stop -c fuzzy-train\n"


def test_outside_a_codespace_nothing_is_stopped_and_the_log_says_why(bench: Bench) -> None:
    calls = bench.program("gh", "exit 0\n")
    (bench.workspace / "train.sh").write_text("true")
    assert bench.run("Train, then stop", CODESPACE_NAME="").result == "succeeded"
    log = bench.workspace / "stop.log"
    wait_until(lambda: "CODESPACE_NAME" in log.read_text(), "what is missing is told")
    assert calls.read_text() == ""
