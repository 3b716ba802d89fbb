"""config.toml and the plan made of it: every problem at once, each with its place and how to fix
it."""

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from codespace_tracker.config import load as load_module
from codespace_tracker.config.configuration import (
    DEFAULT_CONFIGURATION,
    Configuration,
    Loaded,
    Problem,
    Settings,
)
from codespace_tracker.config.load import LIMIT, load, quota_of, settings_problems
from codespace_tracker.config.samples import config_sample, write_missing
from codespace_tracker.config.settings import settings_from
from codespace_tracker.core.clock import HOUR_US, SECOND_US
from codespace_tracker.machine.file_names import SCHEMA, TRIGGERS

NOW = 1_790_000_000 * SECOND_US


def told(text: str) -> list[Problem]:
    settings, problems = settings_from(text)
    assert (settings is None) == bool(problems)
    return problems


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("", DEFAULT_CONFIGURATION.settings),
        ("# nothing\n", DEFAULT_CONFIGURATION.settings),
        ('time_zone = "Asia/Kolkata"\n', Settings("Asia/Kolkata", 10)),
        ("heartbeat_seconds = 300", Settings("UTC", 300)),
        (
            "heartbeat_seconds = 1\r\ntime_zone = 'America/St_Johns'\r\n",
            Settings("America/St_Johns", 1),
        ),
        (config_sample("Europe/Berlin"), Settings("Europe/Berlin", 10)),
        (config_sample(), DEFAULT_CONFIGURATION.settings),
        ("watch_minutes = 60\nmetrics = true", Settings(watch_minutes=60, metrics=True)),
    ],
)
def test_settings_are_read(text: str, settings: Settings) -> None:
    assert settings_from(text) == (settings, [])


@pytest.mark.parametrize(
    ("text", "key", "line", "mend"),
    [
        ("heartbeat_seconds = 0", "heartbeat_seconds", 1, "from 1 to 300"),
        ("heartbeat_seconds = 301", "heartbeat_seconds", 1, "from 1 to 300"),
        ("heartbeat_seconds = 10.0", "heartbeat_seconds", 1, "whole number"),
        ("heartbeat_seconds = true", "heartbeat_seconds", 1, "whole number"),
        ('\nheartbeat_seconds = "10"', "heartbeat_seconds", 2, "without quotes"),
        ("heartbeat_seconds = 99999999999999999999999", "heartbeat_seconds", 1, "from 1 to 300"),
        ("watch_minutes = 0", "watch_minutes", 1, "from 1 to 60"),
        ("watch_minutes = 61", "watch_minutes", 1, "from 1 to 60"),
        ("watch_minutes = 2.5", "watch_minutes", 1, "whole number"),
        ('metrics = "yes"', "metrics", 1, "true or false"),
        ("metrics = 1", "metrics", 1, "true or false"),
        ("time_zone = 5", "time_zone", 1, "IANA"),
        ('time_zone = ""', "time_zone", 1, "IANA"),
        ('time_zone = "Kolkata"', "time_zone", 1, 'did you mean "Asia/Kolkata"?'),
        ('time_zone = "europe/berlin"', "time_zone", 1, 'did you mean "Europe/Berlin"?'),
        ('time_zone = "../../etc/passwd"', "time_zone", 1, "IANA"),
        ('timezone = "UTC"', "timezone", 1, "did you mean `time_zone`?"),
        ("# first\n[colours]\nred = 1", "colours", 2, "the settings are"),
        ('"heartbeat_second" = 3', "heartbeat_second", 1, "did you mean `heartbeat_seconds`?"),
    ],
)
def test_a_wrong_setting_is_told_with_its_line_and_how_to_mend_it(
    text: str, key: str, line: int, mend: str
) -> None:
    [problem] = told(text)
    assert (problem.key, problem.line) == (key, line)
    assert mend in problem.mend
    assert f"config.toml, line {line}: {key}: " in str(problem)


