"""The extension finds the state directory that the command finds."""

import itertools
import json
import os
import subprocess
from pathlib import Path

from codespace_tracker.machine import directory, environment

_LOCATE = """
const { locate } = require(process.argv[1]);
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map(({ setting, ...here }) =>
  locate(setting, { ...here, uid: process.getuid() }))));
"""

SETTINGS = ("", "/set/", "~/set", "/set/../other//x")
VARIABLES = (None, "", "/by variable", "~/variable", "~")
RECORDS = (None, "{root}/home/recorded\n", "{root}/gone/x\n", "relative\n", "/a\n/b\n", "~/mine\n")
FOR_ALL = (None, "~/all\n", "{root}/home/all", "//home/../{root}/home/all\n")
SHARED = (None, '{"CODESPACE_NAME": "fuzzy"}', "[1, null]", '[{"name": "CODESPACE_NAME"}]')
MARKS: tuple[dict[str, str], ...] = ({}, {"CODESPACES": "true"}, {"CODESPACES": "false"})


def write(path: Path, text: str | None, root: Path) -> None:
    if text is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{root}", str(root)))


def test_in_every_situation_both_find_the_same_directory(build: Path, tmp_path: Path) -> None:
    cases, expected = [], []
    machines = itertools.product(RECORDS, FOR_ALL, SHARED, (False, True))
    for n, (record, for_all, shared, has_xdg) in enumerate(machines):
        root = tmp_path / str(n)
        home = root / "home"
        home.mkdir(parents=True)
        configuration = root / "xdg" if has_xdg else home / ".config"
        write(configuration / "codespace-tracker/directory", record, root)
        write(root / "etc/codespace-tracker/directory", for_all, root)
        write(root / "workspaces/.codespaces/shared/environment-variables.json", shared, root)
        for setting, variable, mark in itertools.product(SETTINGS, VARIABLES, MARKS):
            environ = {"HOME": str(home), **mark}
            if has_xdg:
                environ["XDG_CONFIG_HOME"] = str(configuration)
            if variable is not None:
                environ["CODESPACE_TRACKER_DIR"] = variable
            cases.append(
                {
                    "setting": setting,
                    "environment": environ,
                    "home": str(home),
                    "root": str(root),
                }
            )
            is_codespace = environment.detect(environ, str(root)).kind == environment.CODESPACE
            expected.append(directory.locate(setting, environ, is_codespace, str(root)).path)
    done = subprocess.run(
        ["node", "-e", _LOCATE, str(build / "out/locate.js")],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={"PATH": os.environ["PATH"]},
    )
    found = json.loads(done.stdout)
    assert len(found) == len(expected) > 10_000
    differing = [
        (case, one, other)
        for case, one, other in zip(cases, found, expected, strict=True)
        if one != other
    ]
    assert differing == []
