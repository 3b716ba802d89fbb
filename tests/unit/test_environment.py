"""What kind of environment this is: every marker, their order, and what a damaged shared file must
not do."""

import json
import os
import subprocess
import sys
from functools import reduce
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codespace_tracker.machine.environment import KINDS, Environment, detect, life_kind, stronger

NORMAL_LOGIN = {
    "CODESPACES": "true",
    "CODESPACE_NAME": "fluffy-train",
    "GITHUB_USER": "monalisa",
    "GITHUB_REPOSITORY": "octo-org/octo-repo",
    "GITHUB_TOKEN": "ghu_secret",
}
CODESPACE = Environment(
    "codespaces", "fluffy-train", "monalisa", "octo-org/octo-repo", prebuild=False
)

MARKERS = (  # in the order of the table; each variable alone is enough
    ("CODESPACES", "true", "codespaces"),
    ("GITPOD_ENVIRONMENT_ID", "0199-abc", "ona"),
    ("GITPOD_WORKSPACE_ID", "octo-repo-x1", "gitpod"),
    ("CODER", "true", "coder"),
    ("CODER_WORKSPACE_NAME", "dev", "coder"),
    ("CODER_WORKSPACE_OWNER_NAME", "monalisa", "coder"),
    ("DEVPOD", "true", "devpod"),
    ("DEVPOD_WORKSPACE_ID", "octo-repo", "devpod"),
    ("DAYTONA_WS_ID", "ws-1", "daytona"),
    ("DAYTONA_SANDBOX_ID", "sb-1", "daytona"),
    ("JUPYTERHUB_USER", "monalisa", "jupyterhub"),
    ("JUPYTERHUB_SERVER_NAME", "gpu", "jupyterhub"),
    ("REMOTE_CONTAINERS", "true", "container"),
)


def share(root: Path, content: object) -> Path:
    """Put the codespace's shared file under `root`: bytes as they are, anything else as JSON."""
    path = root / "workspaces/.codespaces/shared/environment-variables.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def touch(root: Path, name: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).touch()


def test_the_kinds_stand_in_the_order_of_the_table() -> None:
    assert KINDS == (
        "codespaces",
        "ona",
        "gitpod",
        "coder",
        "devpod",
        "daytona",
        "jupyterhub",
        "container",
        "host",
    )


@pytest.mark.parametrize(("variable", "value", "kind"), MARKERS)
def test_each_marker_alone_tells_its_kind(
    tmp_path: Path, variable: str, value: str, kind: str
) -> None:
    assert detect({variable: value}, str(tmp_path)).kind == kind


@pytest.mark.parametrize(("first", "second"), [*combinations(MARKERS, 2)])
def test_the_earlier_of_two_markers_wins_in_a_container(
    tmp_path: Path, first: tuple[str, str, str], second: tuple[str, str, str]
) -> None:
    touch(tmp_path, ".dockerenv")
    environ = {second[0]: second[1], first[0]: first[1]}
    assert detect(environ, str(tmp_path)).kind == first[2]


@pytest.mark.parametrize("name", [".dockerenv", "run/.containerenv"])
def test_the_file_of_docker_or_podman_tells_a_container(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name)
    assert detect({}, str(tmp_path)) == Environment("container", "", "", "", prebuild=False)


def test_without_any_marker_it_is_a_host(tmp_path: Path) -> None:
    # A name alone is no marker: people set GITHUB_USER at home.
    environ = {
        "CODESPACE_NAME": "fluffy-train",
        "GITHUB_USER": "monalisa",
        "GITHUB_REPOSITORY": "octo-org/octo-repo",
    }
    assert detect(environ, str(tmp_path)) == Environment("host", "", "", "", prebuild=False)


@pytest.mark.parametrize(("variable", "kind"), [(variable, kind) for variable, _, kind in MARKERS])
def test_an_empty_variable_is_no_marker(tmp_path: Path, variable: str, kind: str) -> None:
    assert detect({variable: ""}, str(tmp_path)).kind == "host"


@pytest.mark.parametrize("variable", ["CODESPACES", "CODER", "DEVPOD"])
def test_a_marker_that_says_false_is_none(tmp_path: Path, variable: str) -> None:
    assert detect({variable: "false"}, str(tmp_path)).kind == "host"


