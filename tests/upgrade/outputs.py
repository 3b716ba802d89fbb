"""Everything that release 0.1.0 prints as JSON, and every file that it draws."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.upgrade.shapes import Shape, shape

VERBS = (
    ("status",),
    ("sessions",),
    ("log", "--limit", "1000"),
    ("quota",),
    ("usage",),
    ("usage", "show"),
    ("triggers",),
    ("triggers", "list", "--all"),
    ("triggers", "check"),
    ("triggers", "explain", "Each session"),
    ("triggers", "explain", "Every ten hours"),
    ("triggers", "explain", "At new year"),
    ("triggers", "simulate", "--hours", "20"),
    ("triggers", "log"),
    ("triggers", "log", "Fails"),
    ("doctor",),
    ("version",),
)
"""Those that have `--json`."""

FORMATS = (
    *(
        ("report", "--format", "json", "--by", by)
        for by in ("day", "week", "month", "session", "repository")
    ),
    ("report", "--format", "json", "--by", "machine"),
    ("export", "--format", "jsonl"),
)

TABLES = (
    ("export", "--format", "csv"),
    ("report", "--format", "csv"),
)
"""Those whose first line names the columns."""

FILES = (
    "first_start.json",
    "current_session.json",
    "minute_runtime.json",
    "total_runtime.json",
    "session_logs.json",
    "status.json",
)

TEXTS = ("prompt.txt", "notice.txt", "metrics.prom")

_SAMPLE = re.compile(r"^(?P<name>\w+)(?:\{(?P<labels>.*)\})? ", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="')


def printed(verb: Callable[..., str]) -> dict[str, Shape]:
    """The shapes of what the verbs print; `verb` calls one and gives its text."""
    found = {" ".join(words): shape([json.loads(verb(*words, "--json"))]) for words in VERBS}
    for words in FORMATS:
        found[" ".join(words)] = shape([json.loads(line) for line in _documents(verb(*words))])
    for words in TABLES:
        columns = verb(*words).splitlines()[0].split(",")
        found[" ".join(words)] = {name: ["string"] for name in columns}
    return found


def _documents(text: str) -> list[str]:
    """JSON lines, or one document."""
    try:
        json.loads(text)
    except ValueError:
        return text.splitlines()
    return [text]


def drawn(directory: Path) -> dict[str, Shape]:
    """The shapes of the runtime files; of metrics the names and their labels."""
    found = {name: shape([json.loads((directory / name).read_bytes())]) for name in FILES}
    metrics: dict[str, Any] = {}
    for sample in _SAMPLE.finditer((directory / "metrics.prom").read_text()):
        metrics[sample["name"]] = dict.fromkeys(_LABEL.findall(sample["labels"] or ""), "")
    found["metrics.prom"] = shape([metrics])
    return found
