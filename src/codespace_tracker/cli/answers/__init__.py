"""What commands print that are asked for often, one module each: for their file in `commands/`, and
for `frame.py`, which asks with plain arguments and without click.

Each has `answer(dir_, flag)`: `--dir` and the command's own flag. It prints, and returns the exit
code, or None if more is asked than can be answered here: then click calls the command."""