def test_all_problems_of_a_file_are_told_at_once() -> None:
    assert [
        problem.key for problem in told('heartbeat_seconds = -1\nzone = "UTC"\ntime_zone = "x"\n')
    ] == [
        "heartbeat_seconds",
        "zone",
        "time_zone",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("time_zone = UTC", 1),
        ("\n\nheartbeat_seconds", 3),
        ("a = 1\na = 2", 2),
        ("= 3", 1),
        ("x = [" * 3000, 1),
        ("x = " + "[" * 3000, 0),
    ],
)
def test_what_is_not_toml_is_told_with_its_line(text: str, line: int) -> None:
    [problem] = told(text)
    assert problem.line == line
    assert problem.mend


def loaded(directory: Path) -> Loaded:
    return load(str(directory), NOW)


def test_missing_files_are_put_there_and_give_a_plan(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    assert found.problems == ()
    assert found.configuration is not None
    assert found.configuration.settings == DEFAULT_CONFIGURATION.settings
    assert {path.name for path in tmp_path.iterdir()} == {"config.toml", TRIGGERS, SCHEMA}
    [example] = json.loads((tmp_path / TRIGGERS).read_text())["triggers"]
    assert example["enabled"] is False, "nothing runs that nobody asked for"
    assert json.loads((tmp_path / SCHEMA).read_text())["$schema"].startswith(
        "https://json-schema.org/"
    )


def test_what_the_user_wrote_is_never_overwritten_and_an_old_schema_is(tmp_path: Path) -> None:
    for name in ("config.toml", TRIGGERS, SCHEMA):
        (tmp_path / name).write_text("")
    assert write_missing(str(tmp_path)) == []
    assert (tmp_path / "config.toml").read_text() == ""
    assert (tmp_path / TRIGGERS).read_text() == ""
    assert (tmp_path / SCHEMA).read_text() != ""


def test_what_the_user_writes_while_samples_are_put_there_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / TRIGGERS).write_text("mine")
    monkeypatch.setattr(os.path, "lexists", lambda _: False)  # as it was when it was looked at
    assert write_missing(str(tmp_path)) == []
    assert (tmp_path / TRIGGERS).read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["config.toml", SCHEMA, TRIGGERS]
    )


