"""The words that the core has for things, as types that exist at run time: schemas are made from
these. The core has them as texts, so that `status` need not import `typing`."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from codespace_tracker.core.session import Ending as Ending
    from codespace_tracker.core.trigger import EdgeKind as EdgeKind
    from codespace_tracker.core.trigger import EventName as EventName
    from codespace_tracker.core.trigger import Measure as Measure
    from codespace_tracker.core.trigger import Reason as Reason
    from codespace_tracker.core.trigger import Result as Result
    from codespace_tracker.core.trigger import Scope as Scope
    from codespace_tracker.core.trigger import State as State
else:
    from codespace_tracker.core import session, trigger

    Ending = Literal[session.ENDINGS]
    EdgeKind, EventName, Measure, Reason, Result, Scope, State = (
        eval(trigger.LITERALS[name], {"Literal": Literal}) for name in sorted(trigger.LITERALS)
    )
