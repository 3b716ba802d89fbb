"""Whatever is put in place of trigger_config.json: told at once and clearly, and the clock and the
last plan go on."""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.builders import trigger
from tests.integration.real_tracker import RealTracker, skip_where_root_needs_its_rights, wait_until
from tests.integration.web import PASSWORD, SHA, Web
from tests.unit.trigger_files import WRONG_BEYOND_TYPES, WRONG_BY_TYPE

from codespace_tracker.daemon import control

SOMEBODY = 65534  # the number of a user


class Told(RealTracker):
    """A tracker that is running by a good plan, whose trigger file is then replaced."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.file = directory / "trigger_config.json"
        self.ran = directory.parent / "ran"
        self.prefix: list[str] = []
        self.variables: dict[str, str] = {}

    def environment(self, **more: str) -> dict[str, str]:
        return super().environment(**self.variables, **more)

    def command(self, *words: str) -> list[str]:
        return [*self.prefix, *super().command(*words)]

    def begin(self, triggers: list[dict[str, Any]] | None = None) -> None:
        """Start by a plan, by default one that leaves lines."""
        self.verb("init")
        (self.directory / "config.toml").write_text("heartbeat_seconds = 1\nruns_at_once = 20\n")
        self.file.write_text(json.dumps([self.every()] if triggers is None else triggers))
        self.verb("start")

    def every(self) -> dict[str, Any]:
        """A good trigger that leaves a line every 1.2 seconds."""
        return trigger(script_command=f"echo >>{self.ran}", conditions={"every_minutes": 0.02})

    @property
    def problems(self) -> list[str]:
        """What status.json says is wrong."""
        return [
            str(one) for one in json.loads((self.directory / "status.json").read_text())["problems"]
        ]

    def put(self, content: bytes | Callable[[], object]) -> None:
        """Put something in the file's place, and tell the daemon."""
        written = self.directory.parent / "written"
        if isinstance(content, bytes):
            written.write_bytes(content)
        if self.file.is_dir() and not self.file.is_symlink():
            self.file.rmdir()
        elif not isinstance(content, bytes):
            self.file.unlink(missing_ok=True)
        if isinstance(content, bytes):
            # in one step: a daemon that looks meanwhile would tell of half of it, or that there is
            # none
            written.rename(self.file)
        else:
            content()
        control.reload(str(self.directory))

    def tell(self, content: bytes | Callable[[], object], said: str = "") -> list[str]:
        """Put something in the file's place; what is then said: something else than before, with
        `said` in it."""
        before, told = self.problems, list[str]()

        def is_told() -> bool:
            told[:] = self.problems
            return told not in (before, []) and said in "\n".join(told)

        self.put(content)
        wait_until(is_told, f"it is told: {said}")
        return told

    def running_us(self) -> int:
        """The session's running time as of its last heartbeat."""
        [(found,)] = self.read("SELECT running_us FROM session ORDER BY number DESC LIMIT 1")
        return int(found)

    def goes_on(self) -> None:
        """See the clock and the last good plan go on."""
        before, lines = self.running_us(), len(self.ran.read_text())
        wait_until(lambda: self.running_us() > before + 1_000_000, "the clock goes on")
        wait_until(lambda: len(self.ran.read_text()) > lines, "the last good plan is in force")


def files_below(path: Path, but: Path) -> dict[str, bytes]:
    """All files below a folder, but one of its folders."""
    found = (one for one in path.rglob("*") if one.is_file() and but not in one.parents)
    return {str(one): one.read_bytes() for one in found}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    tracker = Told(tmp_path_factory.mktemp("bad") / "state")
    tracker.begin()
    wait_until(tracker.ran.exists, "the good plan is in force")
    yield tracker
    tracker.end()


@pytest.fixture
def tracker_without_rights(tmp_path: Path) -> Iterator[Told]:
    """A tracker that, as those of most people, may not read what belongs to others."""
    skip_where_root_needs_its_rights()
    tracker = Told(tmp_path / "state")
    tracker.prefix = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    yield tracker
    tracker.end()


