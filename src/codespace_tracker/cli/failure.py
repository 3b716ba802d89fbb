"""What a verb raises when it cannot do what it was asked."""


class Failure(Exception):
    """An expected failure. The text says what happened, where, and how to mend it."""
