"""What changed, as a stream of server-sent events (HTML Living Standard, 9.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from terminal.web.hub import Hub
from terminal.web.page import SignedInPage

router = APIRouter()


@router.get("/events")
async def events(page: SignedInPage) -> StreamingResponse:
    """Tell topics as long as the page is open; a comment now and then shows that the line lives."""
    return StreamingResponse(
        _lines(page.console.hub),
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no"},
    )


async def _lines(hub: Hub) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    async for topic in hub.listen():
        yield f"data: {topic}\n\n" if topic else ": alive\n\n"