@pytest.mark.parametrize(
    ("environ", "name", "user"),
    [
        ({"GITPOD_ENVIRONMENT_ID": "0199-abc"}, "0199-abc", ""),
        ({"GITPOD_WORKSPACE_ID": "octo-repo-x1"}, "octo-repo-x1", ""),
        (
            {"CODER_WORKSPACE_NAME": "dev", "CODER_WORKSPACE_OWNER_NAME": "monalisa"},
            "dev",
            "monalisa",
        ),
        ({"DEVPOD": "true", "DEVPOD_WORKSPACE_ID": "octo-repo"}, "octo-repo", ""),
        ({"DAYTONA_SANDBOX_ID": "sb-1"}, "sb-1", ""),
        ({"DAYTONA_WS_ID": "ws-1", "DAYTONA_SANDBOX_ID": "sb-1"}, "ws-1", ""),
        ({"JUPYTERHUB_USER": "monalisa", "JUPYTERHUB_SERVER_NAME": ""}, "", "monalisa"),
        ({"JUPYTERHUB_USER": "monalisa", "JUPYTERHUB_SERVER_NAME": "gpu"}, "gpu", "monalisa"),
    ],
)
def test_a_workspace_is_named_by_its_own_variables(
    tmp_path: Path, environ: dict[str, str], name: str, user: str
) -> None:
    found = detect(environ, str(tmp_path))
    assert (found.name, found.user) == (name, user)


def test_a_normal_login_to_a_codespace_tells_name_user_and_repository(tmp_path: Path) -> None:
    assert detect(NORMAL_LOGIN, str(tmp_path)) == CODESPACE


@pytest.mark.parametrize(
    "shared",
    [
        NORMAL_LOGIN,
        [NORMAL_LOGIN],
        [{name: value} for name, value in NORMAL_LOGIN.items()],
        [{"name": name, "value": value} for name, value in NORMAL_LOGIN.items()],
        {**NORMAL_LOGIN, "VERSION": 3, "SECRETS": None, "LIST": [{}]},
        b"\xef\xbb\xbf" + json.dumps(NORMAL_LOGIN).encode(),
    ],
    ids=[
        "object",
        "object in a list",
        "one name each",
        "name and value",
        "more than strings",
        "byte order mark",
    ],
)
def test_a_login_by_ssh_finds_the_same_codespace_as_the_normal_one_before_it(
    tmp_path: Path, shared: Any
) -> None:
    share(tmp_path, shared)
    touch(tmp_path, ".dockerenv")
    before, later = detect(NORMAL_LOGIN, str(tmp_path)), detect({"HOME": "/root"}, str(tmp_path))
    assert before == later == CODESPACE


def test_a_login_by_ssh_without_a_shared_file_does_not_change_the_kind_that_was_kept(
    tmp_path: Path,
) -> None:
    touch(tmp_path, ".dockerenv")
    before, later = detect(NORMAL_LOGIN, str(tmp_path)), detect({}, str(tmp_path))
    assert stronger(before.kind, later.kind) == "codespaces"


def test_the_shared_file_fills_only_what_the_variables_lack(tmp_path: Path) -> None:
    share(tmp_path, NORMAL_LOGIN)
    found = detect(
        {"CODESPACES": "true", "CODESPACE_NAME": "other-name", "GITHUB_USER": ""}, str(tmp_path)
    )
    assert found == CODESPACE._replace(name="other-name")


def test_a_shared_file_is_a_stronger_marker_than_other_variables(tmp_path: Path) -> None:
    share(tmp_path, NORMAL_LOGIN)
    assert (
        detect({"DEVPOD": "true", "DEVPOD_WORKSPACE_ID": "octo-repo"}, str(tmp_path)) == CODESPACE
    )


def test_a_shared_file_that_names_no_codespace_is_no_marker(tmp_path: Path) -> None:
    share(tmp_path, {"GITHUB_USER": "monalisa", "CODESPACES": "true"})
    assert detect({}, str(tmp_path)).kind == "host"


def test_no_token_is_kept_from_the_variables_or_the_file(tmp_path: Path) -> None:
    share(tmp_path, {**NORMAL_LOGIN, "ACTION_NAME": "resume"})
    for environ in ({}, NORMAL_LOGIN):
        assert "ghu_secret" not in repr(detect(environ, str(tmp_path)))


@pytest.mark.parametrize("value", ["\udcff\udcfe", "a\x1b]0;title\x07", "a\nb", "a" * 257])
def test_a_name_that_could_not_be_stored_or_shown_counts_as_missing(
    tmp_path: Path, value: str
) -> None:
    share(tmp_path, {"CODESPACE_NAME": "fluffy-train", "GITHUB_USER": value})
    found = detect(
        {"CODESPACES": "true", "CODESPACE_NAME": value, "GITHUB_USER": value}, str(tmp_path)
    )
    assert found == Environment("codespaces", "fluffy-train", "", "", prebuild=False)


@pytest.mark.parametrize(
    ("environ", "prebuild"),
    [
        ({"CODESPACES": "true", "CLOUDENV_ENVIRONMENT_ID": "null"}, True),
        ({"CODESPACES": "true", "CLOUDENV_ENVIRONMENT_ID": "3fa8-11"}, False),
        ({"CODESPACES": "true", "CLOUDENV_ENVIRONMENT_ID": ""}, False),
        ({"CODESPACES": "true"}, False),
        ({"CODER": "true", "CLOUDENV_ENVIRONMENT_ID": "null"}, False),
        ({"CLOUDENV_ENVIRONMENT_ID": "null"}, False),
    ],
)
def test_only_a_codespace_without_an_id_is_a_prebuild(
    tmp_path: Path, environ: dict[str, str], prebuild: bool
) -> None:
    assert detect(environ, str(tmp_path)).prebuild is prebuild


