"""GitHub's usage reports as tests write and import them, and what commands then print."""

from pathlib import Path

from tests.integration.real_tracker import RealTracker

REPORTS = Path(__file__).parents[1] / "unit" / "reports"


HEAD = "date,product,sku,quantity,unit_type,net_amount,username,organization,repository\n"


LONG = "pottery/a-rather-long-repository-name-for-data"


def said(tracker: RealTracker, *words: str) -> str:
    """What a verb says, on one line."""
    return " ".join(tracker.verb(*words, code=None).stdout.split())


def take(tracker: RealTracker, report: str | Path, as_of: str = "2026-11-29T12:00Z") -> str:
    """Import a report: a file, or the lines of one."""
    path = report if isinstance(report, Path) else tracker.directory.parent / "report.csv"
    if isinstance(report, str):
        path.write_text(HEAD + report)
    return said(tracker, "usage", "import", str(path), "--as-of", as_of)


def line(
    day: str, cores: int, hours: float, *, of: str = "", paid: str = "", at: str = "mira/lamp"
) -> str:
    """A line of a report: hours of a machine, or with 0 cores GB-months of storage."""
    sku = (
        f"codespaces_compute_d{cores},{hours},hours"
        if cores
        else f"codespaces_storage,{hours},gigabyte-hours"
    )
    return f"2026-11-{day},codespaces,{sku},0,{of},{paid},{at}\n"


def table(tracker: RealTracker, *words: str) -> dict[str, list[str]]:
    """The rows of a table, by their first word."""
    rows = (row.split() for row in tracker.verb(*words).stdout.splitlines())
    return {row[0]: row[1:] for row in rows if row}
