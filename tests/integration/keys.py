"""What every terminal must do: the keys of a person are seen, and what a program prints is not."""

import time

from tests.integration.real_tracker import StateDirectory, wait_until
from tests.integration.terminal import PseudoTerminal

HEARTBEAT_SECONDS = 60.0
"""How long it may take until the ledger has what was seen."""

STEP_SECONDS = 10
"""Longer than the kernel leaves a terminal's access time as it is."""


def assert_keys_are_seen_and_output_is_not(
    watched: StateDirectory, terminal: PseudoTerminal
) -> None:
    """Type in a bash on a terminal, let it print for longer than a heartbeat, and type again."""

    def newest() -> int:
        found: int = watched.read("SELECT newest_at FROM session ORDER BY number")[-1][0]
        return found

    terminal.until("bash")
    terminal.read(STEP_SECONDS)  # or the first keys would not differ from the terminal's birth
    # what moves the access time within the kernel's step is not to be seen: it prints after that
    terminal.type(
        f"echo be''gin; sleep {STEP_SECONDS}; while :; do echo pri''nted; sleep 1; done\n"
    )
    terminal.until("begin")
    begun = time.time_ns() // 1000
    terminal.until("printed")
    terminal.read(HEARTBEAT_SECONDS + 15)
    first = newest()
    assert 0 < first <= begun, (first, begun)
    # a program that does not read sees no key; the shell does after ^C
    terminal.type("x\x03")
    terminal.type("echo ag''ain\n")
    terminal.until("again")
    wait_until(lambda: newest() > begun, "the keys were seen", 2 * HEARTBEAT_SECONDS)
