"""What changed, as a stream of server-sent events (HTML Living Standard, 9.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from terminal.web.console import Console
from terminal.web.page import SignedInPage
from terminal.web.sessions import WebSession

router = APIRouter()
LOCKED = "locked"
"""What a page is told whose clerk is signed in no more: it goes away, and hears nothing more."""


@router.get("/events")
async def events(page: SignedInPage) -> StreamingResponse:
    """Tell topics as long as the page is open; a comment now and then shows that the line lives."""
    return StreamingResponse(
        lines(page.console, page.session),
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no"},
    )


async def lines(console: Console, session: WebSession) -> AsyncIterator[str]:
    """Give the lines of a page's stream, until its sign-in is over.

    Where nothing happens the clock is looked at: a desk that nobody uses locks itself.
    """
    yield "retry: 1000\n\n"
    async for topic in console.hub.listen():
        by_the_clock = not topic
        if not await run_in_threadpool(console.sits, session, by_the_clock=by_the_clock):
            yield f"data: {LOCKED}\n\n"
            return
        yield f"data: {topic}\n\n" if topic else ": alive\n\n"
