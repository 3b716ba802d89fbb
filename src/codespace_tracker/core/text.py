"""Texts that others wrote, made fit to be shown: they work no terminal, and have an end."""


def showable(text: str, limit: int) -> str:
    """The text in at most `limit` characters (… where it was cut), with all that is not printable
    made visible."""
    shown = visible(text[:limit])
    return shown if len(shown) <= limit and len(text) <= limit else f"{shown[: limit - 1]}…"


def visible(text: str, but: str = "") -> str:
    """The text with all that is not printable made visible, but for the characters in `but`."""
    return "".join(char if char in but else _visible(char) for char in text)


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    number = ord(char)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


_PLAIN = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"  # as in shlex
)


def quoted(text: str) -> str:
    """The text as one word for a shell: what `shlex.quote` gives, which needs `re`."""
    if text and _PLAIN.issuperset(text):
        return text
    return "'" + text.replace("'", "'\"'\"'") + "'"