def shapes(tracker: Told) -> dict[str, tuple[bytes | Callable[[], object], str]]:
    """What may stand in the file's place, and what is said of it."""
    file = tracker.file
    good = json.dumps(trigger()).encode()
    return {
        "empty": (b"", "line 1, column 1: the file is empty"),
        "a number": (b"7", "line 1, column 1: 7 is not possible"),
        "a text": (b'\n"x"', 'line 2, column 1: "x" is not possible'),
        "null": (b"null", "null is not possible"),
        "an object": (b"{}", "`conditions` is missing"),
        "lists": (b"[[], 1]", "trigger 1: [] is not a trigger"),
        "cut off": (good[:50], "this is not JSON"),
        "50 MB": (good + b" " * 50_000_000, "has 47.7 MiB: more than 4 MiB are not read"),
        "many": (b"[" + b"1," * 100_000 + b"1]", "950 more problems at least"),
        "deep": (b"[\n" * 100_000, "line 101, column 1: it is nested too deeply"),
        "deep in a field": (b'{"label":' + b"[" * 900 + b"]" * 900 + b"}", "label: [[[[[[[["),
        "twice": (
            b'{"label": "a",\n"label": "b"}',
            "line 2, column 1: label: this key appears twice",
        ),
        "not UTF-8": (b'[\n"\xff"]', "line 2: is not UTF-8 text"),
        "UTF-16": ('["x"]'.encode("utf-16"), "line 1: is not UTF-8 text"),
        "NUL": (
            b"[\0]",
            "line 1, column 2: this is not JSON: there is an invisible character here (\\x00)",
        ),
        "zeros": (b"\0" * 5000, "line 1, column 1: this is not JSON"),
        "a huge number": (b"[" + b"9" * 1_000_000 + b"]", "trigger 1: 9999"),
        "1e400": (
            b'{"conditions": {"every_minutes": 1e400}}',
            "conditions.every_minutes: 1e400 is not possible",
        ),
        "NaN": (b'{"conditions": {"at": NaN}}', "conditions.at: NaN is not possible"),
        "a lone surrogate": (b'[{"label": "\\ud800"}]', 'label: "\\ud800" is not possible'),
        "escapes": (
            b'[{"label": "\\u001b[2J", "\\u009b": 1}]',
            'trigger 1 "\\x1b[2J", \\x9b: there is no such key',
        ),
        "a pipe": (lambda: os.mkfifo(file), "trigger_config.json: is not a file"),
        "a link to itself": (lambda: file.symlink_to(file), "is a link that leads to itself"),
        "a folder": (file.mkdir, "trigger_config.json: is not a file"),
        "a link to nothing": (lambda: file.symlink_to("nothing"), "/nothing, which is not there"),
        "a device": (lambda: file.symlink_to("/dev/zero"), "trigger_config.json: is not a file"),
    }


