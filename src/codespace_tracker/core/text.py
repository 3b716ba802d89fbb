"""Texts that others wrote, made fit to be shown: they work no terminal, and have an end."""


def showable(text: str, limit: int) -> str:
    """The text in at most `limit` characters (… where it was cut), with all that is not printable
    made visible."""
    shown = "".join(map(_visible, text[:limit]))
    return shown if len(shown) <= limit and len(text) <= limit else f"{shown[: limit - 1]}…"


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    number = ord(char)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
