"""What a command raises when it cannot do what it was asked."""


class Failure(Exception):
    """An expected failure. The text says what happened, where, and how to fix it."""


def nothing_counted(directory: str) -> Failure:
    """What is said where a session is needed, and the tracker has not yet begun one."""
    return Failure(f"{directory}: nothing was counted yet. Fix: `codespace-tracker start`.")
