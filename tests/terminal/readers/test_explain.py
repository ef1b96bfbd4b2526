"""PC/SC's result codes and the error a clerk gets for each."""

import pytest

from terminal.errors import (
    CardError,
    CardMute,
    CardReset,
    CardTorn,
    NoCard,
    ReaderBusy,
    ReaderGone,
    Retry,
    ServiceFailed,
    ServiceLost,
    ServiceMissing,
    ServiceRefused,
)
from terminal.readers import explain as module
from terminal.readers.explain import explain
from terminal.readers.port import SERVICE_GONE, PcscFailure, Result

TRANSMIT, CONNECT, ESTABLISH = "SCardTransmit", "SCardConnect", "SCardEstablishContext"

LEAVES = {
    Result.CANCELLED: ServiceFailed,
    Result.INVALID_HANDLE: ServiceLost,
    Result.INVALID_PARAMETER: ServiceFailed,
    Result.UNKNOWN_READER: ReaderGone,
    Result.TIMEOUT: ServiceFailed,
    Result.SHARING_VIOLATION: ReaderBusy,
    Result.NO_SMARTCARD: NoCard,
    Result.UNKNOWN_CARD: ServiceFailed,
    Result.PROTO_MISMATCH: CardMute,
    Result.SYSTEM_CANCELLED: ServiceFailed,
    Result.COMM_ERROR: ServiceLost,
    Result.NOT_TRANSACTED: CardTorn,
    Result.READER_UNAVAILABLE: ReaderGone,
    Result.NO_SERVICE: ServiceLost,
    Result.SERVICE_STOPPED: ServiceLost,
    Result.UNSUPPORTED_FEATURE: ServiceFailed,
    Result.NO_READERS: ServiceFailed,
    Result.UNRESPONSIVE: CardMute,
    Result.UNPOWERED: CardMute,
    Result.RESET: CardReset,
    Result.REMOVED: NoCard,
    Result.SECURITY_VIOLATION: ServiceRefused,
}


@pytest.mark.parametrize("result", Result)
def test_every_result_of_a_connect_has_its_leaf(result: Result) -> None:
    """A code added to the port must be thought about here too."""
    assert type(explain(PcscFailure(CONNECT, result))) is LEAVES[result]


@pytest.mark.parametrize(
    ("call", "result", "leaf"),
    [
        (TRANSMIT, Result.REMOVED, CardTorn),
        (TRANSMIT, Result.NO_SMARTCARD, CardTorn),
        (TRANSMIT, Result.NOT_TRANSACTED, CardTorn),
        (TRANSMIT, Result.UNRESPONSIVE, CardTorn),
        (TRANSMIT, Result.UNPOWERED, CardTorn),
        (TRANSMIT, Result.RESET, CardReset),
        (TRANSMIT, Result.NO_SERVICE, ServiceLost),
        (TRANSMIT, Result.SECURITY_VIOLATION, ServiceLost),
        ("SCardBeginTransaction", Result.SECURITY_VIOLATION, ServiceLost),
        (ESTABLISH, Result.NO_SERVICE, ServiceMissing),
        (ESTABLISH, Result.COMM_ERROR, ServiceMissing),
        (ESTABLISH, 0x80100006, ServiceMissing),
        (ESTABLISH, Result.SECURITY_VIOLATION, ServiceRefused),
    ],
)
def test_the_call_decides_where_the_code_does_not(
    call: str, result: int, leaf: type[CardError]
) -> None:
    """ "No card" before a command is harmless; in the middle of one it may have been done."""
    assert type(explain(PcscFailure(call, result))) is leaf


@pytest.mark.parametrize("result", [each for each in Result if issubclass(LEAVES[each], CardError)])
def test_no_card_error_in_a_command_is_called_safe_to_repeat(result: Result) -> None:
    """ "Try again" after a command that may have loaded a purse would load it twice."""
    assert explain(PcscFailure(TRANSMIT, result)).retry is not Retry.SAFE or result in {
        Result.PROTO_MISMATCH  # refused before anything is sent
    }


def test_what_nothing_explains_names_call_and_code() -> None:
    """It is all that IT can go by."""
    error = explain(PcscFailure(TRANSMIT, 0x8010002F))
    assert type(error) is ServiceFailed
    assert "8010002F" in error.message("zh")
    assert TRANSMIT in error.cause("en")


@pytest.mark.parametrize(
    ("held", "said"),
    [(["scdaemon (pid 7)", "bank (pid 9)"], "scdaemon (pid 7)、bank (pid 9)"), ([], "?")],
)
def test_a_busy_reader_names_who_may_hold_it(
    monkeypatch: pytest.MonkeyPatch, held: list[str], said: str
) -> None:
    """ "Close the other program" is no help without its name."""
    monkeypatch.setattr(module, "holders", lambda: held)
    error = explain(PcscFailure(CONNECT, Result.SHARING_VIOLATION))
    assert error.facts == {"holders": said}


def test_the_signs_of_a_lost_service_agree_with_the_monitors() -> None:
    """Events and errors must not disagree on whether the daemon is there."""
    lost = {each for each in Result if type(explain(PcscFailure(TRANSMIT, each))) is ServiceLost}
    assert lost == SERVICE_GONE | {Result.SECURITY_VIOLATION}
