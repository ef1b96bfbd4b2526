"""The web application: its pages, its guards, and what becomes of errors."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
from contextlib import AsyncExitStack
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import FastAPI, Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from terminal.errors import GuitaiError, InternalFault, NotSignedIn, PageUnknown
from terminal.logs import event
from terminal.web.console import Console
from terminal.web.guards import Guards
from terminal.web.page import draw, to, trouble_page
from terminal.web.pages.signing import local
from terminal.web.places import Elsewhere
from terminal.web.routes import ROUTERS
from terminal.web.troubles import place_of, trouble_of

_STATUS = {"page_unknown": 404, "page_stale": 403, "role_missing": 403, "too_many_sign_ins": 429}
_OTHER = 409


def make_app(console: Console, host: str, port: int) -> FastAPI:
    """Make the application of a console at a loopback address."""
    app = FastAPI(title="Guitai", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.console = console
    app.state.port = port
    app.add_middleware(Turns)
    app.add_middleware(Faults)
    app.add_middleware(Guards, hosts=own_names(host, port))
    app.mount("/static", StaticFiles(files("terminal.web") / "static"), name="static")
    for router in ROUTERS:
        app.include_router(router)

    @app.exception_handler(NotSignedIn)
    def not_signed_in(request: Request, error: Exception) -> Response:
        path = request.url.path
        if request.method != "GET":
            # What was sent was not done; who signs in again finds the page that it was sent from.
            facts = {"next": local(path), "trouble": trouble_of(error)}
            return draw(request, "sign_in.html", 401, facts)
        if path.startswith(("/part/", "/events")):
            return Response(status_code=401)
        return to(f"/sign-in?next={path}")

    @app.exception_handler(Elsewhere)
    def at_home(_request: Request, error: Exception) -> Response:
        return to(str(error))

    @app.exception_handler(GuitaiError)
    def of_the_catalogue(request: Request, error: Exception) -> Response:
        trouble = trouble_of(error)
        return trouble_page(request, trouble, _STATUS.get(trouble.code, _OTHER))

    @app.exception_handler(HTTPException)
    def of_the_web(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 400
        if status == 405 and request.method == "GET":
            # The address of a form that was sent: its page is the one above.
            return to(local(request.url.path.rpartition("/")[0]))
        return trouble_page(request, trouble_of(PageUnknown()), status)

    return app


class StaticFiles:
    """Give the files that every page asks for, from memory: they are few and small.

    A browser keeps them, and asks each time whether they are still the same.
    """

    def __init__(self, folder: Traversable) -> None:
        self._files: dict[str, tuple[Response, Response]] = {}
        for each in folder.iterdir():
            data = each.read_bytes()
            tag = hashlib.sha256(data).hexdigest()[:16]
            headers = {"etag": f'"{tag}"', "cache-control": "no-cache"}
            kind, _ = mimetypes.guess_type(each.name)
            whole = Response(data, headers=headers, media_type=kind)
            self._files[f"/{each.name}"] = whole, Response(status_code=304, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; raises HTTPException where there is none, as a page does."""
        found = self._files.get(scope["path"].removeprefix(scope["root_path"]))
        if found is None or scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(404)
        whole, same = found
        asked = Headers(scope=scope).get("if-none-match")
        await (same if asked == whole.headers["etag"] else whole)(scope, receive, send)


class Turns:
    """Have one page drawn at a time; an answer that has begun is nobody's turn any more.

    Threads that draw side by side take longer for all pages than one after the other does: each
    read of the registry lets the interpreter go, and waits until another page lets it go again.
    What sends a form may wait for a card, and does not stand in this line.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer when it is its turn."""
        if not _is_drawn(scope):
            await self._app(scope, receive, send)
            return
        async with AsyncExitStack() as turn:
            await turn.enter_async_context(self._turn)

            async def begun(message: Message) -> None:
                await turn.aclose()
                await send(message)

            await self._app(scope, receive, begun)


_OUT_OF_TURN = (
    *("/static/", "/guest/", "/cards", "/hotline", "/part/hotline"),
    *("/run/", "/part/run/"),
)
"""What is not drawn, asks a worker first, which may be busy with a card, or tells of card work."""


def _is_drawn(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] == "POST":
        return False
    return not str(scope["path"]).startswith(_OUT_OF_TURN)


class Faults:
    """Tell a mistake of ours on a page, and nothing more anywhere: it may carry personal data."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; where an answer was begun already its line is cut, which the browser shows."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:  # noqa: BLE001  a clerk never sees a traceback
            event("fault", code=InternalFault.code, **place_of(error))
            if scope["type"] == "http" and not begun:
                page = trouble_page(Request(scope), trouble_of(error), 500)
                await page(scope, receive, send)


def own_names(host: str, port: int) -> frozenset[str]:
    """Name what the console may be asked for by: its address, and the machine's own name for it."""
    shown = f"[{host}]" if ":" in host else host
    return frozenset({f"{shown}:{port}", f"localhost:{port}"})
