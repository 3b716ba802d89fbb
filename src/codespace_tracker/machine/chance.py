"""Unique names. The module `uuid` makes them too, but would cost the daemon a third of a
megabyte."""

import os


def new_id() -> str:
    """A random UUID (version 4)."""
    octets = bytearray(os.urandom(16))
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
