"""The rules, without I/O: what a session is, what a start means, how time falls into days.

Nothing here asks a clock, opens a file or knows SQL; everything is a function of the readings it is
given.
"""
