"""SQLite's module without `functools`: as it is, and `functools` as well."""

import subprocess
import sys
from pathlib import Path

import codespace_tracker

SOURCE = Path(codespace_tracker.__file__).parents[1]
PROGRAM = """
import sys; sys.path.append(sys.argv[1])
from codespace_tracker.ledger.sqlite import sqlite3
assert "functools" not in sys.modules
one = sqlite3.connect(":memory:", cached_statements=2)
one.execute("CREATE TABLE t (n)")
for turn in range(3):
    for n in range(5):
        one.execute(f"INSERT INTO t SELECT {n} + ?", (turn,))
print(one.execute("SELECT count(*), sum(n) FROM t").fetchone())
one.close()
import functools, sqlite3 as whole
assert functools.partial and functools.lru_cache(3)(abs)(-1) == 1
assert whole.Connection is sqlite3.Connection
print(whole.connect(":memory:").execute("SELECT 1").fetchone())
"""


def test_statements_are_kept_without_functools_and_functools_is_whole_afterwards() -> None:
    words = [sys.executable, "-I", "-S", "-c", PROGRAM, str(SOURCE)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("(15, 45)\n(1,)\n", "")
