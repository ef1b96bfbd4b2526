"""The line to a load host: what goes over it, what comes back, and what goes wrong there."""

import traceback
from collections.abc import Callable

import pytest
from purse_services import AT, HOST_KEYS, NOW, published

from apdu.cipher import TDES
from apdu.purse import TRIPLE_DES, OnlineBegun, TransactionType, online_mac1
from apdu.secret import Secret
from card_profiles.development_keys import SETS
from emulator.key_host import Fault, serve
from emulator.purse_host import REFUSED, PurseHost
from terminal.config import Host as HostSettings
from terminal.errors import (
    CardMacWrong,
    ConfigWrong,
    FileTrouble,
    GuitaiError,
    HostAnswerWrong,
    HostUnreachable,
    KeyMissing,
)
from terminal.keys.https_host import HttpsHost
from terminal.keys.purse import Authorisation, OnlineRequest, PurseIdentity
from terminal.keys.purse_host import RemoteLoadHost, from_settings

CARD = PurseIdentity(bytes.fromhex("01011000FFFFFFFF"), bytes.fromhex("5170010100000001"))
TERMINAL = bytes.fromhex("300089000340")
GIVEN = Authorisation(bytes.fromhex(AT), bytes.fromhex("11223344"))
SOON = 0.3  # seconds: a deadline that has to pass for real


def load(amount: int = 5000, kind: TransactionType = TransactionType.LOAD) -> OnlineRequest:
    """What a card with a right MAC1 asks."""
    key = published("transit", "DULK" if kind is TransactionType.UNLOAD else "DLK")
    for factor in CARD.factors:
        key = TDES.diversify(key, factor)
    random = bytes.fromhex("A1B2C3D4")
    session = TRIPLE_DES.session_key(key, random, 0x12)
    mac1 = TRIPLE_DES.mac(session, online_mac1(10_000, amount, kind, TERMINAL))
    return OnlineRequest(
        CARD, kind, amount, TERMINAL, OnlineBegun(10_000, 0x12, 0, 0, random, mac1)
    )


LOAD = load()
ASKS: dict[str, Callable[[RemoteLoadHost], object]] = {
    "authorise": lambda host: host.authorise(LOAD),
    "is_proof": lambda host: host.is_proof(LOAD, GIVEN, 15_000, bytes(4)),
    "maintenance_mac": lambda host: host.maintenance_mac(CARD, bytes(4), bytes(4)),
    "test_keys": lambda host: host.test_keys,
}


class Told:
    """A host that answers what it is told to."""

    def __init__(self, answer: str | Exception) -> None:
        self.answer = answer
        self.asked: list[str | Secret] = []

    def ask(self, text: str | Secret) -> str:
        self.asked.append(text)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def said(error: BaseException) -> str:
    """Everything that an error shows, with what caused it."""
    shown = "".join(traceback.format_exception(error)) + repr(error)
    if isinstance(error, GuitaiError):
        for language in ("zh", "en"):
            shown += error.message(language) + error.cause(language) + error.advice(language)
    return shown


# --- What goes over it ---------------------------------------------------------------------


def test_the_texts_that_are_sent() -> None:
    """Who writes the other side writes it from these; there is no holder and no key in them."""
    peer = PurseHost(published, lambda: NOW)
    with serve(peer.answer) as url:
        host = RemoteLoadHost(HttpsHost(url))
        given = host.authorise(LOAD)
        host.is_proof(LOAD, given, 15_000, bytes.fromhex("16EAD516"))
        host.maintenance_mac(CARD, bytes.fromhex("11223344"), bytes.fromhex("841E0000"))
    begun = "0000271000120000A1B2C3D4" + LOAD.begun.mac1.hex().upper()
    asked = f"01011000FFFFFFFF|5170010100000001|02|00001388|300089000340|{begun}|"
    assert peer.texts == [
        f"load|{asked}",
        f"proof|{asked}{AT}|00003A98|16EAD516|",
        "block|01011000FFFFFFFF|5170010100000001|11223344|841E0000|",
    ]


def test_a_wrong_mac1_leaves_nothing_behind() -> None:
    """The host says that it is wrong and nothing else; it has agreed to nothing."""
    peer = PurseHost(published, lambda: NOW)
    with serve(peer.answer) as url, pytest.raises(CardMacWrong):
        RemoteLoadHost(HttpsHost(url)).authorise(
            OnlineRequest(CARD, LOAD.kind, LOAD.amount + 1, TERMINAL, LOAD.begun)
        )
    assert peer.authorised == {}
    assert peer.answer(peer.texts[0]) == REFUSED


