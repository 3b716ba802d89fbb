"""The modules of a plain answer in one file, in the order in which they are imported.

Most of what a short command does is to import: for each module Python asks folders, opens and reads
a file, and keeps books about it. So set-up puts what an answer imports into a bundle, in the folder
where Python keeps what it has compiled. `load` takes a module from there on the terms on which
Python takes it from its own files: this version of Python has compiled it, and its source has the
same time and size as then. From the first that is different on, and where there is no bundle,
Python imports them as always.

A bundle begins with the version of what is compiled. A list of parts follows, as `marshal` writes
it.
"""

from __future__ import annotations

import marshal
import os
import sys

# what `importlib` is made of; that itself takes long to import
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ast import Module
    from types import CodeType
    from typing import TypeAlias

    Stamp: TypeAlias = tuple[int, int]
    """When a source was changed (s), and its size (bytes)."""
    Part: TypeAlias = tuple[str, str, Stamp, CodeType]
    """A module: its name, the place of its source in the package, that one's stamp, its code."""

_PACKAGE = os.path.dirname(os.path.dirname(__file__))
AS_JSON = "_json"
"""How the module of an answer ends that adds to that of the same name without it."""

_ANSWERS = os.path.join(_PACKAGE, "cli", "answers")
_NAME = __name__.partition(".")[0]
_HEAD = 16  # bytes: what Python begins a file with in which it keeps code
_NO_DOCSTRINGS = 2  # nor `assert`, which what answers import does not have


def load(answer: str) -> bool:
    """Import the modules of an answer as far as its bundle has them as they are now; whether there
    is a bundle."""
    try:
        with open(_path(answer), "rb", buffering=0) as file:
            if file.read(len(MAGIC_NUMBER)) != MAGIC_NUMBER:
                return False
            parts: list[Part] = marshal.loads(file.read())
    except (OSError, EOFError, ValueError, TypeError):  # there is none, or it was cut off
        return False
    for part in parts:
        if part[0] not in sys.modules and not _load(*part):
            break
    return True


def _load(name: str, place: str, stamp: Stamp, code: CodeType) -> bool:
    """Import a module unless its source is another; whether it is there now."""
    source = f"{_PACKAGE}/{place}"
    try:
        if _stamp(source) != stamp:
            return False
    except OSError:
        return False
    above, _, own = name.rpartition(".")
    is_package = place.endswith("__init__.py")
    spec = ModuleSpec(name, None, origin=source, is_package=is_package)
    module = type(sys)(name)
    module.__spec__, module.__file__ = spec, source
    module.__package__ = above
    if is_package:
        module.__package__ = name
        module.__path__ = spec.submodule_search_locations = [os.path.dirname(source)]
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)
    except Exception:  # noqa: BLE001 - who needs the module imports it, and hears what is wrong
        del sys.modules[name]
        return False
    setattr(sys.modules[above], own, module)
    return True


def write() -> None:
    """Make the bundles. What an answer imports is found out in a child, as this process must not
    have imported any of it; what several import is compiled once."""
    parts: dict[str, Part] = {}
    for file in sorted(os.listdir(_ANSWERS)):
        answer, ending = os.path.splitext(file)
        if ending != ".py" or answer == "__init__":
            continue
        imported = _imported(answer)
        for name, source in imported:
            if name not in parts:
                parts[name] = _part(name, source)
        with open(_path(answer), "wb") as bundle:
            content = [parts[name] for name, _ in imported]
            bundle.write(MAGIC_NUMBER + marshal.dumps(content))


def _imported(answer: str) -> list[tuple[str, str]]:
    """Our modules that an answer imports, by name and source, in the order in which their imports
    are done: Python puts each last then. Raises EOFError if they cannot be imported."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            for module in (answer.removesuffix(AS_JSON), answer):
                __import__(f"{__package__}.answers.{module}")
            ours = [
                (name, str(one.__file__))
                for name, one in [*sys.modules.items()]
                if name.startswith(f"{_NAME}.")
            ]
            with open(writing, "wb") as file:
                marshal.dump(ours, file)
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as file:
        told = file.read()
    os.waitpid(child, 0)
    found: list[tuple[str, str]] = marshal.loads(told)
    return found


def _part(name: str, source: str) -> Part:
    from importlib.util import cache_from_source

    with open(source, "rb") as file, open(cache_from_source(source), "rb") as beside:
        content, known = file.read(), marshal.loads(beside.read()[_HEAD:])
    # set-up has it compiled under the name that it will have when all of it is moved
    code = compile(
        _without_future(content),
        known.co_filename,
        "exec",
        flags=annotations.compiler_flag,
        dont_inherit=True,
        optimize=_NO_DOCSTRINGS,
    )
    return name, os.path.relpath(source, _PACKAGE), _stamp(source), code


def _without_future(source: bytes) -> Module:
    """A module without the import that makes its annotations texts, which the compiler is told
    instead: at each module's start it would take a moment."""
    from ast import ImportFrom, parse

    tree = parse(source)
    tree.body = [
        one for one in tree.body if not (isinstance(one, ImportFrom) and one.module == "__future__")
    ]
    return tree


def _path(answer: str) -> str:
    """The place of an answer's bundle."""
    return f"{_ANSWERS}/__pycache__/{answer}.{sys.implementation.cache_tag}.bundle"


def _stamp(source: str) -> Stamp:
    found = os.stat(source)
    return int(found.st_mtime), found.st_size
