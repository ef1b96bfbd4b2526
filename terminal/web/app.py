"""The web application: its pages, its guards, and what becomes of errors."""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from terminal.errors import GuitaiError, InternalFault, NotSignedIn, PageUnknown
from terminal.logs import event
from terminal.web.console import Console
from terminal.web.guards import Guards
from terminal.web.page import to, trouble_page
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
    app.add_middleware(Faults)
    app.add_middleware(Guards, hosts=own_names(host, port))
    static = files("terminal.web") / "static"
    app.mount("/static", StaticFiles(directory=str(static)), name="static")
    for router in ROUTERS:
        app.include_router(router)

    @app.exception_handler(NotSignedIn)
    def not_signed_in(request: Request, _error: Exception) -> Response:
        if request.url.path.startswith("/part/") or request.method != "GET":
            return Response(status_code=401)
        return to(f"/sign-in?next={request.url.path}")

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
        return trouble_page(request, trouble_of(PageUnknown()), status)

    return app


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
