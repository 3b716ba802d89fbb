"""The kinds of an outlook, as a type. Only type checkers and tests import it, since `typing` takes
long to import."""

from typing import Literal

Kind = Literal[
    "running",
    "disabled",
    "queued",
    "retry",
    "held",
    "fired",
    "fired_with",
    "imported",
    "failed",
    "event",
    "idle",
    "no_quota",
    "never",
    "not_started",
    "due",
]
"""`retry`, `due` and `idle` come in `in_us`; `running` and `queued` are under way; `fired`,
`fired_with`, `imported` and `failed` are over in the present scope; `held` is by a user's flag;
`not_started` is due, but no tracker runs; `no_quota` and `never` are not to be expected."""
