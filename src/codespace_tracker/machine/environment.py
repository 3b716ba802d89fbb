"""What kind of environment this is: told by markers, strongest first.

Facts only, from variables and files; nothing is asked over a network, and no token is ever kept.
What was decided for a ledger stays decided until a stronger marker appears: a login by SSH or sudo
lacks the variables.
"""

from __future__ import annotations

import os

from codespace_tracker.core import plain_json
from codespace_tracker.core.record import Record
from codespace_tracker.machine.files import read_small

TYPE_CHECKING = False
if TYPE_CHECKING:  # `status` needs none of the rules of a start
    from collections.abc import Mapping
    from typing import Any

    from codespace_tracker.core.recovery import Kind

_SHARED = "workspaces/.codespaces/shared/environment-variables.json"
_SHARED_LIMIT = 1 << 20  # bytes
_TEXT_LIMIT = 256  # characters of a name; GitHub's own are below 100

_CODESPACE_NAME = "CODESPACE_NAME"
_ENVIRONMENT_ID = "CLOUDENV_ENVIRONMENT_ID"
_FIRST_NAMESPACE = "pid:[4026531836]"  # PROC_PID_INIT_INO: the same on all machines
_NO_ENVIRONMENT = "null"  # as seen in prebuilds by third parties; no documentation says so


class Environment(Record):
    """Where the tracker lives: the kind (one of KINDS), and what is known of the rest, "" where
    nothing is.

    `name` is that of the codespace or workspace, `repository` is "owner/name". `prebuild` says that
    a codespace is only being prepared: nothing may start and no identity be made.
    """

    kind: str
    name: str
    user: str
    repository: str
    prebuild: bool


class _Row(Record):
    """One kind: any of its markers (`VARIABLE=value`, or `VARIABLE` that is not empty) or files is
    enough.

    `names`, `user` and `repository` are the variables that tell these; of several names the first
    that is not empty. `server` is how the names of variables begin that end with the server which
    set them, where the machine can outlive that server.
    """

    kind: str
    markers: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    user: str = ""
    repository: str = ""
    server: tuple[str, ...] = ()


_TABLE = (
    _Row(
        "codespaces",
        ("CODESPACES=true",),
        (),
        (_CODESPACE_NAME,),
        "GITHUB_USER",
        "GITHUB_REPOSITORY",
    ),
    _Row("ona", ("GITPOD_ENVIRONMENT_ID",), names=("GITPOD_ENVIRONMENT_ID",)),
    _Row("gitpod", ("GITPOD_WORKSPACE_ID",), names=("GITPOD_WORKSPACE_ID",)),
    _Row(
        "coder",
        ("CODER=true", "CODER_WORKSPACE_NAME", "CODER_WORKSPACE_OWNER_NAME"),
        names=("CODER_WORKSPACE_NAME",),
        user="CODER_WORKSPACE_OWNER_NAME",
    ),
    _Row("devpod", ("DEVPOD=true", "DEVPOD_WORKSPACE_ID"), names=("DEVPOD_WORKSPACE_ID",)),
    _Row(
        "daytona",
        ("DAYTONA_WS_ID", "DAYTONA_SANDBOX_ID"),
        names=("DAYTONA_WS_ID", "DAYTONA_SANDBOX_ID"),
    ),
    _Row(
        "jupyterhub",
        ("JUPYTERHUB_USER", "JUPYTERHUB_SERVER_NAME"),
        names=("JUPYTERHUB_SERVER_NAME",),  # empty for a user's default server
        user="JUPYTERHUB_USER",
        server=("JUPYTERHUB_", "JPY_API_TOKEN", "JUPYTER_SERVER_"),
    ),
    _Row("container", ("REMOTE_CONTAINERS",), (".dockerenv", "run/.containerenv")),
    _Row("host"),
)
"""All that is known of the kinds, the strongest first: DevPod also sets REMOTE_CONTAINERS, and all
have /.dockerenv."""

KINDS = tuple(row.kind for row in _TABLE)
"""The kinds of environment, the strongest marker first."""

CODESPACE, HOST, _HUB = KINDS[0], KINDS[-1], "jupyterhub"

_SHARED_NAMES = frozenset({*_TABLE[0].names, _TABLE[0].user, _TABLE[0].repository})

_SERVER = tuple(name for row in _TABLE for name in row.server)


def detect(environ: Mapping[str, str], root: str = "/") -> Environment:
    """What kind of environment this is, by the variables `environ` and the files under `root`.

    A codespace also shows by its shared file naming it: logins by SSH and sudo lack the variables.
    What is missing of a codespace's variables is taken from there. Never raises.
    """
    shared = _shared_variables(root)
    if _holds(_TABLE[0], environ, root) or shared.get(_CODESPACE_NAME):
        prebuild = environ.get(_ENVIRONMENT_ID) == _NO_ENVIRONMENT
        return _described(_TABLE[0], environ, shared, prebuild=prebuild)
    row = next((row for row in _TABLE[1:] if _holds(row, environ, root)), _TABLE[-1])
    return _described(row, environ, {}, prebuild=False)


