"""The description of a hub's protocol, as OpenAPI makes it from the types."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import msgspec

from codespace_tracker import __version__
from codespace_tracker.hub import protocol
from codespace_tracker.hub.batch import LIMIT

_JSON, _LINES = "application/json", "text/plain"


class Parameter(NamedTuple):
    """A parameter: its name, where it is (`path`, `query`), its type, and what it means."""

    name: str
    place: str
    type: Any
    text: str


class Operation(NamedTuple):
    """A request: what it does, who may send it (`stream`, `viewer`; empty: anyone), its parameters,
    the type of its body (`str`: lines), that of its answer (None: no JSON), and with which statuses
    it is refused."""

    method: str
    path: str
    text: str
    who: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    answer: Any = None
    refusals: tuple[int, ...] = ()


_STREAM = Parameter("stream_id", "path", protocol.StreamId, "The stream.")
_DAYS = (
    Parameter("since", "query", protocol.Day, "The first day; by default that of this month."),
    Parameter("until", "query", protocol.Day, "The last day; by default that of the month."),
)
_TOLD = (
    _STREAM,
    Parameter("push", "query", protocol.PushId, "The id that the tracker gave to this push."),
    Parameter("after", "query", protocol.PushId, "The newest push, as the hub said it."),
    Parameter(
        "month",
        "query",
        protocol.Month,
        "In which month these sessions are kept; by default each in that of its start.",
    ),
    Parameter("cut_back", "query", protocol.CutBack, "1 if the hub lost what it acknowledged."),
)

_OFTEN = 401, 422, 429, 503
_WITH_BODY = 401, 408, 409, 413, 415, 422, 429, 503

OPERATIONS = (
    Operation(
        "post",
        "/v1/enrol",
        "Let a token write a stream, by a code.",
        body=protocol.Enrol,
        answer=protocol.Enrolled,
        refusals=_WITH_BODY,
    ),
    Operation(
        "get",
        "/v1/streams/{stream_id}",
        "What the hub has of a stream.",
        who="stream",
        parameters=(_STREAM,),
        answer=protocol.Cursor,
        refusals=_OFTEN,
    ),
    Operation(
        "post",
        "/v1/streams/{stream_id}",
        f"Take a batch: the stream's header on a line, and up to {LIMIT} tellings and days.",
        who="stream",
        parameters=_TOLD,
        body=str,
        answer=protocol.Taken,
        refusals=_WITH_BODY,
    ),
    Operation(
        "get",
        "/v1/streams/{stream_id}/months/{month}",
        "The revisions of the sessions that are kept in a month.",
        who="stream",
        parameters=(_STREAM, Parameter("month", "path", protocol.Month, "The month.")),
        answer=protocol.Revisions,
        refusals=_OFTEN,
    ),
    Operation(
        "delete",
        "/v1/streams/{stream_id}/unattended",
        "Delete what the stream told of unattended time.",
        who="stream",
        parameters=(_STREAM,),
        answer=protocol.Withdrawn,
        refusals=_OFTEN,
    ),
    Operation(
        "get",
        "/v1/fleet",
        "A team's codespaces, and what they used.",
        who="viewer",
        parameters=_DAYS,
        answer=protocol.Fleet,
        refusals=_OFTEN,
    ),
    Operation(
        "get",
        "/team.csv",
        "The same by day, as CSV.",
        who="viewer",
        parameters=_DAYS,
        refusals=_OFTEN,
    ),
    Operation(
        "get",
        "/unattended.csv",
        "Unattended time by month, as CSV.",
        who="viewer",
        parameters=_DAYS,
        refusals=_OFTEN,
    ),
    Operation("get", "/healthz", "Whether the process answers."),
    Operation("get", "/readyz", "Whether the database answers.", refusals=(503,)),
    Operation("get", "/metrics", "Figures of the process."),
)


@functools.cache
def document() -> bytes:
    """The description, as JSON."""
    types = [one.answer for one in OPERATIONS if one.answer is not None]
    types += [protocol.Enrol, protocol.Problem, protocol.OtherPush]
    _, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method] = _operation(one)
    security = {
        name: {"type": "http", "scheme": "bearer", "description": text}
        for name, text in (
            ("stream", "The token of a stream."),
            ("viewer", "The secret of a viewer."),
        )
    }
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "codespace-tracker hub", "version": __version__},
            "paths": paths,
            "components": {"schemas": components, "securitySchemes": security},
        }
    )


_REFERENCE = "#/components/schemas/{name}"


def _operation(one: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "summary": one.text,
        "parameters": [
            {
                "name": parameter.name,
                "in": parameter.place,
                "required": parameter.place == "path",
                "description": parameter.text,
                "schema": msgspec.json.schema(parameter.type),
            }
            for parameter in one.parameters
        ],
        "responses": {"200": _answer(one.answer, "Done.")},
    }
    if one.who:
        found["security"] = [{one.who: []}]
    if one.body is str:
        found["requestBody"] = {"required": True, "content": {_LINES: {"schema": _TEXT}}}
    elif one.body is not None:
        found["requestBody"] = {"required": True, "content": {_JSON: {"schema": _named(one.body)}}}
    for status in one.refusals:
        kind = protocol.OtherPush if status == 409 else protocol.Problem
        found["responses"][str(status)] = _answer(kind, "Refused.")
    return found


_TEXT = {"type": "string", "description": "As in the files of a stream, docs/json."}


def _named(type_: Any) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(name=type_.__name__)}


def _answer(type_: Any, text: str) -> dict[str, Any]:
    if type_ is None:
        return {"description": text}
    return {"description": text, "content": {_JSON: {"schema": _named(type_)}}}