RUBBISH = {
    "empty": b"",
    "cut off": b'{"CODESPACE_NAME": "fluffy',
    "a text": b'"CODESPACE_NAME"',
    "a number": b"7",
    "null": b"null",
    "nested too deep": b"[" * 500_000,
    "a number of a megabyte": b"9" * ((1 << 20) - 1),
    "a name that is no text": b'{"CODESPACE_NAME": {"a": 1}}',
    "an empty name": b'{"CODESPACE_NAME": ""}',
    "half a character": b'{"CODESPACE_NAME": "\\ud800"}',
    "oversized": b'{"CODESPACE_NAME": "fluffy-train"}' + b" " * (1 << 20),
}


@pytest.mark.parametrize("content", RUBBISH.values(), ids=RUBBISH.keys())
def test_a_rubbish_shared_file_is_as_none(tmp_path: Path, content: bytes) -> None:
    share(tmp_path, content)
    assert detect({}, str(tmp_path)).kind == "host"
    assert detect(NORMAL_LOGIN, str(tmp_path)) == CODESPACE


def test_a_shared_file_of_just_the_limit_is_read(tmp_path: Path) -> None:
    text = b'{"CODESPACE_NAME": "fluffy-train"}'
    share(tmp_path, text + b" " * ((1 << 20) - len(text)))
    assert detect({}, str(tmp_path)).name == "fluffy-train"


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nowhere", "device"])
def test_what_is_no_file_in_the_shared_files_place_holds_nothing_up(
    tmp_path: Path, kind: str
) -> None:
    path = share(tmp_path, b"")
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero" if kind == "device" else tmp_path / "nowhere")
    assert detect({}, str(tmp_path)).kind == "host"


@given(content=st.binary())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_bytes_the_shared_file_holds_nothing_is_raised(
    tmp_path: Path, content: bytes
) -> None:
    share(tmp_path, content)
    assert detect(NORMAL_LOGIN, str(tmp_path)) == CODESPACE
    assert detect({}, str(tmp_path)).kind == "host"


TEXTS = st.text(st.characters())  # with lone surrogates
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["CODESPACE_NAME", "GITHUB_USER", "name", "value", "x"]) | TEXTS, inner
        )
    ),
)


@given(content=JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_shared_file_tells_can_be_stored_and_shown(
    tmp_path: Path, content: object
) -> None:
    share(tmp_path, content)
    for told in detect({}, str(tmp_path))[:4]:
        told.encode()
        assert told.isprintable()


def test_the_first_kind_seen_is_kept() -> None:
    assert [stronger(None, kind) for kind in KINDS] == list(KINDS)


@given(seen=st.lists(st.sampled_from(KINDS), min_size=1))
def test_the_strongest_kind_ever_seen_is_kept_in_whatever_order(seen: list[str]) -> None:
    kept = reduce(stronger, seen)
    assert kept == min(seen, key=KINDS.index)


@pytest.mark.parametrize("known", ["", "Codespaces", "zeppelin"])
def test_a_kept_kind_that_nobody_knows_gives_way_to_any(known: str) -> None:
    assert [stronger(known, kind) for kind in KINDS] == list(KINDS)
    assert stronger("host", known) == "host"


def test_each_kind_has_a_kind_of_life(tmp_path: Path) -> None:
    root = str(tmp_path)
    assert [life_kind(kind, root) for kind in KINDS] == ["codespace", *["container"] * 7, "host"]
    assert life_kind("zeppelin", root) == "container"


@pytest.mark.parametrize(
    ("namespace", "hub"), [("pid:[4026531836]", "host"), ("pid:[4026532598]", "container")]
)
def test_a_server_of_a_hub_lives_as_long_as_its_container_or_else_the_machine(
    tmp_path: Path, namespace: str, hub: str
) -> None:
    (tmp_path / "proc/self/ns").mkdir(parents=True)
    (tmp_path / "proc/self/ns/pid").symlink_to(namespace)
    assert life_kind("jupyterhub", str(tmp_path)) == hub
    assert life_kind("container", str(tmp_path)) == "container"
    assert life_kind("host", str(tmp_path)) == "host"


def test_the_module_costs_status_no_heavy_import() -> None:
    sources = {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    code = (
        "import codespace_tracker.machine.directory, codespace_tracker.machine.environment, sys; "
        "print(*sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-S", "-c", code], env=sources, capture_output=True, text=True, check=True
    )
    heavy = {
        "dataclasses",
        "subprocess",
        "pathlib",
        "shutil",
        "socket",
        "pwd",
        "codespace_tracker.core.recovery",
    }
    assert not heavy & set(told.stdout.split())
