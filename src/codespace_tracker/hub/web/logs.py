"""The log of a hub: a JSON object on each line. Secrets, bodies and addresses of people are not in
it."""

from __future__ import annotations

import json
import logging
import sqlite3
import sys
import time
import traceback

log = logging.getLogger("codespace_tracker.hub")

_FIELDS = ("why", "address")
"""What a line may tell beside its message."""


class JsonLines(logging.Formatter):
    """Makes a line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        content = {
            "at": f"{at}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        for name in _FIELDS:
            if hasattr(record, name):
                content[name] = str(getattr(record, name))
        if record.exc_info and record.exc_info[1] is not None:
            content["trace"] = _trace(record.exc_info[1])
        return json.dumps(content, ensure_ascii=False)


_TELLS_NO_VALUES = (sqlite3.Error, OSError)


def _trace(error: BaseException) -> str:
    """Where an error came from, and after what. The text of most errors is left out: PostgreSQL's
    may have the values of a row in it, such as a person's name."""
    parts: list[str] = []
    at: BaseException | None = error
    while at is not None:
        kind, state = type(at), getattr(at, "sqlstate", None)
        name = f"{kind.__module__}.{kind.__qualname__}" + (f" ({state})" if state else "")
        text = f": {at}" if isinstance(at, _TELLS_NO_VALUES) else ""
        parts = [*traceback.format_tb(at.__traceback__), f"{name}{text}\n", *parts]
        at = at.__cause__ or at.__context__
    return "".join(parts)


def set_up() -> None:
    """Write the log of this process to its standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "psycopg"):
        logging.getLogger(name).setLevel(logging.WARNING)
