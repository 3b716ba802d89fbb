"""What people are called who did not choose to be shown by name."""

from __future__ import annotations

import secrets

_HOW = (
    *("amber", "brisk", "calm", "clever", "coral", "eager", "early", "fair", "gentle", "golden"),
    *("happy", "hazel", "ivory", "jolly", "keen", "kind", "lively", "lucky", "mellow", "merry"),
    *(
        "nimble",
        "olive",
        "patient",
        "plain",
        "quick",
        "quiet",
        "ready",
        "rustic",
        "silver",
        "sunny",
    ),
)
_WHAT = (
    *("badger", "beaver", "bison", "crane", "curlew", "deer", "dove", "falcon", "finch", "fox"),
    *("hare", "heron", "ibis", "jay", "kestrel", "lark", "lynx", "marten", "moose", "otter"),
    *("owl", "panda", "puffin", "raven", "robin", "seal", "sparrow", "stork", "swan", "wren"),
)


def pseudonym(number: str = "") -> str:
    """Two random words, and a number where those are not enough."""
    words = f"{secrets.choice(_HOW)}-{secrets.choice(_WHAT)}"
    return f"{words}-{number}" if number else words
