"""A line to the console that has to come to the point: half a request does not wait for ever.

The server by itself waits for the rest without end, and takes a head of any length: a program on
this machine could hold all its lines so, or fill its memory, and no page would come any more.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD = 65_536
"""Bytes of a request's head; browsers stay far below, with all their cookies."""
REST_SECONDS = 20.0
"""How long a request may take to arrive: on this machine the longest takes less than one."""


class Prompt(HttpToolsProtocol):
    """End a line whose request is late, or whose head has no end."""

    _late: asyncio.TimerHandle | None = None
    _head: int | None = 0
    """Bytes of the head so far, None behind it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its own
        """Await a request."""
        super().connection_made(transport)
        self._await_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """Await nothing more."""
        self._come()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request."""
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > MOST_HEAD:
                self.transport.close()

    def on_message_begin(self) -> None:
        """Await the rest of it."""
        super().on_message_begin()
        self._await_rest()

    def on_headers_complete(self) -> None:
        """Await its body, whose length the guards look at."""
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Have all of it."""
        self._come()
        super().on_message_complete()

    def _await_rest(self) -> None:
        self._come()
        self._head = 0
        self._late = self.loop.call_later(REST_SECONDS, self.transport.close)

    def _come(self) -> None:
        self._head = None
        if self._late is not None:
            self._late.cancel()
            self._late = None
