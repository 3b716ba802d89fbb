"""The JSON that people and programs get, as types: one for each answer of a command and each
runtime file.

Type checkers check the functions that make the JSON against these types, and
`python -m tests.json_schemas` makes the schemas in docs/json from them: a docstring becomes the
description of its key. The program itself never imports this package.

A moment is text in ISO 8601, to the millisecond and with its offset from UTC. Keys that end in
`_us` are lengths of time in µs; numbers in keys that end in `_at` are µs since 1970 in UTC.
"""
