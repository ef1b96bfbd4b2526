"""A worker: a process that does the console's jobs, one after the other, at one reader or at none.

Card work inside the process that answers pages would make them wait, and a card that hangs would
hang them; a worker can be given up with its card (decision 0016). What it was told to do it ends,
also when the console is gone: what is begun is finished and on record.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection

from terminal.config import load_config
from terminal.readers.pcsc import Scard
from terminal.readers.port import Pcsc
from terminal.web.hands import Hands
from terminal.web.messages import Ended, Failed, Heard, Message, Ordered
from terminal.web.troubles import is_hung, trouble_of


def run_worker(
    connection: Connection, config_path: str | None, pcsc: Callable[[], Pcsc] = Scard
) -> None:
    """Do what is ordered until the console closes the line."""
    hands: Hands | None = None
    try:
        while True:
            try:
                ordered = connection.recv()
            except (EOFError, OSError):
                return
            assert isinstance(ordered, Ordered)
            try:
                if hands is None:
                    hands = Hands(load_config(config_path), pcsc)
                ended: Message = Ended(hands.do(ordered.job, _teller(connection, ordered.number)))
            except Exception as error:  # noqa: BLE001  a clerk never sees a traceback
                ended = Failed(trouble_of(error), hung=is_hung(error))
            _send(connection, Heard(ordered.number, ended))
    finally:
        connection.close()


def worker_process(connection: Connection, config_path: str | None) -> None:
    """Be a worker's process: Ctrl-C at the console's terminal is the console's to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run_worker(connection, config_path)


def _teller(connection: Connection, number: int) -> Callable[[Message], None]:
    def tell(message: Message) -> None:
        _send(connection, Heard(number, message))

    return tell


def _send(connection: Connection, heard: Heard) -> None:
    """Say something; where nobody listens any more the work goes on all the same."""
    with contextlib.suppress(OSError):
        connection.send(heard)
