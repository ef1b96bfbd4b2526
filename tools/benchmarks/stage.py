"""Two cards in a private PC/SC daemon, for the benchmarks that go through one.

Slot 0 holds ours, put there by ``guitai emulate``; slot 1 the card that does nothing
(trivial_card.py). Each is a process of its own, and the benchmark is a third: as in use.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import sysconfig
from contextlib import ExitStack
from pathlib import Path

from smartcard import scard

from benchmarks.measure import Unavailable
from emulator.daemon import DaemonUnavailable, PrivateDaemon
from terminal.readers.pcsc import Scard
from terminal.readers.survey import wait_for_card

PROFILE = "beijing"
_TOOLS = Path(__file__).resolve().parent.parent
_SECONDS = 20.0
"""How long a card process may take until the daemon has seen its card; usual is 1 s."""


def program(name: str) -> str:
    """Give the path of a program of this Python environment; raises Unavailable."""
    found = Path(sysconfig.get_path("scripts")) / name
    if not found.is_file():
        raise Unavailable(f"{name} is not installed in this environment")
    return str(found)


class Stage:
    """Start the daemon and its cards when the first benchmark asks for a reader."""

    def __init__(self) -> None:
        self._exits = ExitStack()
        self._readers: tuple[str, ...] = ()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def readers(self) -> tuple[str, str]:
        """Give the names of the readers with our card and with the trivial one.

        Raises Unavailable where no private daemon can be had.
        """
        if not self._readers:
            self._readers = self._start()
        ours, trivial = self._readers
        return ours, trivial

    def _start(self) -> tuple[str, ...]:
        try:
            daemon = self._exits.enter_context(PrivateDaemon(slots=2))
        except DaemonUnavailable as refused:
            raise Unavailable(refused.reason) from refused
        # The library reads this once, at its first call in a process.
        os.environ.update(daemon.environment())
        enter = daemon.enter_network()
        ours, trivial = (f"{daemon.host}:{port}" for port in daemon.ports)
        emulate = [program("guitai"), "emulate", "--profile", PROFILE, "--json", "--vpcd", ours]
        self._insert([*enter, *emulate])
        self._insert([*enter, sys.executable, "-m", "benchmarks.trivial_card", trivial])
        for reader in daemon.readers:
            if not wait_for_card(Scard(), reader, _SECONDS):
                raise Unavailable(f"no card appeared in {reader}")
        return daemon.readers

    def _insert(self, command: list[str]) -> None:
        """Start a card process and wait for its line: the daemon has seen the card."""
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=_TOOLS)
        self._exits.callback(_end, process)
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], _SECONDS)
        if not ready or not process.stdout.readline():
            raise Unavailable(f"{' '.join(command)}: did not put its card in")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.communicate()


class RawCard:
    """A card by PC/SC's own calls and nothing else: what the others are compared with."""

    def __init__(self, reader: str) -> None:
        result, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        assert result == scard.SCARD_S_SUCCESS, result
        result, self.handle, protocol = scard.SCardConnect(
            self._context, reader, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0
        )
        assert (result, protocol) == (scard.SCARD_S_SUCCESS, scard.SCARD_PROTOCOL_T0), result

    def __enter__(self) -> RawCard:
        return self

    def __exit__(self, *_: object) -> None:
        scard.SCardDisconnect(self.handle, scard.SCARD_RESET_CARD)
        scard.SCardReleaseContext(self._context)

    def ask(self, tpdu: bytes) -> bytes:
        """Exchange one TPDU, for a look before the clock runs."""
        result, answer = scard.SCardTransmit(self.handle, scard.SCARD_PCI_T0, list(tpdu))
        assert result == scard.SCARD_S_SUCCESS, result
        return bytes(answer)


def loop(handle: int, tpdus: list[list[int]], times: int) -> None:
    """Send TPDUs over and over by SCardTransmit; asserts that the last answer was 9000."""
    transmit, t0 = scard.SCardTransmit, scard.SCARD_PCI_T0
    answer: list[int] = []
    for _ in range(times):
        for tpdu in tpdus:
            result, answer = transmit(handle, t0, tpdu)
    assert (result, answer[-2:]) == (scard.SCARD_S_SUCCESS, [0x90, 0x00])
