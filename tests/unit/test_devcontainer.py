"""Our line in a devcontainer.json: all else of it stays as it is."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codespace_tracker.cli.devcontainer import line_for
from codespace_tracker.config import jsonc
from codespace_tracker.install import devcontainer_line as devcontainer

LINE = line_for("/x y/state")
EARLIER = (
    'sh "$HOME"/state/program/setup.sh --heal >/dev/null 2>&1 || codespace-tracker ensure || true'
)
"""As 0.1.0 had it."""

COMMENTED = """\
// For all of us: do not touch.
{
\t"name": "Hello // no comment", /* the
\tname */
\t"image": "base:1", // pinned
\t"features": {}, /* , */
\t// last words
}
"""


def put(whole: str, line: str = LINE) -> str:
    text, problem = devcontainer.read(whole, "devcontainer.json")
    assert text is not None, problem
    return devcontainer.with_line(text, line)


def taken(whole: str) -> str:
    text, problem = devcontainer.read(whole, "devcontainer.json")
    assert text is not None, problem
    return devcontainer.without_line(text)


def value(whole: str) -> Any:
    text, problem = jsonc.read(whole, "devcontainer.json")
    assert text is not None, problem
    return text.value


def with_ours(command: Any) -> Any:
    """What is to become of a postStartCommand."""
    if isinstance(command, str):
        return f"({LINE}); {command}"
    if isinstance(command, list):
        return ["/bin/sh", "-c", f'({LINE}); exec "$@"', "codespace-tracker", *command]
    return {**command, "codespace-tracker": LINE}


def comments(whole: str) -> list[str]:
    return re.findall(r"// [^\r\n]*|/\*.*?\*/", whole, re.DOTALL)


@pytest.mark.parametrize(
    "whole",
    [
        COMMENTED,
        COMMENTED.replace("\n", "\r\n"),
        '{"image": "a"}',
        '{\n  "image": "a" // note\n  // more\n}\n',
        '{\n    "image": "a"\n}',
        '{ // nothing yet\n}\n',
        "{}\n",
        '\ufeff{\n  "image": "a"\n}\n',
        '{\n  "postStartCommand": "npm start", // ours\n  "image": "a"\n}\n',
        '{\n  "postStartCommand": ["npm", "start"],\n  "image": "a"\n}\n',
        '{\n  "postStartCommand": [\n    "npm", // word\n    "start"\n  ]\n}\n',
        '{\n'
        '  "postStartCommand": {\n'
        '    "one": "npm start", // first\n'
        '    "two": ["a", "b"]\n'
        '  }\n'
        '}\n',
        '{"postStartCommand": {"one": "npm start"}, "image": "a"}',
        '{\n  "postStartCommand": {\n    "project": "npm start"\n  }\n}\n',
        '{"postStartCommand": {"project": "npm start"}}',
    ],
)  # fmt: skip
def test_it_is_added_once_beside_what_is_there_and_taken_away_without_trace(whole: str) -> None:
    before, after = value(whole), put(whole)
    assert value(after) == {
        **before,
        "postStartCommand": with_ours(before.get("postStartCommand", {})),
    }
    assert comments(after) == comments(whole)
    assert after.count("\r\n") == (after.count("\n") if "\r" in whole else 0)
    assert put(after) == after
    assert taken(after) == whole
    assert taken(whole) == whole


@pytest.mark.parametrize("nothing", ['""', "null", "{}", "[]"])
def test_a_command_that_says_nothing_makes_way(nothing: str) -> None:
    after = put(f'{{"postStartCommand": {nothing}}}')
    assert value(after) == {"postStartCommand": {"codespace-tracker": LINE}}


def test_a_line_of_an_earlier_version_is_replaced_where_it_stands() -> None:
    before = put('{\n  "image": "a"\n}\n', EARLIER)
    assert put(before) == before.replace(json.dumps(EARLIER), json.dumps(LINE))
    assert taken(before) == '{\n  "image": "a"\n}\n'


@pytest.mark.parametrize("line", [EARLIER, LINE])
@pytest.mark.parametrize("command", ['"npm \\u0073tart"', '["npm",\n    "start"]'])
def test_a_command_alone_that_0_1_0_gave_a_name_is_alone_again(command: str, line: str) -> None:
    named = f'"codespace-tracker": {json.dumps(line)},\n    "project": {command}'
    before = f'{{\n  "postStartCommand": {{\n    {named}\n  }}\n}}\n'
    whole = f'{{\n  "postStartCommand": {command}\n}}\n'
    assert put(before) == put(whole)
    assert taken(before) == taken(put(before)) == whole


@pytest.mark.parametrize(
    "command", ['"npm \\u0073tart // \\"x\\""', '[ "npm", // word\n  "start" ]', '["a"]', '" "']
)
def test_a_command_alone_comes_back_to_the_byte(command: str) -> None:
    whole = f'{{"postStartCommand": {command}}}'
    older = line_for("/elsewhere")
    assert put(put(whole, older)) == put(whole)
    assert taken(put(whole)) == taken(put(whole, older)) == whole


@pytest.mark.parametrize("command", ["npm start && b", ["npm", "start"]])
def test_a_formatter_of_json_does_not_hide_our_line(command: Any) -> None:
    written = json.dumps(value(put(json.dumps({"postStartCommand": command}))), indent=1).replace(
        "/", "\\/"
    )
    assert value(taken(written)) == {"postStartCommand": command}


@pytest.mark.parametrize(
    ("command", "printed", "code"),
    [
        ("pwd; echo $#; exit 3", "{folder}\n0\n", 3),
        ("# a remark\necho a\nfalse", "a\n", 1),
        (
            ["/bin/sh", "-c", 'pwd; echo "$0 $1"; exit 4', "x y", "$HOME"],
            "{folder}\nx y $HOME\n",
            4,
        ),
        ("yes", None, None),
    ],
)
def test_a_command_alone_runs_as_before(
    tmp_path: Path, command: Any, printed: str | None, code: int | None
) -> None:
    """What it prints is seen while it runs."""
    ours = value(put(json.dumps({"postStartCommand": command}), line_for(str(tmp_path / "state"))))[
        "postStartCommand"
    ]
    words = ["/bin/sh", "-c", ours] if isinstance(ours, str) else ours
    (tmp_path / "state").mkdir()
    folder = tmp_path / "project"
    folder.mkdir()
    nothing = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    with subprocess.Popen(
        words, cwd=folder, env=nothing, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        if printed is None:
            assert running.stdout.readline() == "y\n"
            running.kill()
        else:
            assert running.stdout.read() == printed.format(folder=folder)
            assert running.wait() == code


def test_what_somebody_wrote_behind_it_stays_when_it_goes() -> None:
    whole = put('{\n  "image": "a"\n}\n').replace(
        "\n  }\n}", '\n  },\n  "remoteUser": "me" // mine\n}'
    )
    assert taken(whole) == '{\n  "image": "a",\n  "remoteUser": "me" // mine\n}\n'


@pytest.mark.parametrize(
    "command", ['"npm start"', '["codespace-tracker", "ensure"]', '"sh setup.sh"', "null"]
)
@pytest.mark.parametrize("more", ["", ', "project": "npm start"'])
def test_what_bears_our_name_and_is_not_our_command_is_left_alone(command: str, more: str) -> None:
    whole = f'{{\n "postStartCommand": {{"codespace-tracker": {command}{more}}}\n}}'
    text, _ = devcontainer.read(whole, "devcontainer.json")
    assert text is not None
    assert not devcontainer.has(text)
    assert taken(whole) == whole
    assert (
        "line 2, column 44: postStartCommand.codespace-tracker: this name is codespace-tracker's, "
        "but the command" in str(devcontainer.not_ours(text, "devcontainer.json"))
    )


def test_a_line_that_somebody_pasted_as_the_command_is_left_alone() -> None:
    whole = json.dumps({"postStartCommand": LINE})
    assert put(whole) == whole


def test_the_file_for_a_project_that_has_none_has_our_line() -> None:
    assert value(devcontainer.new_file(LINE))["postStartCommand"] == {"codespace-tracker": LINE}
    assert put(devcontainer.new_file(LINE)) == devcontainer.new_file(LINE)


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        (
            '{\n'
            '  "image" "a"\n'
            '}', "devcontainer.json, line 2, column 11: this is not JSON: a colon is missing"),
        (
            '{\n'
            '  "image": "a" /* note\n'
            '}', "line 2, column 16: the comment that begins here does not end"),
        ('{\n  "image": "a",,\n}', "line 3, column 1: this is not JSON: there is a comma"),
        ('{,}', "line 1, column 2: this is not JSON"),
        ('{"a": [ ,]}', "line 1, column 9: this is not JSON"),
        ('[\n]', "line 1, column 1: this is no object"),
        ('{} {}', "line 1, column 4: this is not JSON: the file should end here. Fix: write it as"),
        (
            '// c\n'
            '{"postStartCommand": 5}', "line 2, column 22: postStartCommand: this is no command"),
        (
            '{"postStartCommand": "a",\n'
            ' "postStartCommand": "b"}', "line 2, column 2: postStartCommand: it is here"),
    ],
)  # fmt: skip
def test_a_broken_file_is_told_with_its_place(whole: str, said: str) -> None:
    text, problem = devcontainer.read(whole, "devcontainer.json")
    assert text is None
    assert said in str(problem)
    assert "triggers" not in str(problem)


SPACE = st.sampled_from(["", " ", "\n", "\n  ", " // c, {\n", "/* } , */", "\t"])
VALUES = st.recursive(
    st.sampled_from(["1", '"a, // b"', "null", '"\\""']),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda one: f"[{','.join(one)}]"),
        st.dictionaries(st.sampled_from(["x", "y", "/*"]), inner, max_size=3).map(
            lambda one: (
                "{" + ",".join(f"{json.dumps(key)}:{found}" for key, found in one.items()) + "}"
            )
        ),
    ),
    max_leaves=5,
)
COMMANDS = st.sampled_from(
    ['"npm start"', '["a", "b"]', '{"one": "a",}', '{"one": "a", "two": ["b"]}']
)


@st.composite
def files(draw: st.DrawFn) -> str:
    """A devcontainer.json as nobody would lay it out."""
    fields = {
        name: draw(VALUES) for name in draw(st.lists(st.sampled_from(["a", "b", "c"]), unique=True))
    }
    if draw(st.booleans()):
        fields["postStartCommand"] = draw(COMMANDS)
    listed = list(fields.items())
    written = ",".join(
        f"{draw(SPACE)}{json.dumps(name)}{draw(SPACE)}:{draw(SPACE)}{one}{draw(SPACE)}"
        for name, one in listed
    )
    with_comma = draw(st.booleans())
    comma = "," if listed and with_comma else ""
    return f"{draw(SPACE)}{{{written}{comma}{draw(SPACE)}}}{draw(SPACE)}"


@given(files())
def test_however_a_file_is_laid_out_the_rest_keeps_its_meaning_and_its_comments(whole: str) -> None:
    before, after = value(whole), put(whole)
    assert value(after) == {
        **before,
        "postStartCommand": with_ours(before.get("postStartCommand", {})),
    }
    assert put(after) == after
    assert value(taken(after)) == before
    for comment in ("// c, {", "/* } , */"):
        assert after.count(comment) == whole.count(comment) == taken(after).count(comment)
