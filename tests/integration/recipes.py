"""The recipes of docs/recipes.md, read from the page itself, and a place in which their scripts
really run."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from codespace_tracker.config.triggers import triggers_from
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.runs import run_files
from codespace_tracker.runs.order import Order
from codespace_tracker.runs.run_files import Outcome
from codespace_tracker.runs.start import start

PAGE = Path(__file__).parents[2] / "docs/recipes.md"
REFERENCE = PAGE.with_name("triggers.md")
QUOTA_CORE_US = 120 * HOUR_US


class Recipe(NamedTuple):
    """A section of the page: its triggers as written, the commands that add one, and its scripts by
    name."""

    title: str
    triggers: list[dict[str, Any]]
    commands: list[str]
    scripts: dict[str, str]


def _recipe(section: str) -> Recipe:
    found = Recipe(section.partition("\n")[0], [], [], {})
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL):
        if language == "json":
            content = json.loads(text)
            found.triggers.extend(content if isinstance(content, list) else [content])
        elif text.startswith("#!/bin/sh\n"):
            found.scripts[text.split("\n")[1].removeprefix("# ").partition(":")[0]] = text
        else:
            found.commands.extend(text.splitlines())
    return found


RECIPES = [_recipe(section) for section in PAGE.read_text().split("\n## ")[1:]]
TRIGGERS = {entry["label"]: entry for recipe in RECIPES for entry in recipe.triggers}
"""The triggers of all recipes as the page has them, by label."""


EXAMPLES = {
    entry["label"]: entry
    for entry in map(
        json.loads,
        re.findall(r"^```json\n(.*?)^```$", REFERENCE.read_text(), re.MULTILINE | re.DOTALL),
    )
}
"""The triggers of docs/triggers.md, by label."""


def checked(*entries: dict[str, Any]) -> list[Trigger]:
    """The triggers as the tracker takes them; fails with what it says is wrong."""
    triggers, problems = triggers_from(json.dumps(entries), QUOTA_CORE_US)
    assert triggers is not None, [str(problem) for problem in problems]
    return triggers


class Bench:
    """A state directory with the page's scripts, a workspace, and a folder of programs that comes
    first on PATH."""

    def __init__(self, folder: Path) -> None:
        self.directory = folder / "state dir"
        self.workspace = folder / "workspaces" / "project"
        self.programs = folder / "programs"
        self.home = folder / "home"
        for made in (self.workspace, self.programs, self.home):
            made.mkdir(parents=True)
        prepare(str(self.directory))
        for recipe in RECIPES:
            for name, text in recipe.scripts.items():
                (self.directory / name).write_text(text)
        self._count = 0

    def environment(self, **more: str) -> dict[str, str]:
        """The variables of a script: a codespace's, unless `more` says otherwise."""
        path = f"{self.programs}:{os.environ['PATH']}"
        named = {
            "CODESPACE_NAME": "fuzzy-train",
            "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "app.github.dev",
        }
        return {"PATH": path, "HOME": str(self.home), **named, **more}

    def program(self, name: str, text: str) -> Path:
        """Put a program of this name on PATH; the file to which it writes each call's arguments."""
        calls = self.programs / f"{name}.calls"
        calls.touch()
        (self.programs / name).write_text(f'#!/bin/sh\necho "$*" >>"{calls}"\n{text}')
        (self.programs / name).chmod(0o755)
        return calls

    def run(self, label: str, **variables: str) -> Outcome:
        """Run the script of a trigger on a page as the daemon does, to its end; how it ended."""
        [trigger] = checked({**EXAMPLES, **TRIGGERS}[label])
        self._count += 1
        self.name = f"20261124T0000{self._count:02}.recipe.1"
        script = trigger.script._replace(
            env=tuple({**self.environment(), **dict(trigger.script.env), **variables}.items())
        )
        told = {
            "LABEL": label,
            "TOTAL_HOURS": "24.00",
            "SESSION_ID": "one",
            "DIR": str(self.directory),
        }
        order = Order(
            directory=str(self.directory),
            name=self.name,
            script=script,
            variables=tuple((f"CODESPACE_TRACKER_{key}", value) for key, value in told.items()),
            output_limit=1_000_000,
            workspace=str(self.workspace),
        )
        os.waitpid(start(order, run_files.take_lock(order.directory, order.name)), 0)
        outcome = run_files.read_outcome(order.directory, order.name)
        assert outcome is not None
        return outcome

    @property
    def log(self) -> str:
        """What the last run printed."""
        return Path(run_files.log_path(str(self.directory), self.name)).read_text()

    def git(self, *words: str, at: Path | None = None) -> str:
        """What git prints, in the workspace or another folder."""
        done = subprocess.run(
            ["git", *words],
            cwd=at or self.workspace,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout
