"""The package of the editor's extension: a .vsix is a zip of the files in `vsix_content`, which
`npm run package` in editor/vscode writes there."""

import os

from codespace_tracker import __version__

ID = "naksh-07.codespace-tracker-vscode"
"""What editors call the extension."""

FILE_NAME = f"codespace-tracker-vscode-{__version__}.vsix"

CONTENT = os.path.join(os.path.dirname(__file__), "vsix_content")


def packed(folder: str = CONTENT) -> bytes:
    """The package; the same bytes for the same files. Raises OSError."""
    import glob  # these are for this alone, and the shell hook needs the id
    import io
    import stat
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in sorted(glob.glob("**", root_dir=folder, recursive=True)):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                entry = zipfile.ZipInfo(name)  # of 1980: no moment of making
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                with open(path, "rb") as file:
                    archive.writestr(entry, file.read(), zipfile.ZIP_DEFLATED)
    return made.getvalue()
