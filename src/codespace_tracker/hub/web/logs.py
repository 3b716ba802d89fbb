"""The log of a hub: a JSON object on each line. Secrets, bodies and addresses of people are not in
it."""

from __future__ import annotations

import json
import logging
import sys
import time

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
        if record.exc_info:
            content["trace"] = self.formatException(record.exc_info)
        return json.dumps(content, ensure_ascii=False)


def set_up() -> None:
    """Write the log of this process to its standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "psycopg"):
        logging.getLogger(name).setLevel(logging.WARNING)
