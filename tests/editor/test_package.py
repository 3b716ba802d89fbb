"""What the program installs into editors is built from the source beside it."""

import subprocess
from pathlib import Path

from codespace_tracker.install.vsix import CONTENT


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_program_has_the_extension_as_its_source_is_now(content: Path) -> None:
    """If this fails: `npm run package` in editor/vscode, and commit what it writes."""
    built, kept = files(content), files(Path(CONTENT))
    assert sorted(built) == sorted(kept)
    assert [name for name in built if built[name] != kept[name]] == []


def test_the_same_source_is_built_into_the_same_files(build: Path, content: Path) -> None:
    before = files(content)
    again = build / "again"
    subprocess.run(["npm", "run", "--silent", "build"], cwd=build, check=True, timeout=300)
    subprocess.run(["node", "pack.mjs", str(again)], cwd=build, check=True, timeout=60)
    assert files(again) == before