def test_whatever_stands_in_its_place_is_told_and_the_last_good_plan_goes_on(
    running: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    from codespace_tracker.cli.frame import run

    around = files_below(running.directory.parent, running.directory)
    for what, (content, said) in shapes(running).items():
        told = running.tell(content, said)
        assert all(len(one) <= 600 and one.isprintable() and "Fix: " in one for one in told), what
        capsys.readouterr()
        code = run(["triggers", "check", "--dir", str(running.directory)])
        out, err = capsys.readouterr()
        assert code == 1, what
        assert "Traceback" not in err
        # a link that leads nowhere is told by the verb itself
        assert (
            said.partition(": ")[2] in " ".join(out.split()).replace("- ", "")
            or "leads to" in out + err
        ), what
    running.goes_on()
    around_now = files_below(running.directory.parent, running.directory)
    assert {
        name for name in {*around, *around_now} if around.get(name) != around_now.get(name)
    } <= {str(running.ran)}
    running.put(b"[]")
    wait_until(lambda: running.problems == [], "what is good again is no problem")


def test_a_byte_order_mark_is_no_problem(running: Told) -> None:
    running.put(b"\xef\xbb\xbf" + json.dumps(running.every()).encode())
    running.goes_on()
    assert running.problems == []


def test_all_that_is_wrong_with_many_triggers_is_told_at_once_everywhere(running: Told) -> None:
    running.put(json.dumps(running.every()).encode())
    running.goes_on()
    everything = [*WRONG_BY_TYPE, *WRONG_BEYOND_TYPES]
    for wrong in (everything[:45], everything[45:]):
        entries = [{**trigger(label=f"t{n}"), **fields} for n, (fields, *_) in enumerate(wrong)]
        told = running.tell(json.dumps(entries, indent=1).encode())
        for n, (_, key, said) in enumerate(wrong, 1):
            its = [one for one in told if re.search(rf" trigger {n}\b", one)]
            assert [one for one in its if key in one and said in one], (n, key, said, its)
        for verb in (["status"], ["doctor"], ["triggers", "check"]):
            done = running.verb(*verb, code=1 if verb != ["status"] else None)
            shown = " ".join(done.stdout.split())
            assert (
                sum("Fix: " in line for line in shown.split("trigger_config.json, line")) >= 40
            ), verb
    running.goes_on()
    assert sorted(path.name for path in (running.directory / "flags").iterdir()) == [".drawn"]
    assert "config_refused" in running.journal()


@pytest.mark.machine
def test_a_file_that_its_user_may_not_read_is_told(tracker_without_rights: Told) -> None:
    tracker = tracker_without_rights
    tracker.begin()
    wait_until(tracker.ran.exists, "the good plan is in force")
    os.chown(tracker.file, SOMEBODY, SOMEBODY)
    tracker.file.chmod(0o600)
    control.reload(str(tracker.directory))
    said = "cannot be read (Permission denied). Fix: give yourself permission to read it."
    wait_until(lambda: said in "".join(tracker.problems), "it is told")
    for verb in ("doctor", "triggers check"):
        assert "cannot be read" in tracker.verb(*verb.split(), code=1).stdout
    tracker.goes_on()


def now(**fields: Any) -> dict[str, Any]:
    """A trigger that is due at once, for one attempt."""
    return trigger(**{"conditions": {"total_runtime_minutes": 0}, "retries": 0, **fields})


LONG = "ä" * 59 + "b"


def test_what_cannot_run_fails_by_itself_and_says_why(
    tmp_path: Path, web: Web, secure: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = Told(tmp_path / "state")
    tracker.variables = {"SSL_CERT_FILE": os.environ["SSL_CERT_FILE"]}
    elsewhere = f"/redirect/x.sh?{web.url('/file/x.sh')}"
    cases = {
        "no folder": (now(cwd="$HOME/nowhere"), "failed", "there is no folder $HOME/nowhere"),
        "no command": (now(script_command="no-such-command --x"), "failed", ""),
        "no shell": (now(shell="no-such-shell -c"), "failed", ""),
        "gone": (now(script_url=web.url("/status/410/x.sh")), "failed", "the server answered 410"),
        "too large": (now(script_url=web.url("/endless/x.sh")), "failed", "larger than 10 MiB"),
        "to http": (now(script_url=secure.url(elsewhere)), "failed", "which is not https"),
        "secret": (
            now(script_url=web.url(f"/status/404/x?token={PASSWORD}")),
            "failed",
            "/status/404/x?…: the server",
        ),
        "wrong hash": (
            now(script_url=web.url("/file/x.sh"), sha256="0" * 64),
            "failed",
            f"its SHA-256 is {SHA}",
        ),
        "right hash": (
            now(script_url=secure.url("/status/404/y"), sha256=SHA),
            "failed",
            "the server answered 404",
        ),
        "hangs": (now(script_url=web.url("/never/x.sh")), None, ""),
        "good": (
            now(script_url=secure.url("/file/x.sh"), sha256=SHA, flag_name=LONG),
            "succeeded",
            "",
        ),
        "variables": (
            now(env={"MY_1": "=\n"}, script_command="env | grep -q MY_1=="),
            "succeeded",
            "",
        ),
        "each minute": (now(conditions={"at": "* * * * *"}), "waits", ""),
    }
    tracker.begin([{**entry, "label": label} for label, (entry, *_) in cases.items()])
    try:
        done = (
            "SELECT label, result, run.detail FROM run JOIN occurrence ON occurrence.id = "
            "occurrence"
        )
        ending = {
            label for label, (_, result, _) in cases.items() if result in ("failed", "succeeded")
        }

        def have_ended() -> bool:
            return ending <= {
                label for label, result, _ in tracker.read(done) if result is not None
            }

        wait_until(have_ended, "all but the one that hangs")
        found = {label: (result, detail) for label, result, detail in tracker.read(done)}
        for label, (_, result, detail) in cases.items():
            assert result == "waits" or found[label][0] == result, (label, found[label])
            assert result == "waits" or detail in found[label][1], (label, found[label])
        # it is placed after the commit that tells of the run
        wait_until(
            (tracker.directory / "flags" / LONG).exists, "the flag of the good one is placed"
        )
        before = tracker.running_us()
        wait_until(lambda: tracker.running_us() > before + 1_000_000, "the clock goes on")
        listed = tracker.verb("triggers").stdout
        assert all(label in listed for label in cases)
        for path in (*tracker.directory.glob("*.json"), *tracker.directory.glob("*.log")):
            assert path.name == "trigger_config.json" or PASSWORD not in path.read_text(), path
        assert PASSWORD not in listed
        assert sorted(path.name for path in tracker.home.iterdir() if path.is_file()) == ["x.sh"]
    finally:
        tracker.end()


@pytest.mark.parametrize("folder", ["/", "/tmp/"])
def test_a_folder_in_place_of_a_file_to_check_is_named(tracker: RealTracker, folder: str) -> None:
    said = tracker.verb("triggers", "check", folder, code=1).stdout
    assert f"  - {folder.strip('/') or '/'}: is not a file." in said