def test_test_keys_are_found_by_asking_once() -> None:
    """A host is not asked again for what it is; one without a maintenance key is none of ours."""
    for root_of in SETS.values():
        peer = PurseHost(root_of)
        with serve(peer.answer) as url:
            host = RemoteLoadHost(HttpsHost(url))
            assert host.test_keys
            assert host.test_keys
        assert len(peer.texts) == 1
    with serve(PurseHost(lacks=HOST_KEYS).answer) as url:
        assert not RemoteLoadHost(HttpsHost(url)).test_keys


# --- What comes back -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "|",
        f"{AT}|11223344",
        f"{AT}|112233|",
        f"{AT}|1122334455|",
        f"{AT}|1122334G|",
        f"{AT[:-2]}|11223344|",
        f"{AT}|11223344|00|",
        "20241340141740|11223344|",
        "2024122914174A|11223344|",
        "refused|mac2|",
        "refused|mac1|no",
        "1|",
    ],
)
def test_answers_that_are_none(answer: str) -> None:
    """Nothing of it goes to the card, whose log would keep a moment that no calendar has."""
    with pytest.raises(HostAnswerWrong):
        RemoteLoadHost(Told(answer)).authorise(LOAD)


@pytest.mark.parametrize("answer", ["", "1", "2|", "true|", "1|1|", "11223344|", REFUSED])
def test_verdicts_that_are_none(answer: str) -> None:
    """Money has moved by then: what is no verdict says neither yes nor no, nor that none moved."""
    with pytest.raises(HostAnswerWrong):
        RemoteLoadHost(Told(answer)).is_proof(LOAD, GIVEN, 15_000, bytes(4))
    if answer != "11223344|":
        with pytest.raises(HostAnswerWrong):
            RemoteLoadHost(Told(answer)).maintenance_mac(CARD, bytes(4), bytes(4))


@pytest.mark.parametrize(
    ("kind", "session", "last"),
    [(TransactionType.LOAD, "DLK", "DTK"), (TransactionType.UNLOAD, "DULK", "DULK")],
)
def test_which_key_is_missing(kind: TransactionType, session: str, last: str) -> None:
    """404 has no name in it; whoever has to bring the key must be told the right one."""
    host, request = RemoteLoadHost(Told(LookupError())), load(kind=kind)
    with pytest.raises(KeyMissing, match=f"transit/{session}"):
        host.authorise(request)
    with pytest.raises(KeyMissing, match=f"transit/{last}"):
        host.is_proof(request, GIVEN, 15_000, bytes(4))
    with pytest.raises(KeyMissing, match="transit/DAMK"):
        host.maintenance_mac(CARD, bytes(4), bytes(4))


# --- What goes wrong -----------------------------------------------------------------------

WRONG = {
    Fault.SILENT: HostUnreachable,
    Fault.DRIPPING: HostUnreachable,
    Fault.HANGS_UP: HostUnreachable,
    Fault.BROKEN: HostUnreachable,
    Fault.NO_HTTP: HostAnswerWrong,
    Fault.REDIRECTS: HostAnswerWrong,
    Fault.RUBBISH: HostAnswerWrong,
    Fault.OVERSIZED: HostAnswerWrong,
    Fault.ECHOES: HostAnswerWrong,
}


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("fault", WRONG, ids=lambda fault: fault.name)
def test_faults(fault: Fault, ask: str) -> None:
    """Each is an error of the catalogue that quotes nothing of what went over the line."""
    with serve(PurseHost(published).answer, fault=fault) as url:
        host = RemoteLoadHost(HttpsHost(url, timeout=SOON))
        with pytest.raises(WRONG[fault]) as raised:
            ASKS[ask](host)
    shown = said(raised.value)
    assert CARD.serial.hex() not in shown
    assert LOAD.begun.mac1.hex().upper() not in shown


def test_every_fault_is_tried() -> None:
    """A new fault of the line is one more that a load has to survive."""
    assert set(WRONG) == set(Fault) - {Fault.NONE}


def test_nobody_there() -> None:
    """A host that is off is said so, and may be asked again."""
    with serve(PurseHost(published).answer) as url:
        host = RemoteLoadHost(HttpsHost(url))
    with pytest.raises(HostUnreachable):
        host.authorise(LOAD)


@pytest.mark.parametrize("url", ["http://load.example/", "ftp://127.0.0.1/", "nowhere", ""])
def test_addresses_that_are_none(url: str) -> None:
    """MAC2 is money: in clear it goes nowhere but on this machine, and the setting is named."""
    with pytest.raises(ConfigWrong) as raised:
        from_settings(HostSettings(url), "guitai.toml")
    assert "transit.host.url" in raised.value.cause("en")
    with pytest.raises(FileTrouble):
        from_settings(HostSettings("https://load.example/", ca_file="/nonexistent/ca.pem"))
