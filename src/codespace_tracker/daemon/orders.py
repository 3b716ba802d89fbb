"""What a run is told: the order that its process works from."""

import re

from codespace_tracker.config.configuration import Configuration
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.core.schedule import Moment
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.ledger.occurrences import Occurrence
from codespace_tracker.machine.chance import new_id
from codespace_tracker.runs.order import Order, output_limit


def order_for(
    occurrence: Occurrence,
    trigger: Trigger,
    moment: Moment,
    configuration: Configuration,
    session_id: str,
    directory: str,
    workspace: str,
) -> Order:
    """The order for the next attempt at an occurrence, under a name of its own that begins with the
    time."""
    attempt = occurrence.attempts + 1
    slug = re.sub(r"[^\w-]+", "_", trigger.flag)[:50]
    stamp = re.sub(r"[-:]", "", UTC.iso(moment.at)[:19])
    return Order(
        directory=directory,
        name=f"{stamp}.{slug}.{attempt}.{new_id()[:8]}",
        script=trigger.script,
        variables=variables_of(
            trigger,
            moment,
            session_id,
            configuration.zone.iso(occurrence.due_at),
            attempt,
            directory,
        ),
        output_limit=output_limit(configuration.settings.output_limit_mib),
        workspace=workspace,
    )


def variables_of(
    trigger: Trigger, moment: Moment, session_id: str, due_at: str, attempt: int, directory: str
) -> tuple[tuple[str, str], ...]:
    """What a script is told in its variables; `due_at` as it reads them."""
    variables = {
        "LABEL": trigger.label,
        "FLAG": trigger.flag,
        "SESSION_ID": session_id,
        "SESSION_MINUTES": str(moment.measures.session // MINUTE_US),
        "TOTAL_HOURS": f"{moment.measures.total / HOUR_US:.2f}",
        "DUE_AT": due_at,
        "ATTEMPT": str(attempt),
        "DIR": directory,
    }
    return tuple((f"CODESPACE_TRACKER_{key}", value) for key, value in variables.items())
