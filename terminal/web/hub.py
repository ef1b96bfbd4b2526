"""What changed, told to every open page: a topic a time, never what it is about.

A page that hears of a topic asks for its part anew; so a word that is lost, or heard twice, does no
harm, and nothing personal goes through here.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

CARDS = "cards"
"""What lies in the readers."""
OVER = "over"
"""The console ends."""
_MOST_WAITING = 64
ALIVE_SECONDS = 15.0
"""How often a page is told that the line is alive."""


class Hub:
    """Tell topics from any thread to pages that listen in the event loop's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[int, tuple[asyncio.AbstractEventLoop, asyncio.Queue[str]]] = {}
        self._next = 0

    def tell(self, topic: str) -> None:
        """Tell a topic; who does not listen fast enough is told that everything changed, later."""
        with self._lock:
            listeners = list(self._listeners.values())
        for loop, queue in listeners:
            with contextlib.suppress(RuntimeError):  # its loop has ended
                loop.call_soon_threadsafe(_put, queue, topic)

    def over(self) -> None:
        """Tell that the console ends."""
        self.tell(OVER)

    async def listen(self) -> AsyncIterator[str]:
        """Give topics as they come, "" where nothing came for a while."""
        queue: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._listeners[number] = (asyncio.get_running_loop(), queue)
        try:
            while True:
                try:
                    topic = await asyncio.wait_for(queue.get(), ALIVE_SECONDS)
                except TimeoutError:
                    topic = ""
                yield topic
                if topic == OVER:
                    return
        finally:
            with self._lock:
                self._listeners.pop(number, None)


def _put(queue: asyncio.Queue[str], topic: str) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(topic)


def run_topic(key: str) -> str:
    """Name the topic of an operation."""
    return f"run:{key}"
