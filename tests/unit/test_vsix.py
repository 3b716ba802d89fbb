"""The package that editors install: what is in it, and that it stays small."""

import io
import json
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from codespace_tracker import __version__
from codespace_tracker.install import vsix

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "editor/vscode"
MOST_BYTES = 60_000
MARKETPLACES = "codespace-tracker"
"""The name that another extension has on the Marketplace, where a name is taken for all
publishers."""


@pytest.fixture(scope="module")
def package() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(vsix.packed()))


def test_the_same_files_make_the_same_small_package() -> None:
    assert vsix.packed() == vsix.packed()
    assert len(vsix.packed()) <= MOST_BYTES


def test_what_stands_beside_the_source_is_in_it_as_it_is(package: zipfile.ZipFile) -> None:
    for name, path in (
        ("package.json", SOURCE / "package.json"),
        ("README.md", SOURCE / "README.md"),
        ("CHANGELOG.md", SOURCE / "CHANGELOG.md"),
        ("trigger_config.schema.json", SOURCE / "trigger_config.schema.json"),
        ("LICENSE.txt", ROOT / "LICENSE"),
    ):
        assert package.read(f"extension/{name}") == path.read_bytes(), "run `npm run package`"


def test_its_id_and_version_are_those_that_the_program_asks_editors_for(
    package: zipfile.ZipFile,
) -> None:
    about = json.loads(package.read("extension/package.json"))
    assert f"{about['publisher']}.{about['name']}" == vsix.ID
    assert about["version"] == __version__
    assert about["name"] != MARKETPLACES
    manifest = ElementTree.fromstring(package.read("extension.vsixmanifest"))
    [identity] = manifest.findall(".//{*}Identity")
    assert f"{identity.get('Publisher')}.{identity.get('Id')}" == vsix.ID
    assert identity.get("Version") == __version__
    assert f"{about['name']}-{__version__}.vsix" == vsix.FILE_NAME


def test_every_file_that_the_manifest_names_is_in_it(package: zipfile.ZipFile) -> None:
    manifest = ElementTree.fromstring(package.read("extension.vsixmanifest"))
    named = {asset.get("Path") for asset in manifest.findall(".//{*}Asset")}
    assert {"extension/package.json", "extension/README.md"} < named < {*package.namelist()}
    assert f"extension/{json.loads(package.read('extension/package.json'))['main'][2:]}" in (
        package.namelist()
    )


def test_every_file_has_a_content_type_and_can_be_read(package: zipfile.ZipFile) -> None:
    types = ElementTree.fromstring(package.read("[Content_Types].xml"))
    known = {one.get("Extension") for one in types}
    names = {*package.namelist()} - {"[Content_Types].xml"}
    assert {Path(name).suffix for name in names} <= known
    assert package.testzip() is None
    assert {one.external_attr >> 16 for one in package.infolist()} == {0o100644}


def test_the_code_that_is_installed_reaches_no_network(package: zipfile.ZipFile) -> None:
    code = {name: package.read(name).decode() for name in package.namelist() if ".js" in name}
    code.pop("extension/package.json")
    asked = {
        name for text in code.values() for name in re.findall(r'require\("([^."][^"]*)"\)', text)
    }
    assert "vscode" in asked
    assert asked.isdisjoint({f"node:{one}" for one in _NETWORK} | {*_NETWORK})
    for name, text in code.items():
        assert not re.search(r"\b(fetch|eval|WebSocket|XMLHttpRequest|import)\s*\(", text), name


_NETWORK = ("http", "https", "http2", "net", "tls", "dgram", "dns", "dns/promises", "undici")
