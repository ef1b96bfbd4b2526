"""Turn PC/SC's result codes into the error catalogue, in one place."""

from __future__ import annotations

from terminal.errors import (
    CardMute,
    CardReset,
    CardTorn,
    GuitaiError,
    NoCard,
    ReaderBusy,
    ReaderGone,
    ServiceFailed,
    ServiceLost,
    ServiceMissing,
    ServiceRefused,
)
from terminal.readers.holders import holders
from terminal.readers.port import PcscFailure, Result

_LEAVES: dict[int, type[GuitaiError]] = {
    Result.NO_SMARTCARD: NoCard,
    Result.UNKNOWN_READER: ReaderGone,
    Result.READER_UNAVAILABLE: ReaderGone,
    Result.NO_SERVICE: ServiceLost,
    Result.SERVICE_STOPPED: ServiceLost,
    Result.COMM_ERROR: ServiceLost,
    Result.INVALID_HANDLE: ServiceLost,
    Result.UNRESPONSIVE: CardMute,
    Result.UNPOWERED: CardMute,
    Result.PROTO_MISMATCH: CardMute,
    Result.RESET: CardReset,
    Result.NOT_TRANSACTED: CardTorn,
    Result.SECURITY_VIOLATION: ServiceRefused,
}

_GONE_IN_TRANSMIT = frozenset({Result.NO_SMARTCARD, Result.UNRESPONSIVE, Result.UNPOWERED})
"""What the daemon also says when a card goes under a command: it may have been carried out."""

_REFUSING = frozenset({"SCardEstablishContext", "SCardConnect"})
"""Calls that the daemon may refuse a user. With the others the library says "security violation"
when the daemon closed the connection: it ended in the middle of the call (winscard_msg.c)."""


def explain(failure: PcscFailure) -> GuitaiError:
    """Give the catalogue's leaf for a failed call."""
    result = failure.result
    if result == Result.REMOVED:
        # Before a card was reached it is missing; afterwards it was pulled.
        return NoCard() if failure.call == "SCardConnect" else CardTorn()
    if failure.call == "SCardTransmit" and result in _GONE_IN_TRANSMIT:
        return CardTorn()
    if result == Result.SHARING_VIOLATION:
        return ReaderBusy(holders="、".join(holders()) or "?")
    if failure.call == "SCardEstablishContext" and result != Result.SECURITY_VIOLATION:
        return ServiceMissing()
    if result == Result.SECURITY_VIOLATION and failure.call not in _REFUSING:
        return ServiceLost()
    leaf = _LEAVES.get(result)
    if leaf is None:
        return ServiceFailed(result=f"{result:08X}", call=failure.call)
    return leaf()
