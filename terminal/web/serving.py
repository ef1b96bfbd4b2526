"""Serve the console at a loopback address until somebody ends it."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
from collections.abc import Callable

import uvicorn

from terminal.config import Config
from terminal.errors import ConsolePortTaken
from terminal.web.app import make_app
from terminal.web.console import Console
from terminal.web.crew import start_process
from terminal.web.promptness import Prompt

_BACKLOG = 128
_STEPS_BACK = 10
"""Pages make room for card work: workers, which were started before, and the daemon."""
_ALLOCATIONS = 10_000
"""How many new objects have garbage looked for; with Python's 700 all of it was looked at often."""


def serve(
    config: Config,
    config_path: str | None,
    host: str,
    port: int,
    ready: Callable[[str], object],
) -> None:
    """Serve; ``ready`` is told the address once pages are there.

    Raises ConsolePortTaken, and what opening registry and configuration raises.
    """
    with contextlib.closing(_bound(host, port)) as bound:
        port = bound.getsockname()[1]
        console = Console(config, start_process(config_path))
        try:
            console.open()
            app = make_app(console, host, port)
            server = _Server(
                uvicorn.Config(
                    app,
                    loop="uvloop",
                    http=Prompt,
                    log_config=None,
                    server_header=False,
                    access_log=False,
                    lifespan="off",
                    timeout_graceful_shutdown=3,
                ),
                lambda: ready(f"http://{host}:{port}/"),
                console,
            )
            server.run(sockets=[bound])
        finally:
            console.close()


class _Server(uvicorn.Server):
    """Say when pages are there, and tell them when they go."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], object], console: Console
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._console = console

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that pages are there."""
        await super().startup(sockets)
        _leave_what_is_loaded()
        os.nice(_STEPS_BACK)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell open pages first: a stream that never ends would hold the end up."""
        self._console.hub.over()
        await super().shutdown(sockets)


def _leave_what_is_loaded() -> None:
    """Keep the collector of garbage off the modules: a look at them held pages up for 0.2 s."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP: an event loop turns Nagle off for a socket that says it is one, and every answer
    # whose head and body are two writes would wait 44 ms for the browser's acknowledgement.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        detail = os.strerror(error.errno or 0)
        raise ConsolePortTaken(address=f"{host}:{port}", detail=detail) from error
    return bound
