"""The JSON Schema of trigger_config.json: what an editor says by it is what the tracker says."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.builders import trigger
from tests.unit.trigger_files import GOOD_FIELDS, WRONG_BEYOND_TYPES, WRONG_BY_TYPE, Wrong

from codespace_tracker.config.samples import write_missing
from codespace_tracker.config.triggers import triggers_from
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.machine.file_names import SCHEMA, TRIGGERS


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state directory with its samples."""
    directory = tmp_path_factory.mktemp("state")
    assert write_missing(str(directory)) == []
    return directory


@pytest.fixture(scope="module")
def schema(beside: Path) -> Draft202012Validator:
    """The schema as it lies beside the file."""
    found = json.loads((beside / SCHEMA).read_text())
    assert found["$schema"] == Draft202012Validator.META_SCHEMA["$schema"]
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def is_taken(content: Any) -> bool:
    """Whether the tracker takes a file."""
    return triggers_from(json.dumps(content), 120 * HOUR_US)[0] is not None


def test_the_sample_names_the_schema_that_lies_beside_it_and_is_valid(
    beside: Path, schema: Draft202012Validator
) -> None:
    sample = json.loads((beside / TRIGGERS).read_text())
    assert (beside / TRIGGERS).parent.joinpath(sample["$schema"]).samefile(beside / SCHEMA)
    assert schema.is_valid(sample)
    assert is_taken(sample)


@pytest.mark.parametrize("fields", GOOD_FIELDS)
def test_what_the_tracker_takes_is_valid(
    schema: Draft202012Validator, fields: dict[str, Any]
) -> None:
    for content in (
        trigger(**fields),
        [trigger(**fields)],
        {"$schema": "./x.json", "triggers": [trigger(**fields)]},
    ):
        assert is_taken(content)
        assert list(schema.iter_errors(content)) == []


@pytest.mark.parametrize("content", [[], {"triggers": []}, {"$schema": "./x.json", **trigger()}])
def test_each_form_of_the_file_is_valid(schema: Draft202012Validator, content: Any) -> None:
    assert is_taken(content)
    assert schema.is_valid(content)


@pytest.mark.parametrize(("fields", "key", "said"), WRONG_BY_TYPE)
def test_what_is_wrong_by_its_type_is_not_valid(
    schema: Draft202012Validator, fields: dict[str, Any], key: str, said: str
) -> None:
    for content in (
        {**trigger(), **fields},
        [{**trigger(), **fields}],
        {"triggers": [{**trigger(), **fields}]},
    ):
        assert not is_taken(content)
        assert not schema.is_valid(content)


@pytest.mark.parametrize(
    "content", [7, "x", None, [[]], [7], {}, {"triggers": {}}, {"triggers": [], "x": 1}]
)
def test_what_is_no_file_of_triggers_is_not_valid(
    schema: Draft202012Validator, content: Any
) -> None:
    assert not is_taken(content)
    assert not schema.is_valid(content)


@pytest.mark.parametrize("missing", ["label", "script_command", "conditions"])
def test_what_is_required_is_required_by_both(schema: Draft202012Validator, missing: str) -> None:
    content = {key: value for key, value in trigger().items() if key != missing}
    assert not is_taken(content)
    assert not schema.is_valid(content)


@pytest.mark.parametrize("wrong", WRONG_BEYOND_TYPES)
def test_what_only_the_tracker_knows_to_be_wrong_is_told_by_it(
    schema: Draft202012Validator, wrong: Wrong
) -> None:
    content = {**trigger(), **wrong[0]}
    assert schema.is_valid(content)
    assert not is_taken(content)


def test_every_field_is_described(schema: Draft202012Validator) -> None:
    for name in ("Trigger", "Conditions"):
        properties = schema.schema["$defs"][name]["properties"]
        assert [
            key for key, value in properties.items() if not {"description", "$ref"} & set(value)
        ] == []
