"""The verbs of triggers as a person calls them, beside a real tracker."""

import contextlib
import hashlib
import http.server
import json
import os
import pty
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker, wait_until
from tests.integration.trigger_commands import (
    AT_ONCE,
    config,
    dialogue,
    err,
    last_state,
    listed,
    listing,
    out,
    started,
    trigger,
)

from codespace_tracker.cli import show

# --- before there is anything


def test_without_a_tracker_every_verb_says_how_to_begin(tracker: RealTracker) -> None:
    for words in (
        ["list"],
        ["explain", "x"],
        ["simulate"],
        ["log"],
        ["run", "x"],
        ["rearm", "x"],
        ["enable", "x"],
        ["add", "--label", "x", "--command", "true", "--every", "5"],
    ):
        assert "Fix: `codespace-tracker start`" in err(tracker, *words), words
    assert "Fix: `codespace-tracker start`" in tracker.verb("activity", code=1).stderr
    assert not tracker.directory.exists()


def test_without_a_trigger_every_verb_says_how_to_add_one(tracker: RealTracker) -> None:
    started(tracker)
    for words in (["list"], ["simulate"]):
        assert "codespace-tracker triggers add" in out(tracker, *words)
    assert "`codespace-tracker triggers add`" in err(tracker, "explain", "x")
    assert (
        out(tracker, "log") == "No trigger has fired yet. Runs by `triggers run` are not logged.\n"
    )
    assert (
        json.loads(out(tracker, "list", "--json"))
        == json.loads(out(tracker, "log", "--json"))
        == []
    )


# --- add


def test_a_trigger_is_added_by_options_and_it_is_said_when_it_fires(
    tracker: RealTracker, tmp_path: Path
) -> None:
    started(tracker)
    told = out(
        tracker,
        "add",
        "--label",
        "Back up",
        "--command",
        "true",
        "--every",
        "120",
        "--retries",
        "3",
    )
    assert told.splitlines() == [
        "Added Back up: it fires every 2h of running time.",
        "Next: in 2h 00m.",
        "Try it now: codespace-tracker triggers run 'Back up'",
    ]
    told = out(
        tracker,
        "add",
        "--label",
        "Alert",
        "--command",
        f"echo x >> {tmp_path}/alert",
        "--total",
        "0",
    )
    assert told.splitlines()[-2] == "Its conditions are already met: it fires at once."
    wait_until((tmp_path / "alert").exists, "it fires at once")
    told = out(tracker, "add", "--label", "Work", "--command", "true", "--at", "30 18 * * 1-5")
    assert "it fires Monday to Friday at 18:30" in told
    assert re.search(r"Next: in .*: \w{3} \d+ \w{3} 18:30\.", told)
    written = json.loads(config(tracker).read_text())
    assert [one["label"] for one in written] == ["Back up", "Alert", "Work"]
    assert written[0] == {
        "label": "Back up",
        "script_command": "true",
        "retries": 3,
        "conditions": {"every_minutes": 120},
    }


def test_what_is_wrong_with_the_options_is_told_by_their_names(tracker: RealTracker) -> None:
    started(tracker, trigger("Here"))
    before = config(tracker).read_text()
    for words, said in (
        (["--label", "x", "--command", "true", "--every", "-5"], "--every: -5 is not possible"),
        (
            ["--label", "x", "--command", "true", "--every", "nan"],
            "'nan' is not a length of time. Write one such as 2h",
        ),
        (["--label", "x", "--command", "true", "--at", "1 2 3"], "--at"),
        (
            ["--label", "x", "--command", "true", "--every", "5", "--idle", "5"],
            "there is `--every`",
        ),
        (
            ["--label", "x", "--command", "true", "--after", "5", "--url", "http://example.com/x"],
            "anyone on the network could change",
        ),
        (["--label", "*", "--command", "true", "--after", "5"], "--flag NAME"),
        (["--label", "x", "--command", "true", "--after", "5", "--timeout", "1e9"], "--timeout"),
        (["--label", "x"], "give --label, --command and a condition"),
    ):
        assert said in err(tracker, "add", *words, code=2), words
    assert 'already a trigger "Here"' in err(
        tracker, "add", "--label", "Here", "--command", "true", "--after", "5"
    )
    assert config(tracker).read_text() == before