@pytest.mark.parametrize(
    "what", ["folder", "pipe", "too large", "not UTF-8", "link to itself", "NUL"]
)
def test_what_is_no_settings_file_is_told_and_nothing_hangs(tmp_path: Path, what: str) -> None:
    path = tmp_path / "config.toml"
    make: dict[str, Callable[[], object]] = {
        "folder": path.mkdir,
        "pipe": partial(os.mkfifo, path),
        "too large": lambda: path.write_bytes(b"#" * (LIMIT + 1)),
        "not UTF-8": lambda: path.write_bytes(b"a = 1\nb = '\xff'\n"),
        "link to itself": lambda: path.symlink_to(path),
        "NUL": lambda: path.write_bytes(b"\x00"),
    }
    make[what]()
    found = loaded(tmp_path)
    assert found.configuration is None
    assert found.problems
    assert all(problem.file == "config.toml" and problem.mend for problem in found.problems)


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the settings of the whole machine are, for this test: not written yet."""
    path = tmp_path / "etc.toml"
    monkeypatch.setattr(load_module, "SYSTEM_CONFIG", str(path))
    monkeypatch.setattr(load_module, "FILES", (str(path), "config.toml", TRIGGERS))
    return path


def settings_over(system: Path, whole_machine: str, user: str) -> Settings:
    """The settings in force for what the two files say."""
    directory = system.parent / "state"
    directory.mkdir()
    system.write_text(whole_machine)
    (directory / "config.toml").write_text(user)
    plan = loaded(directory).configuration
    assert plan is not None
    return plan.settings


@pytest.mark.parametrize(
    ("whole_machine", "user", "settings"),
    [
        ("heartbeat_seconds = 5", "", Settings(heartbeat_seconds=5)),
        ("heartbeat_seconds = 5", config_sample(), Settings(heartbeat_seconds=5)),
        ("heartbeat_seconds = 5", "heartbeat_seconds = 10", Settings(heartbeat_seconds=10)),
        (
            'plan = "none"\nmetrics = true',
            "metrics = false",
            Settings(quota_core_us=None, plan="none"),
        ),
        ('plan = "none"', 'plan = "free"', Settings(plan="free")),
        (
            'plan = "pro"',
            "reset_day = 2",
            Settings(quota_core_us=180 * HOUR_US, reset_day=2, plan="pro"),
        ),
        (
            "plan = 300",
            'payer = "me"\nuser = "octocat"',
            Settings(quota_core_us=300 * HOUR_US, plan="own", payer="me", user="octocat"),
        ),
        ('time_zone = "Asia/Kolkata"', config_sample("UTC"), Settings()),
        ('time_zone = "Asia/Kolkata"', config_sample(), Settings(time_zone="Asia/Kolkata")),
    ],
)
def test_what_the_user_sets_holds_over_what_is_set_for_the_whole_machine(
    system: Path, whole_machine: str, user: str, settings: Settings
) -> None:
    assert settings_over(system, whole_machine, user) == settings
    assert quota_of(str(system.parent / "state")) == settings.quota_core_us


def test_a_problem_names_the_file_that_it_is_in_and_both_files_are_looked_through(
    system: Path, tmp_path: Path
) -> None:
    directory = tmp_path / "state"
    directory.mkdir()
    system.write_text("# made at build\nheartbeat_seconds = 0\n")
    (directory / "config.toml").write_text("metrics = 1\n")
    found = loaded(directory)
    assert found.configuration is None
    assert [(problem.file, problem.key, problem.line) for problem in found.problems] == [
        (str(system), "heartbeat_seconds", 2),
        ("config.toml", "metrics", 1),
    ]
    assert tuple(settings_problems(str(directory))) == found.problems
    system.unlink()
    system.mkdir()
    assert [problem.file for problem in loaded(directory).problems] == [str(system), "config.toml"]


def test_the_stamps_tell_that_the_file_of_the_whole_machine_changed(
    system: Path, tmp_path: Path
) -> None:
    directory = tmp_path / "state"
    directory.mkdir()
    loaded(directory)  # puts the samples there
    before = loaded(directory).stamps
    system.write_text("heartbeat_seconds = 5")
    after = loaded(directory).stamps
    assert before[0] is None
    assert after[0] is not None
    assert after[1:] == before[1:]


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xef\xbb\xbfheartbeat_seconds = 5\n")
    plan = loaded(tmp_path).configuration
    assert plan is not None
    assert plan.settings.heartbeat_seconds == 5


def test_the_plan_of_the_same_files_is_the_same_all_day(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('time_zone = "Europe/Berlin"\n')
    loaded(tmp_path)  # puts the samples there
    assert loaded(tmp_path) == load(str(tmp_path), NOW + 3600 * SECOND_US)


def test_an_outcome_is_handed_over_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        'time_zone = "America/St_Johns"\nmetrics = true\nplan = "none"\n'
    )
    good = loaded(tmp_path)
    (tmp_path / "config.toml").write_text("time_zone = 1\nx = 2\n")
    bad = loaded(tmp_path)
    assert good.configuration is not None
    assert len(bad.problems) == 2
    for outcome in (good, bad, Loaded.crashed(-9)):
        assert Loaded.from_json(outcome.to_json()) == outcome
    assert Configuration.from_json(good.configuration.to_json()) == good.configuration


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"plan": {}, "problems": []}', '{"plan": null}', "[" * 9999]
)
def test_what_a_dying_child_left_is_no_outcome(text: str) -> None:
    with pytest.raises(ValueError, match="not a configuration"):
        Loaded.from_json(text)
