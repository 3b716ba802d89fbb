"""Shell completion of trigger names. Reads only the configuration kept in the ledger."""

import json
import re

from codespace_tracker.views.scene import open_ledger

_PLAIN = re.compile(r"[\w.%+=@-]+")
_MOST = 200


def names(directory: str, incomplete: str) -> list[tuple[str, str]]:
    """The names that begin with `incomplete`, ignoring case, each with its label as help.

    A name is the label if it needs no quotes, or else the flag; a trigger with neither is left out.
    Raises LedgerError, ValueError.
    """
    with open_ledger(directory) as ledger:
        stored = ledger.stored_configuration()
    start, matches = incomplete.casefold(), []
    for label, flag, *_ in (
        json.loads(stored.configuration)["triggers"] if stored is not None else ()
    ):
        if label.casefold().startswith(start) or flag.casefold().startswith(start):
            plain = [
                name
                for name in (label, flag)
                if _PLAIN.fullmatch(name) and not name.startswith("-")
            ]
            matches += [(plain[0], label)] if plain else []
    return list(dict.fromkeys(matches))[:_MOST]