def workspace(environ: Mapping[str, str], root: str = "/") -> str:
    """The workspace folder: the repository's in a codespace, else the one that the editor names,
    else home."""
    repository = detect(environ, root).repository.rpartition("/")[2]
    places = (
        os.path.join(root, "workspaces", repository) if repository not in ("", ".", "..") else "",
        environ.get("CODESPACE_VSCODE_FOLDER", ""),
        environ.get("HOME", ""),
    )
    return next((place for place in places if os.path.isabs(place) and os.path.isdir(place)), "/")


def of_server(environ: Mapping[str, str]) -> dict[str, str]:
    """Those of the variables that end with the server which set them, such as its token."""
    return {name: value for name, value in environ.items() if name.startswith(_SERVER)}


def stronger(known: str | None, seen: str) -> str:
    """The kind to keep: the `known` one, unless there is none or the one `seen` now has a stronger
    marker.

    A kind that is not in KINDS (a damaged file may tell anything) is weaker than all that are.
    """
    return seen if known is None or _rank(seen) < _rank(known) else known


def life_kind(kind: str, root: str = "/") -> Kind:
    """What a life is in an environment of this kind, for `core.recovery`; "container" for a kind
    unheard of.

    A hub may start its servers as processes of its own machine (a local spawner): then a life is
    the boot.
    """
    if kind == CODESPACE:
        return "codespace"
    return "host" if kind == HOST or (kind == _HUB and _is_first_namespace(root)) else "container"


def cores(kind: str) -> int:
    """How many CPUs count in an environment of this kind.

    A codespace has its machine for itself, and the machine is what GitHub bills. Elsewhere it is
    those that this process may run on; a limit on their time (`--cpus`) leaves their number as it
    is.
    """
    return (
        os.sysconf("SC_NPROCESSORS_ONLN") if kind == CODESPACE else len(os.sched_getaffinity(0))
    ) or 1


def _is_first_namespace(root: str) -> bool:
    """Whether our process numbers are the machine's own: no container has these, unless it shares
    them."""
    try:
        return os.readlink(os.path.join(root, "proc/self/ns/pid")) == _FIRST_NAMESPACE
    except OSError:
        return False


def _rank(kind: str) -> int:
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def _holds(row: _Row, environ: Mapping[str, str], root: str) -> bool:
    for marker in row.markers:
        variable, _, wanted = marker.partition("=")
        value = environ.get(variable, "")
        if value == wanted if wanted else value:
            return True
    return any(os.path.exists(os.path.join(root, name)) for name in row.files)


def _described(
    row: _Row, environ: Mapping[str, str], otherwise: Mapping[str, str], *, prebuild: bool
) -> Environment:
    def first_of(*variables: str) -> str:
        texts = (_text(environ.get(name)) or otherwise.get(name, "") for name in variables)
        return next(filter(None, texts), "")

    return Environment(
        row.kind, first_of(*row.names), first_of(row.user), first_of(row.repository), prebuild
    )


def _text(value: object) -> str:
    """The value if it may be stored and shown, else "".

    Bytes that are not UTF-8 reach us as lone surrogates, which SQLite does not accept. A control
    character could write to the terminal in which the status is shown.
    """
    return (
        value
        if isinstance(value, str) and len(value) <= _TEXT_LIMIT and value.isprintable()
        else ""
    )


def _shared_variables(root: str) -> dict[str, str]:
    """The names of the codespace's shared file, and nothing else of it: it also holds tokens. {} if
    it tells none.

    Its form is known at second hand. GitHub's troubleshooting of prebuilds reads one key of an
    object; a list of such objects, or of {"name", "value"} pairs, is taken as well.
    """
    content = read_small(os.path.join(root, _SHARED), _SHARED_LIMIT)
    if content is None:
        return {}
    try:
        # No number is asked for, and a long one takes int() quadratic time.
        shared: Any = plain_json.loads(content, numbers_as_floats=True)
    except (ValueError, RecursionError):
        return {}
    variables: dict[str, str] = {}
    for entry in shared if isinstance(shared, list) else [shared]:
        if isinstance(entry, dict):
            pairs = (
                {**entry, str(entry.get("name")): entry.get("value")} if "value" in entry else entry
            )
            variables.update(
                (name, _text(pairs[name]))
                for name in _SHARED_NAMES & pairs.keys()
                if _text(pairs[name])
            )
    return variables
