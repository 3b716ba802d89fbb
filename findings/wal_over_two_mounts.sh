#!/bin/sh
# SQLite in WAL mode on one folder that is mounted twice by bindfs 1.14.7: both write, one's rows vanish, all says "ok".
#
# bindfs (FUSE) passes no locks down, and each mount has a page cache of its own, so the `-shm` file is not shared. Yet
# `PRAGMA journal_mode=WAL` answers `wal` on both mounts, every INSERT succeeds without "database is locked", each
# writer reads back its own rows alone, and in the end one writer's rows are there, the other's are gone, and
# `PRAGMA integrity_check` says ok. So neither the answer `wal` nor integrity_check tells that a file system is fit.
#
# Needs: root, /dev/fuse, libfuse3 (Debian 12), python3, network. The package bindfs 1.14.7-1 is unpacked, not
# installed. Seen with SQLite 3.40.1.
set -eu
folder=$(mktemp -d)
clean() {
    umount "$folder/a" "$folder/b" 2>/dev/null || :
    rm -rf "$folder/real" "$folder/program"
    rmdir "$folder/a" "$folder/b" "$folder"
}
trap clean EXIT
cd "$folder"
mkdir real a b program
(cd program && apt-get download -q bindfs=1.14.7-1 >/dev/null 2>&1 && dpkg -x bindfs_*.deb .)
program/usr/bin/bindfs --version
program/usr/bin/bindfs real a
program/usr/bin/bindfs real b
cat >program/writer.py <<'PYTHON'
import sqlite3
import sys

ledger = sqlite3.connect(f"{sys.argv[1]}/rows.db", isolation_level=None, timeout=1)
mode = ledger.execute("PRAGMA journal_mode=WAL").fetchone()[0]
ledger.execute("CREATE TABLE IF NOT EXISTS seen (writer)")
print(mode, flush=True)
for word in sys.stdin:
    ledger.execute("INSERT INTO seen VALUES (?)", (word.strip(),))
    print(*(name for (name,) in ledger.execute("SELECT writer FROM seen")), flush=True)
PYTHON
cat >program/both.py <<'PYTHON'
import sqlite3
import subprocess
import sys


def asked(writer, word=None):
    if word is not None:
        writer.stdin.write(f"{word}\n")
        writer.stdin.flush()
    return writer.stdout.readline().strip()


command, pipe = [sys.executable, "program/writer.py"], subprocess.PIPE
writers = {}
for name in "ab":
    writers[name] = subprocess.Popen([*command, name], stdin=pipe, stdout=pipe, text=True)
    print(f"SQLite {sqlite3.sqlite_version}, mount {name}: journal_mode {asked(writers[name])}")
for n in range(3):
    for name, writer in writers.items():
        print(f"{name} writes, and reads: {asked(writer, f'{name}{n}')}")
for writer in writers.values():
    writer.stdin.close()
ends = [writer.wait() for writer in writers.values()]
ledger = sqlite3.connect("real/rows.db")
rows = [name for (name,) in ledger.execute("SELECT writer FROM seen")]
verdict = ledger.execute("PRAGMA integrity_check").fetchone()[0]
print(f"6 rows were written; there are {len(rows)} ({' '.join(rows)}); integrity_check: {verdict}")
sys.exit(not (ends == [0, 0] and 0 < len(rows) < 6 and verdict == "ok"))
PYTHON
if python3 program/both.py; then
    echo "as seen: rows are gone, and nothing says so"
else
    echo "CHANGED: this is not what was seen" >&2
    exit 1
fi
