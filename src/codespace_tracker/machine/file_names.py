"""The names of what lies in the state directory, in one place.

What belongs to one module alone, such as a lock, is named there; `install/our_files.py` lists all.
"""

LEDGER = "ledger.db"
CONFIG = "config.toml"
TRIGGERS = "trigger_config.json"
SCHEMA = "trigger_config.schema.json"

# What `sync` keeps:

SYNC = "sync.json"
"""The meeting place, the commits that were made here, and which streams count."""
SYNC_LOCK = "sync.lock"
FLEET = "fleet.db"
"""The streams of other codespaces and their sums; made again from the meeting place."""
GITHUB_LIST = "github_codespaces.json"
"""GitHub's list of the user's codespaces, as it came last."""
MEETING = "meeting.git"
"""A folder: the bare repository by which streams come and go. `sync setup` makes it."""

FLAGS = "flags"
RUNS = "runs"
BACKUPS = "backups"
REPORTERS = "reporters"
FOLDERS = (FLAGS, RUNS, BACKUPS, REPORTERS)
"""The folders that `prepare` makes."""

# What the daemon draws:

FIRST_START = "first_start.json"
CURRENT_SESSION = "current_session.json"
MINUTE_RUNTIME = "minute_runtime.json"
TOTAL_RUNTIME = "total_runtime.json"
SESSION_LOGS = "session_logs.json"
STATUS = "status.json"
PROMPT = "prompt.txt"
NOTICE = "notice.txt"
"""The current notices, each on a line after the second (UTC) at which it expires; none: no file."""
PAGE = "page.html"
"""All figures for a browser, as `page` wrote them last."""
PAGE_LINK = "page_link.html"
"""While `page --serve --open` runs: leads a browser to the page."""
EDITOR_OFFERED = "editor_offered"
"""Empty. The shell hook has said that there is an extension for editors, and does not again."""
METRICS = "metrics.prom"
"""For Prometheus; only written if the setting `metrics` asks for it."""
DRAWN = (FIRST_START, CURRENT_SESSION, MINUTE_RUNTIME, TOTAL_RUNTIME, SESSION_LOGS, STATUS, PROMPT)