def test_what_is_in_the_file_stays_as_it_is_its_layout_link_and_permissions_too(
    tracker: RealTracker, tmp_path: Path
) -> None:
    started(tracker)
    real = tmp_path / "mine.json"
    text = (
        "\ufeff[\r\n"
        "\t{\r\n"
        '\t\t"label": "Ä b",  "script_command": "true",\r\n'
        '\t\t"conditions": {"at" : "0 0 * * *"}}'
    )
    text += "\r\n]"
    real.write_bytes(text.encode())
    real.chmod(0o640)
    config(tracker).unlink()
    config(tracker).symlink_to(real)
    assert "it fires after 5m" in out(
        tracker, "add", "--label", "New", "--command", "true", "--after", "5"
    )
    assert real.read_bytes().decode() == text[:-3] + (
        ',\r\n\t{\r\n\t\t"label": "New",\r\n\t\t"script_command": "true",\r\n'
        '\t\t"conditions": {"minute_runtime_minutes": 5}\r\n\t}\r\n]'
    )
    out(tracker, "disable", "Ä b")
    assert (
        '"conditions": {"at" : "0 0 * * *"},\r\n\t\t"enabled": false}' in real.read_bytes().decode()
    )
    assert config(tracker).is_symlink()
    assert real.stat().st_mode & 0o7777 == 0o640
    assert listed(tracker)["ä_b"]["next"] == "disabled"


def test_a_file_with_problems_is_not_changed_and_all_of_them_are_told(tracker: RealTracker) -> None:
    started(tracker, trigger("Here", "echo in force"))
    add = ["add", "--label", "x", "--command", "true", "--every", "5"]
    broken = (
        '[{"label": "Here", "script_comand": "x", "conditions": {"evry_minutes": 5}, "label": '
        '"Here"}]'
    )
    config(tracker).write_text(broken)
    for words in (add, ["disable", "Here"], ["enable", "Here"], ["pin", "Here"]):
        told = err(tracker, *words)
        for said in (
            "4 problems",
            "`script_command`",
            "`every_minutes`",
            "this key appears",
            "line 1, column 20",
        ):
            assert said in re.sub(r"\s+", " ", told), (words, told)
    assert config(tracker).read_text() == broken
    wait_until(lambda: "problem" in out(tracker, "list"), "the tracker has noticed")
    ran = tracker.verb("triggers", "run", "Here")
    assert (ran.stdout, "so the version in force is run" in ran.stderr) == ("in force\n", True)
    for content, said in (
        (b'["\xff"]', "is not UTF-8"),
        (b"{", "not JSON"),
        (b" " * 5_000_000, "more than 4 MiB"),
    ):
        config(tracker).write_bytes(content)
        assert said in err(tracker, *add)
        assert config(tracker).read_bytes() == content
    config(tracker).unlink()
    config(tracker).symlink_to("nowhere")
    assert "which is not there" in err(tracker, *add)


