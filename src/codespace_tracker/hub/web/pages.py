"""The page of a team, its CSV, and the login of those who see it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from codespace_tracker import html_page
from codespace_tracker.hub import figures, team_page, tokens, unattended
from codespace_tracker.hub.store.interface import NotAllowed
from codespace_tracker.hub.web import requests, viewing
from codespace_tracker.hub.web.requests import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from codespace_tracker.hub.store.portable import Store
    from codespace_tracker.hub.web.requests import Limits
    from codespace_tracker.hub.web.viewing import Viewer

_HERE = Path(__file__).parent
_FORM_LIMIT = 4 << 10
_NOT_KNOWN = "this viewer's token does not open it. Fix: log in."
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Pages:
    """What a browser is answered."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store = store
        self._limits = limits

    def routes(self) -> list[Route]:
        """Where it answers."""
        return [
            Route("/", self.page, methods=["GET"]),
            Route("/team.csv", self.as_csv, methods=["GET"]),
            Route("/unattended.csv", self.unattended_as_csv, methods=["GET"]),
            Route("/login", self.login, methods=["GET"]),
            Route("/login", self.logged_in, methods=["POST"]),
            Route("/logout", self.logout, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The page of a team."""
        now = requests.now()
        viewer = await viewing.by_cookie(self._store, request, now)
        if viewer is None:
            return RedirectResponse("login", 303, _HEADERS)
        days = requests.days(request, now)
        found = await figures.figures(self._store, viewer.team, *days)
        people = await figures.people(self._store, viewer.team, found.streams, *days)
        aside = await self._store.asides(viewer.team)
        alone = await unattended.months(self._store, viewer.team, *days)
        shown = team_page.content(viewer.team, viewer.name, found, people, alone, aside, days, now)
        return _form_page(request, "team.html.j2", c=shown)

    async def as_csv(self, request: Request) -> Response:
        """The figures of a team as CSV: for a browser, or with a bearer token."""
        now = requests.now()
        viewer = await self.viewer(request, now)
        days = requests.days(request, now)
        found = await figures.figures(self._store, viewer.team, *days)
        return _csv("team.csv", team_page.table(found))

    async def unattended_as_csv(self, request: Request) -> Response:
        """Unattended time by month and codespace as CSV."""
        now = requests.now()
        viewer = await self.viewer(request, now)
        days = requests.days(request, now)
        alone = await unattended.months(self._store, viewer.team, *days)
        return _csv("unattended.csv", team_page.alone_table(alone))

    async def viewer(self, request: Request, now: int) -> Viewer:
        """Who asks, by a bearer token or a cookie. Raises Refusal."""
        if "authorization" in request.headers:
            secret = requests.secret(request, "viewer")
            try:
                return await viewing.by_token(self._store, secret)
            except NotAllowed as error:
                raise Refusal(401, _NOT_KNOWN) from error
        elif (found := await viewing.by_cookie(self._store, request, now)) is not None:
            return found
        raise Refusal(401, _NOT_KNOWN)

    async def login(self, request: Request) -> Response:
        """The form."""
        return _form_page(request, "login.html.j2", problem="")

    async def logged_in(self, request: Request) -> Response:
        """What comes of the form."""
        self._limits.check_failures(request)
        form = await _form(request)
        secret = tokens.given("viewer", form.get("secret", "").strip())
        try:
            viewing.check_form(request, form.get("csrf", ""))
        except NotAllowed:
            problem = "The form was too old. Try again."
            return _form_page(request, "login.html.j2", 403, problem=problem)
        try:
            if secret is None:
                raise NotAllowed
            await self._store.viewer(secret)
        except NotAllowed:
            self._limits.failed(request)
            problem = "This secret is not known. Copy it again, all of it."
            return _form_page(request, "login.html.j2", 401, problem=problem)
        answer = RedirectResponse(".", 303, _HEADERS)
        viewing.log_in(request, answer, secret, requests.now())
        return answer

    async def logout(self, request: Request) -> Response:
        """End a login."""
        form = await _form(request)
        try:
            viewing.check_form(request, form.get("csrf", ""))
        except NotAllowed:
            raise Refusal(403, "this form does not come from here.") from None
        answer = RedirectResponse("login", 303, _HEADERS)
        viewing.log_out(request, answer)
        return answer


def _csv(name: str, rows: Iterable[tuple[str, ...]]) -> Response:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(file.getvalue(), headers=headers, media_type="text/csv")


def _form_page(request: Request, template: str, status: int = 200, **values: object) -> Response:
    value = viewing.form_value(request)
    page, policy = html_page.filled(_HERE, template, {"csrf": value, **values}, form="'self'")
    policy = f"{policy}; frame-ancestors 'none'"
    headers = {**_HEADERS, "Content-Security-Policy": policy}
    answer = Response(page, status, headers, "text/html")
    viewing.give_form_value(request, answer, value)
    return answer


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form that came. Raises Refusal."""
    content = await requests.body(request, _FORM_LIMIT)
    try:
        fields = parse_qs(content.decode("ascii"), max_num_fields=10)
    except ValueError as error:
        raise Refusal(422, "the form cannot be read.") from error
    return {name: values[0] for name, values in fields.items()}
