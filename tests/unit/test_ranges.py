"""A range stands in the check; what a message tells to write instead says the same numbers."""

import annotated_types
import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from codespace_tracker.config import expected, settings
from codespace_tracker.config.trigger_types import Trigger

PROSE = {**settings._EXPECTED, **expected._EXPECTED}
UNSAID = {"plan", "reset_day", "metrics", "script_url", "env", "shell"}
"""What is told by examples, is ignored, or has no length that anyone comes near."""


def bounds(field: FieldInfo) -> list[float]:
    """The bounds of a value, or the longest that it may be."""
    checks = field.metadata
    lengths = [one.max_length for one in checks if isinstance(one, annotated_types.MaxLen)]
    least = [float(str(one.ge)) for one in checks if isinstance(one, annotated_types.Ge)]
    most = [float(str(one.le)) for one in checks if isinstance(one, annotated_types.Le)]
    return [*least, *most, *([min(lengths)] if lengths else [])]


def fields(model: type[BaseModel]) -> list[tuple[str, list[float]]]:
    known = [(name, bounds(field)) for name, field in model.model_fields.items()]
    return [(name, numbers) for name, numbers in known if numbers and name not in UNSAID]


@pytest.mark.parametrize(("name", "numbers"), [*fields(settings._File), *fields(Trigger)])
def test_what_to_write_says_the_range_that_is_checked(name: str, numbers: list[float]) -> None:
    words = PROSE[name].replace(",", " ").split()
    assert {f"{number:.12g}" for number in numbers} <= {*words}, f"{name}: {PROSE[name]}"


def test_the_test_sees_the_ranges() -> None:
    assert dict(fields(settings._File))["watch_minutes"] == [1, 60]
    assert dict(fields(Trigger))["label"] == [200]
    assert {"cwd", "retries", "timeout_minutes", "flag_name"} <= {*dict(fields(Trigger))}