def test_of_triggers_added_at_once_none_is_lost(tracker: RealTracker) -> None:
    started(tracker)
    names = [f"t{n}" for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(
            pool.map(
                lambda name: out(
                    tracker, "add", "--label", name, "--command", "true", "--every", "5"
                ),
                names,
            )
        )
    assert sorted(one["label"] for one in json.loads(config(tracker).read_text())) == names
    assert sorted(listed(tracker)) == names


def test_add_asks_for_what_is_missing_and_asks_again_for_what_will_not_do(
    tracker: RealTracker,
) -> None:
    started(tracker)
    answers = {
        "Name": ["***", "Back up"],
        "Command to run": ["echo hi"],
        "Choose 1 to 8": ["1"],
        "How long, such as 2h": ["soon", "-5", "2h"],
    }
    told = dialogue(tracker, ["triggers", "add"], answers)
    assert "give it one: --flag NAME" in told
    assert "Error: 'soon' is not a length of time. Write one such as 2h, 90m" in told
    assert "-5 is not possible" in told
    assert "Added Back up: it fires every 2h of running time." in told
    assert listed(tracker)["back_up"]["enabled"]


# --- enable, disable, rearm


def test_a_disabled_trigger_rests_and_an_enabled_one_fires(
    tracker: RealTracker, tmp_path: Path
) -> None:
    started(
        tracker,
        trigger("Wait for it", f"echo x >> {tmp_path}/ran", conditions=AT_ONCE, enabled=False),
    )
    text = config(tracker).read_text()
    assert "was already disabled" in out(tracker, "disable", "wait_for_it")
    assert config(tracker).read_text() == text
    assert listed(tracker)["wait_for_it"]["next"] == "disabled"
    told = out(tracker, "enable", "Wait for it")
    assert told.splitlines() == [
        "Wait for it is now enabled.",
        "Its conditions are already met: it fires at once.",
    ]
    wait_until((tmp_path / "ran").exists, "it fires")
    assert "triggers enable 'Wait for it'" in out(tracker, "disable", "Wait for it")


def test_a_rearmed_trigger_fires_once_more_in_its_scope(
    tracker: RealTracker, tmp_path: Path
) -> None:
    started(
        tracker, trigger("Once", f"echo x >> {tmp_path}/ran", conditions=AT_ONCE), trigger("Edge")
    )
    wait_until(lambda: (tracker.directory / "flags" / "once").exists(), "it has fired")
    assert (
        out(tracker, "rearm", "Once")
        == "Once may fire again. Its conditions are met: it fires at once.\n"
    )
    wait_until(lambda: (tmp_path / "ran").read_text() == "x\nx\n", "it fires again")
    wait_until(lambda: (tracker.directory / "flags" / "once").exists(), "it has fired again")
    assert "nothing to do" in out(tracker, "rearm", "Edge")
    time.sleep(0.5)
    assert (tmp_path / "ran").read_text() == "x\nx\n"
    out(tracker, "rearm", "Once")
    (tracker.directory / "flags" / "edge").touch()
    wait_until(lambda: bool(listed(tracker)["edge"]["suppressed"]), "the flag is seen")
    assert "remove it" in err(tracker, "rearm", "Edge")


# --- run


def test_run_shows_what_the_script_prints_as_it_comes_and_tells_how_it_ended(
    tracker: RealTracker,
) -> None:
    started(tracker, trigger("Good", 'echo "$CODESPACE_TRACKER_SESSION_ID"; sleep 30'))
    process = popen(tracker, "triggers", "run", "Good")
    assert process.stdout is not None
    assert process.stdout.readline().strip() == tracker.status()["session"]["session_id"]
    config(tracker).write_text(json.dumps([trigger("Good", "echo edited")]))
    interrupt(process)
    done = tracker.verb("triggers", "run", "Good")
    assert done.stdout == "edited\n", "the script as the file has it now"
    assert done.stderr.startswith("Good: succeeded")
    config(tracker).write_text(json.dumps([trigger("Bad", "echo no; exit 7")]))
    done = tracker.verb("triggers", "run", "Bad", code=1)
    assert done.stdout == "no\n"
    assert without_length(done.stderr) == "Bad: failed with exit code 7\n"
    assert tracker.read("SELECT count(*) FROM occurrence") == [(0,)], "a trial counts as no firing"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_interrupted_ends_the_script_and_all_that_it_started(
    tracker: RealTracker, how: int
) -> None:
    started(tracker, trigger("Long", "sleep 300 & echo $$ $!; wait"))
    process = popen(tracker, "triggers", "run", "Long")
    assert process.stdout is not None
    pids = process.stdout.readline().split()
    process.send_signal(how)
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert "interrupted" in said
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_run_whose_reader_has_enough_goes_on(tracker: RealTracker, tmp_path: Path) -> None:
    started(tracker, trigger("Chatty", f"seq 1 100000; touch {tmp_path}/done"))
    process = popen(tracker, "triggers", "run", "Chatty")
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    process.stdout.close()
    assert process.wait(timeout=PATIENCE_SECONDS) == 0
    assert (tmp_path / "done").exists()


def popen(tracker: RealTracker, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        tracker.command(*words),
        env=tracker.environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def interrupt(process: "subprocess.Popen[str]") -> str:
    """Press Ctrl-C; what was said on the error stream."""
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130, said
    return said


def without_length(said: str) -> str:
    """What was said of a run, without how long it took: a busy machine takes its time."""
    return re.sub(r" after [\d.]+(s|m|h)", "", said)


# --- log


def test_the_log_shows_attempts_and_what_they_printed(tracker: RealTracker) -> None:
    command = "printf 'colour \\033[31m\\n'; seq 1 300; exit 3"
    started(tracker, trigger("Bad", command, conditions=AT_ONCE, retry_delay_seconds=1))
    wait_until(lambda: last_state(tracker, "bad") == "failed", "its last attempt failed")
    lines = out(tracker, "log").splitlines()
    assert len(lines) == 2
    assert "Bad: failed with exit code 3 (attempt 1)" in without_length(lines[0])
    assert "(attempt 2)" in lines[1]
    of_one = out(tracker, "log", "bad")
    assert "    300\n" in of_one
    assert "full output: " in of_one
    runs = json.loads(out(tracker, "log", "--json"))[0]["runs"]
    assert [run["exit_code"] for run in runs] == [3, 3]
    assert Path(runs[0]["log"]).read_text().endswith("\n300\n")
    assert "Why Bad failed: codespace-tracker triggers log Bad" in out(tracker, "list")
    assert re.search(r"failed .* ago", out(tracker, "list"))
    assert "Bad failed when it last ran" in tracker.verb("doctor", code=None).stdout
    assert 'trigger "Bad": failed with exit code 3 (attempt 2)' in without_length(
        tracker.verb("log").stdout
    )
    out(tracker, "add", "--label", "Other", "--command", "true", "--every", "5")
    config(tracker).write_text("[]")
    tracker.verb("restart")
    wait_until(lambda: listing(tracker) == [], "it is taken away")
    assert out(tracker, "log", "Bad") == of_one, "what it did is still told"


def test_following_the_log_shows_what_comes_until_it_is_interrupted(tracker: RealTracker) -> None:
    started(
        tracker,
        trigger(
            "Slow",
            "printf 'a\\033[2Jb\\n'; sleep 1; echo end; exit 4",
            conditions=AT_ONCE,
            retries=0,
        ),
    )
    wait_until(lambda: last_state(tracker, "slow") == "failed", "it has fired")
    process = popen(tracker, "triggers", "log", "Slow", "--follow")
    assert process.stdout is not None
    assert "Slow" in process.stdout.readline()
    assert [process.stdout.readline() for _ in range(2)] == ["    a\\x1b[2Jb\n", "    end\n"]
    out(tracker, "rearm", "Slow")
    assert process.stdout.readline().endswith("Slow: running\n")
    assert process.stdout.readline() == "    a\\x1b[2Jb\n"
    assert process.stdout.readline() == "    end\n"
    assert "Slow: failed with exit code 4" in process.stdout.readline()
    assert interrupt(process) == ""


# --- what is shown


def test_a_list_of_many_is_short_and_fits_the_terminal(tracker: RealTracker) -> None:
    wide = (
        "バックアップを毎日二回実行する🚀"
        " und dann noch etwas sehr Langes, das nicht in eine Zeile passt"
    )
    many = [trigger(f"number {n}", conditions={"every_minutes": 1000 + n}) for n in range(60)]
    special = [
        trigger(
            wide,
            flag_name="wide",
            conditions={"every_minutes": 7, "today_runtime_hours": 3, "total_runtime_hours": 9},
        ),
        trigger("L" * 150, flag_name="long"),
        trigger("Hung", "sleep 300", conditions=AT_ONCE),
        trigger("Failed", "exit 1", conditions=AT_ONCE, retry_delay_seconds=3000),
        trigger("Off", enabled=False),
        trigger("A", flag_name="both", conditions={"today_runtime_hours": 1000}),
        trigger("B", flag_name="both", conditions={"today_runtime_hours": 0}),
    ]
    started(tracker, *many, *special)
    wait_until(lambda: last_state(tracker, "failed") == "waiting", "one has failed")
    wait_until(lambda: last_state(tracker, "both") == "succeeded", "one has fired")
    for columns in (80, 120):
        shown = tracker_says(tracker, ["triggers"], columns)
        assert max(map(show.width, shown.splitlines())) <= columns
        assert "50 of 67 triggers (1 running)" in " ".join(shown.split())
        assert shown.index("Hung") < shown.index("number 0"), "what runs or failed comes first"
        for said in ("running for", "retry in", "failed "):
            assert said in shown
    everything = tracker_says(tracker, ["triggers", "--all"], None)
    assert wide in everything
    assert "fired with B" in everything
    assert len(json.loads(out(tracker, "list", "--json"))) == 67
    flat = " ".join(tracker_says(tracker, ["triggers", "explain", "A"], 80).split())
    assert "both, shared with B: when one of them fires" in flat


def tracker_says(tracker: RealTracker, words: list[str], columns: int | None) -> str:
    """What a verb prints into a terminal of so many columns; None: into a pipe."""
    wide = {} if columns is None else {"COLUMNS": str(columns)}
    return subprocess.run(
        tracker.command(*words),
        env=tracker.environment(**wide),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    ).stdout


def test_colour_is_for_terminals_that_want_it(tracker: RealTracker) -> None:
    started(tracker, trigger("Good", conditions=AT_ONCE))
    wait_until(lambda: last_state(tracker, "good") == "succeeded", "it has fired")

    def on_terminal(**variables: str) -> str:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            tracker.command("triggers"),
            env=tracker.environment(TERM="xterm", **variables),
            stdout=theirs,
        )
        os.close(theirs)
        process.wait(timeout=PATIENCE_SECONDS)
        text = os.read(ours, 65536).decode()
        os.close(ours)
        return text

    assert "\x1b[32m" in on_terminal()
    assert "\x1b" not in on_terminal(NO_COLOR="1")
    assert "\x1b" not in out(tracker, "list")


def test_explain_says_why_a_trigger_fires_or_not(tracker: RealTracker) -> None:
    started(
        tracker,
        trigger(
            "Level", conditions={"minute_runtime_minutes": 100_000, "today_runtime_hours": 0.01}
        ),
        trigger("Done", conditions=AT_ONCE),
        trigger("Off", enabled=False),
        trigger("Held", conditions={"today_runtime_hours": 1000}),
        trigger("Shut down", conditions={"event": "session_end"}),
        trigger("Cron", conditions={"at": "0 0 * * *"}),
    )
    (tracker.directory / "flags" / "held").touch()
    wait_until(lambda: last_state(tracker, "done") == "succeeded", "it has fired")
    wait_until(
        lambda: listed(tracker)["held"]["next"] == "blocked by a flag you created",
        "the flag is seen",
    )
    for name, said in (
        ("Level", "of 1666h 40m of the session: not yet"),
        ("Level", "of 36s of the day: "),
        ("Done", "to let it fire again: codespace-tracker triggers rearm Done"),
        ("Off", "codespace-tracker triggers enable Off"),
        ("Held", f"you created the flag {tracker.directory}/flags/held; remove it"),
        ("Shut down", "gives no warning"),
        ("Cron", "00:00:00, if the machine keeps running"),
    ):
        assert said in " ".join(out(tracker, "explain", name).split()), name
    assert "(your home directory)" in " ".join(out(tracker, "explain", "Cron").split())
    found = json.loads(out(tracker, "explain", "Cron", "--json"))
    assert found["fires_at"][11:19] == "00:00:00"
    assert found["history"] == []
    tracker.verb("stop")
    assert "The tracker is not running" in out(tracker, "explain", "Cron")
    assert "The tracker is not running" in out(tracker, "list")
    assert "if it is started now" in out(tracker, "simulate")


def test_simulate_says_what_would_fire_when_and_runs_nothing(
    tracker: RealTracker, tmp_path: Path
) -> None:
    started(
        tracker,
        trigger("Every", f"touch {tmp_path}/ran", conditions={"every_minutes": 60}),
        trigger("Idle", conditions={"idle_minutes": 60}),
    )
    lines = out(tracker, "simulate", "--hours", "30").splitlines()
    named = [line.split()[-1] for line in lines[1:-2]]
    assert set(named) == {"Every"}
    assert len(named) in (29, 30)  # 29 while the hour since boot ends that was considered last
    assert lines[-1] == "Not predictable, as they depend on activity or events: Idle"
    found = json.loads(out(tracker, "simulate", "--hours", "30", "--json"))
    assert {one["label"] for one in found} == {"Every"}
    assert found[1]["in_us"] - found[0]["in_us"] == 3_600_000_000
    assert out(tracker, "simulate", "--hours", "0.5").startswith("Nothing fires within 30m.")
    assert not (tmp_path / "ran").exists()


# --- which trigger


def test_a_name_that_is_not_there_or_not_clear_is_said(tracker: RealTracker) -> None:
    started(
        tracker,
        trigger('It\'s "here" $(now)', flag_name="here"),
        trigger("Same", flag_name="one"),
        trigger("Same", flag_name="two"),
    )
    for verb in ("explain", "run", "disable", "enable", "rearm", "log", "pin"):
        assert "Did you mean" in err(tracker, verb, "heer"), verb
        assert "name one by its flag: one, two" in err(tracker, verb, "Same"), verb
    for word, verb in {"pause": "disable", "resume": "enable", "delete": "remove"}.items():
        assert f"Did you mean `{verb}`?" in tracker.verb("triggers", word, "here", code=2).stderr
    assert "'It'\"'\"'s \"here\" $(now)'" in out(tracker, "disable", "here")
    assert "is now enabled" in out(tracker, "enable", 'It\'s "here" $(now)')


def test_a_shell_completes_verbs_and_triggers(tracker: RealTracker) -> None:
    started(tracker, trigger("Backup"), trigger("Say hello"), trigger("日本", flag_name="b c"))

    def completed(*words: str) -> list[str]:
        environment = tracker.environment(
            CODESPACE_TRACKER_DIR=str(tracker.directory),
            COMP_WORDS=" ".join(["codespace-tracker", *words]),
            COMP_CWORD=str(len(words)),
            _CODESPACE_TRACKER_COMPLETE="bash_complete",
        )
        command = tracker.command()[:3]
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert not done.stderr
        return done.stdout.split()

    assert completed("triggers", "si") == ["plain,simulate"]
    assert "plain,explain" in completed("triggers", "")
    assert completed("triggers", "explain", "") == ["plain,Backup", "plain,say_hello", "plain,日本"]
    assert completed("triggers", "log", "SAY") == ["plain,say_hello"]
    assert (
        "pydantic"
        not in subprocess.run(
            [
                tracker.command()[0],
                "-c",
                "import sys, codespace_tracker.cli.trigger_names; print(*sys.modules)",
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
    )


# --- pin


@contextlib.contextmanager
def served(content: dict[str, bytes]) -> Iterator[str]:
    """A server on loopback; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = content.get(self.path.partition("?")[0])
            self.send_response(404 if found is None else 200)
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def test_a_pinned_download_is_the_only_one_that_runs(tracker: RealTracker, tmp_path: Path) -> None:
    content = {"/do.sh": b"echo first\n"}
    with served(content) as address:
        fetched = {"script_url": f"{address}/do.sh?token=secret", "cwd": str(tmp_path)}
        started(tracker, trigger("Get", "sh do.sh", **fetched), trigger("No URL"))
        wanted = hashlib.sha256(content["/do.sh"]).hexdigest()
        told = out(tracker, "pin", "Get") + out(tracker, "explain", "Get")
        assert wanted in told
        assert f"{address}/do.sh?…" in told
        assert "secret" not in told
        assert json.loads(config(tracker).read_text())[0]["sha256"] == wanted
        assert "already pinned" in out(tracker, "pin", "Get")
        assert out(tracker, "run", "Get") == "first\n"
        content["/do.sh"] = b"echo second\n"
        (tmp_path / "do.sh").unlink()
        failed = tracker.verb("triggers", "run", "Get", code=1)
        assert "second" not in failed.stdout
        assert "it was not run" in failed.stdout
        del content["/do.sh"]
        assert "404" in err(tracker, "pin", "Get")
        assert "nothing to pin" in err(tracker, "pin", "No URL")
        assert json.loads(config(tracker).read_text())[0]["sha256"] == wanted


def test_what_works_beside_the_daemon_needs_no_pydantic(tracker: RealTracker) -> None:
    started(tracker, trigger("Good"))
    for words in (
        ["list"],
        ["explain", "Good"],
        ["simulate"],
        ["log"],
        ["rearm", "Good"],
        ["list", "--json"],
    ):
        program = (
            "import sys; from codespace_tracker.cli.frame import run; code = run(sys.argv[1:]);"
            " sys.exit(code or 'pydantic' in sys.modules)"
        )
        command = [
            tracker.command()[0],
            "-c",
            program,
            "triggers",
            *words,
            "--dir",
            str(tracker.directory),
        ]
        done = subprocess.run(
            command,
            env=tracker.environment(),
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, words


def test_simulate_asks_for_a_length_of_time(tracker: RealTracker) -> None:
    for hours in ("nan", "soon"):
        assert (
            "a plain number means hours"
            in tracker.verb("triggers", "simulate", "--hours", hours, code=2).stderr
        )
    for hours in ("0", "-3", "9000"):
        assert (
            "up to 366d, such as 30h"
            in tracker.verb("triggers", "simulate", "--hours", hours, code=2).stderr
        )
