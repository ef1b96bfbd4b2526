"""What stands before every page: whose address it was, where a form came from, what may load.

A page of another site must neither read the console nor have it do something: the name under which
it was asked for has to be its own (DNS rebinding), a form's origin too, and forms carry the
session's word besides (sessions.py).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY: Final = 12_000_000
"""Bytes of a form: the longest photo, and the list of an employer's people."""
_MOST_DIGITS = len(str(MOST_BODY))
_SAFE = frozenset({"GET", "HEAD"})
_OURS, _OTHERS = "same-origin", frozenset({"same-site", "cross-site"})
"""What a browser says of the page that asks (Fetch Metadata); one of another port is a site's."""
_POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self';"
    " frame-ancestors 'none'; img-src 'self' data:; require-trusted-types-for 'script'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with none a form would have no origin
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()",
}


class Guards:
    """Let through what is asked of the console by its own name, from its own pages."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts
        self._origins = frozenset(f"http://{each}" for each in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse before any page is asked."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is not None:
            await refused(scope, receive, _guarded(send))
            return
        await self._app(scope, receive, _guarded(send))

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if _only(headers, "host") not in self._hosts:
            return PlainTextResponse("这不是工作台的地址 / not the console's address\n", 421)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > _MOST_DIGITS or int(length) > MOST_BODY:
            return PlainTextResponse("内容太大 / too large\n", 413)
        site = headers.get("sec-fetch-site", _OURS)
        if scope["method"] in _SAFE:
            if site in _OTHERS and headers.get("sec-fetch-mode") != "navigate":
                # Another page may lead here, and load nothing from here into itself.
                return _elsewhere()
            return None
        if scope["method"] != "POST":
            return PlainTextResponse("不支持 / not supported\n", 405)
        if _only(headers, "origin") not in self._origins or site != _OURS:
            return _elsewhere()
        if "content-length" not in headers:
            return PlainTextResponse("没有写明长度 / no length\n", 411)
        return None


def _only(headers: Headers, name: str) -> str:
    """Give a header that is there once; twice, it is nobody's word."""
    values = headers.getlist(name)
    return values[0] if len(values) == 1 else ""


def _elsewhere() -> PlainTextResponse:
    return PlainTextResponse("请求来自别的网页 / it came from another site\n", 403)


def _guarded(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return guarded


class Rate:
    """Let so many attempts through in so many seconds; the clock is monotonic."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: deque[float] = deque()

    def wait(self) -> int:
        """Take an attempt and give 0, or the seconds until there is one again."""
        now = self._clock()
        with self._lock:
            while self._taken and now - self._taken[0] >= self._seconds:
                self._taken.popleft()
            if len(self._taken) < self._most:
                self._taken.append(now)
                return 0
            return max(1, round(self._seconds - (now - self._taken[0])))
