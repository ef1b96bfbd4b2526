"""PC/SC by pyscard's low-level calls; nothing of its monitors and threads.

``smartcard.scard`` has no types and takes and gives lists of numbers; both end here.
"""

from __future__ import annotations

import contextlib

from smartcard import scard

from terminal.readers.port import Disposition, PcscFailure, ReaderStatus, Result, Share

_PROTOCOLS = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
_NAMES = {scard.SCARD_PROTOCOL_T0: "T=0", scard.SCARD_PROTOCOL_T1: "T=1"}


def _check(call: str, result: int) -> None:
    if result != scard.SCARD_S_SUCCESS:
        raise PcscFailure(call, result & 0xFFFFFFFF)


class ScardHandle:
    """A connection by handle."""

    def __init__(self, handle: int, protocol: int) -> None:
        self._handle = handle
        self.protocol = _NAMES.get(protocol, "direct")
        self._pci = scard.SCARD_PCI_T1 if self.protocol == "T=1" else scard.SCARD_PCI_T0
        self._transmit = scard.SCardTransmit

    @property
    def atr(self) -> bytes:
        """Ask the daemon for the ATR."""
        result, _, _, _, atr = scard.SCardStatus(self._handle)
        _check("SCardStatus", result)
        return bytes(atr)

    def transmit(self, command: bytes) -> bytes:
        """Exchange a command for its answer."""
        result, answer = self._transmit(self._handle, self._pci, list(command))
        if result:
            _check("SCardTransmit", result)
        return bytes(answer)

    def begin(self) -> None:
        """Begin a transaction; waits while another program has one."""
        _check("SCardBeginTransaction", scard.SCardBeginTransaction(self._handle))

    def end(self, disposition: Disposition) -> None:
        """End the transaction."""
        _check("SCardEndTransaction", scard.SCardEndTransaction(self._handle, disposition))

    def control(self, code: int, data: bytes) -> bytes:
        """Talk to the reader itself."""
        result, answer = scard.SCardControl(self._handle, code, list(data))
        _check("SCardControl", result)
        return bytes(answer)

    def disconnect(self, disposition: Disposition) -> None:
        """End the connection."""
        _check("SCardDisconnect", scard.SCardDisconnect(self._handle, disposition))


class ScardContext:
    """A context by handle."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def readers(self) -> list[str]:
        """List reader names."""
        result, names = scard.SCardListReaders(self._handle, [])
        if result & 0xFFFFFFFF == Result.NO_READERS:
            return []
        _check("SCardListReaders", result)
        return list(names)

    def wait(self, known: list[ReaderStatus], milliseconds: int) -> list[ReaderStatus]:
        """Wait for a difference."""
        asked = [(each.name, each.word) for each in known]
        result, states = scard.SCardGetStatusChange(self._handle, milliseconds, asked)
        _check("SCardGetStatusChange", result)
        return [ReaderStatus(name, word & 0xFFFFFFFF, bytes(atr)) for name, word, atr in states]

    def connect(self, reader: str, share: Share) -> ScardHandle:
        """Connect; a handle of zero is never used, pyscard would raise SystemError for it."""
        protocols = 0 if share is Share.DIRECT else _PROTOCOLS
        result, handle, protocol = scard.SCardConnect(self._handle, reader, share, protocols)
        _check("SCardConnect", result)
        return ScardHandle(handle, protocol)

    def cancel(self) -> None:
        """Wake a blocked wait."""
        scard.SCardCancel(self._handle)

    def release(self) -> None:
        """Give the context back."""
        with contextlib.suppress(SystemError):
            scard.SCardReleaseContext(self._handle)


class Scard:
    """PC/SC as this machine has it."""

    def establish(self) -> ScardContext:
        """Make a context."""
        result, handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        _check("SCardEstablishContext", result)
        return ScardContext(handle)
