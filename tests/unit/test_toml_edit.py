"""A setting in config.toml is changed as a careful person would."""

import pytest

from codespace_tracker.config.samples import config_sample
from codespace_tracker.config.settings import settings_from
from codespace_tracker.config.toml_edit import with_setting


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('plan = "free"\n', 'plan = "pro"\n'),
        ('plan = "free"   # the student pack\n', 'plan = "pro"   # the student pack\n'),
        ("plan=120 # hours\nmetrics = true\n", 'plan="pro" # hours\nmetrics = true\n'),
        ("plan = 'free'\r\nmetrics = true\r\n", 'plan = "pro"\r\nmetrics = true\r\n'),
        ('#plan = "free"\nplan = "none"\n', '#plan = "free"\nplan = "pro"\n'),
        ('# about\n#plan = "free"\n[table]\nx = 1\n', '# about\nplan = "pro"\n[table]\nx = 1\n'),
        ("[table]\nx = 1\n", 'plan = "pro"\n[table]\nx = 1\n'),
        ('[table]\nplan = "free"\n', 'plan = "pro"\n[table]\nplan = "free"\n'),
        ("", 'plan = "pro"\n'),
        (
            '\ufeffplan = "free" # by an editor of Windows\r\n',
            '\ufeffplan = "pro" # by an editor of Windows\r\n',
        ),
        ('plan = "pro" # so it is', 'plan = "pro" # so it is'),
    ],
)
def test_a_setting_is_changed_and_everything_else_stays(before: str, after: str) -> None:
    assert with_setting(before, "plan", "pro") == after


@pytest.mark.parametrize(
    "text", ["plan = pro\n", "plan = [\n", '"plan" = "free"\n', 'plan = """\nfree"""\n']
)
def test_what_cannot_be_changed_safely_is_left_alone(text: str) -> None:
    assert with_setting(text, "plan", "pro") is None


@pytest.mark.parametrize("value", ["pro", "none", 300.0, 12.5, 1000000.0])
def test_in_the_sample_the_line_that_is_there_is_used(value: str | float) -> None:
    after = with_setting(config_sample(), "plan", value)
    assert after is not None
    assert after.count("\n") == config_sample().count("\n")
    found, problems = settings_from(after)
    assert problems == []
    assert found is not None
    assert found.plan == (value if isinstance(value, str) else "own")
