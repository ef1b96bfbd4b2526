"""Keys on a remote host: what it is asked, over which line, and what goes wrong there."""

import socket
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock, call

import pytest
from certificates import Authority
from key_services import P1, P2

from apdu.cipher import Algorithm
from apdu.secret import Secret
from card_profiles.development_keys import SETS
from emulator.key_host import Fault, KeyHost, UnknownKey, serve
from terminal.config import Host as HostSettings
from terminal.errors import (
    CardBabbles,
    ConfigWrong,
    FileTrouble,
    GuitaiError,
    HostAnswerWrong,
    HostUnreachable,
    KeyMissing,
)
from terminal.keys.host import HostKeys, from_settings
from terminal.keys.https_host import MOST_BYTES, HttpsHost, _Until
from terminal.keys.service import CardIdentity, CardKey
from terminal.service_pin import ServicePin

IRK, PUK = CardKey("SSSE", "IRK"), CardKey("SSSE", "PUK")
FACTOR = bytes.fromhex("1122334455667788")
ORIGINAL = bytes.fromhex("A1A2A3A4A5A6A7A8")
RELOAD, UNBLOCK = bytes.fromhex("84240001"), bytes.fromhex("84240000")
PIN = "739158"
SOON = 0.3  # seconds: a deadline that has to pass for real
P1_LINE = "110000|0081544C978684110000000001|110000D15600000500000001FFFFFFFF|\n"


class Told:
    """A host that answers what it is told to, or raises it."""

    def __init__(self, answer: str | Exception) -> None:
        self.answer = answer
        self.asked: list[str | Secret] = []

    def ask(self, text: str | Secret) -> str:
        self.asked.append(text)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def prove(keys: HostKeys) -> str:
    return keys.authentication_data(P1, IRK, FACTOR, ORIGINAL).hex().upper()


def reload(keys: HostKeys) -> bytes:
    with ServicePin(bytearray(PIN.encode())) as pin:
        return keys.reload_pin(P1, PUK, FACTOR, RELOAD, pin)


def said(error: BaseException) -> str:
    """Everything that an error shows, with what caused it."""
    shown = "".join(traceback.format_exception(error)) + repr(error)
    if isinstance(error, GuitaiError):
        for language in ("zh", "en"):
            shown += error.message(language) + error.cause(language) + error.advice(language)
    return shown


# --- What is asked -------------------------------------------------------------------------


def test_the_texts_that_are_sent() -> None:
    """IRK by the basic read's text, which names the card itself; all others by their address."""
    host = KeyHost()
    with serve(host.answer) as url:
        keys = HostKeys(HttpsHost(url))
        prove(keys)
        keys.authentication_data(P1, PUK, FACTOR, ORIGINAL)
        keys.mac(P1, PUK, FACTOR, UNBLOCK)
        reload(keys)
    assert host.texts == [
        P1_LINE.replace("|110000D", "|03|110000D").strip() + "1122334455667788|A1A2A3A4A5A6A7A8|||",
        P1_LINE + "03|0090|1122334455667788|A1A2A3A4A5A6A7A8|",
        P1_LINE + "03|0090|1122334455667788|8424000004||",
        P1_LINE + "03|0090|1122334455667788|8424000114|739158|",
    ]


def test_a_pin_goes_out_as_a_secret() -> None:
    """Whatever lies between us and the line can't show it by accident."""
    host = Told("84240001" + "14" + "00" * 20)
    reload(HostKeys(host))
    (text,) = host.asked
    assert isinstance(text, Secret)
    assert PIN not in repr(host.asked)


def test_a_card_without_an_id() -> None:
    """The id may be unreadable; the field is empty then, and the keys derive without it."""
    host = KeyHost()
    with serve(host.answer) as url:
        card = CardIdentity(P1.region, P1.historical, P1.algorithm)
        keys = HostKeys(HttpsHost(url))
        assert keys.authentication_data(card, IRK, FACTOR, ORIGINAL) == bytes.fromhex(
            "F3610F94C1077F0E"
        )
    assert "|03||1122334455667788|" in host.texts[0]


@pytest.mark.parametrize("wrong", [CardKey("SSSE", "NONE"), CardKey("DF01", "PUK")])
def test_a_key_without_an_address_is_not_asked_for(wrong: CardKey) -> None:
    """A host can't be told what to compute with."""
    host = Told("")
    keys = HostKeys(host)
    assert not keys.holds(P1, wrong)
    with pytest.raises(KeyMissing, match=str(wrong)):
        keys.mac(P1, wrong, FACTOR, UNBLOCK)
    assert host.asked == []


def test_a_card_that_does_not_derive_is_not_asked_about() -> None:
    """It is the card's fault, and found here."""
    host = Told("")
    with pytest.raises(CardBabbles):
        HostKeys(host).authentication_data(
            CardIdentity("110000", bytes(4), Algorithm.SM4), PUK, FACTOR, ORIGINAL
        )
    assert host.asked == []


def test_a_host_that_lacks_a_key() -> None:
    """It says so, and we say which."""
    with serve(KeyHost(lacks=frozenset({"PUK"})).answer) as url:
        keys = HostKeys(HttpsHost(url))
        with pytest.raises(KeyMissing, match="SSSE/PUK"):
            reload(keys)
        assert prove(keys) == "F3610F94C1077F0E"


# --- Whose keys it has ---------------------------------------------------------------------


@pytest.mark.parametrize("set_name", SETS)
def test_a_host_with_development_keys_is_found_out(set_name: str) -> None:
    """It is asked about nobody's card, once: development keys give it away."""
    host = KeyHost(SETS[set_name])
    with serve(host.answer) as url:
        keys = HostKeys(HttpsHost(url))
        assert keys.test_keys
        assert keys.test_keys
    assert len(host.texts) == 1
    assert host.texts[0].startswith("000000|")


def _nowhere(_text: str) -> str:
    """Know no card of this region: 404."""
    raise UnknownKey


@pytest.mark.parametrize("text", ["no such region", "", "0" * 66, "<html>"])
def test_a_host_that_talks_rubbish_is_no_live_one(text: str) -> None:
    """What answers in no known form is no key service at all, and production is not let in."""
    with serve(lambda _: text) as url, pytest.raises(HostAnswerWrong):
        _ = HostKeys(HttpsHost(url)).test_keys


@pytest.mark.parametrize(
    "answer",
    [
        KeyHost(lambda *_: bytes(16)).answer,  # TEST KEY, and of no development set
        _nowhere,
    ],
    ids=["other keys", "no such card"],
)
def test_a_host_with_other_keys(answer: Callable[[str], str]) -> None:
    """Other keys, or no answer for a card that can't be, are none of the development sets."""
    with serve(answer) as url:
        assert not HostKeys(HttpsHost(url)).test_keys


def test_a_host_that_is_away_is_not_taken_for_a_live_one() -> None:
    """Nothing is known of its keys before it answers."""
    keys = HostKeys(Told(HostUnreachable(detail="away")))
    with pytest.raises(HostUnreachable):
        _ = keys.test_keys


# --- The line ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "leaf"),
    [
        (Fault.SILENT, HostUnreachable),
        (Fault.DRIPPING, HostUnreachable),
        (Fault.HANGS_UP, HostUnreachable),
        (Fault.BROKEN, HostUnreachable),
        (Fault.NO_HTTP, HostAnswerWrong),
        (Fault.REDIRECTS, HostAnswerWrong),
        (Fault.RUBBISH, HostAnswerWrong),
        (Fault.OVERSIZED, HostAnswerWrong),
        (Fault.ECHOES, HostAnswerWrong),
    ],
    ids=lambda each: each.name if isinstance(each, Fault) else "",
)
def test_faults_of_host_and_line(fault: Fault, leaf: type[GuitaiError]) -> None:
    """Each ends in time, as what it is, and shows neither the new PIN nor what came back."""
    with serve(KeyHost().answer, fault=fault) as url:
        keys = HostKeys(HttpsHost(url, timeout=SOON))
        with pytest.raises(leaf) as caught:
            reload(keys)
    assert PIN not in said(caught.value)
    assert "8424000114" not in said(caught.value)


def test_a_host_in_trouble_of_its_own() -> None:
    """IT looks at the host then, not at the network."""
    fault = Fault.BROKEN
    with serve(KeyHost().answer, fault=fault) as url, pytest.raises(HostUnreachable) as caught:
        reload(HostKeys(HttpsHost(url)))
    assert caught.value.cause("zh").startswith("它报告自身出错（HTTP 5")


@pytest.mark.parametrize(
    "answer", ["", "00", "8424000114" + "00" * 19, "842400010C" + "00" * 20, "8424000114|" * 5]
)
def test_answers_of_the_wrong_length_or_for_another_command(answer: str) -> None:
    """The card gets nothing that was not made for this command."""
    with serve(lambda _: answer) as url, pytest.raises(HostAnswerWrong):
        reload(HostKeys(HttpsHost(url)))


def test_the_longest_answer_is_far_below_the_limit() -> None:
    """The limit is against floods and must not cut an answer."""
    answer = KeyHost().answer(
        P1_LINE.strip().replace("|110000D", "|03|110000D")
        + "1122334455667788|A1A2A3A4A5A6A7A8|99AABBCCDDEEFF00|B1B2B3B4B5B6B7B8|"
    )
    assert len(answer) == 66 < MOST_BYTES


def test_a_host_that_is_not_there() -> None:
    """Nobody listens on the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(HostUnreachable) as caught:
            prove(HostKeys(HttpsHost(url)))
    assert "refused" in caught.value.cause("en")


def test_the_deadline_is_one_for_all_of_it() -> None:
    """When the clock is past it before the question is sent, nothing is sent."""
    ticks = iter((0.0, 100.0))
    host = KeyHost()
    with serve(host.answer) as url:
        line = HttpsHost(url, timeout=5, clock=lambda: next(ticks))
        with pytest.raises(HostUnreachable) as caught:
            prove(HostKeys(line))
    assert "timed out" in caught.value.cause("en")
    assert host.texts == []


def test_each_wait_has_what_is_left_of_the_time() -> None:
    """A host that says a byte now and then gets no new time for each."""
    now = [2.0]
    line = Mock()
    line.recv_into.return_value = 1
    until = _Until(line, 10.0, lambda: now[0])
    until.sendall(b"question")
    now[0] = 9.5
    until.receive(memoryview(bytearray(1)))
    assert line.settimeout.mock_calls == [call(8.0), call(0.5)]
    now[0] = 10.0
    with pytest.raises(TimeoutError):
        until.receive(memoryview(bytearray(1)))


def test_a_path_and_a_query_are_kept() -> None:
    """A host may serve more than this."""
    with serve(KeyHost().answer) as url:
        assert prove(HostKeys(HttpsHost(f"{url}keys/1?outlet=7"))) == "F3610F94C1077F0E"


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PIN does not go where a variable says."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    with serve(KeyHost().answer) as url:
        assert prove(HostKeys(HttpsHost(url))) == "F3610F94C1077F0E"


# --- TLS -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority whose files outlive each test."""
    return Authority(tmp_path_factory.mktemp("tls"), "authority")


@pytest.fixture
def secure(authority: Authority) -> Iterator[str]:
    """A host over HTTPS that asks who we are."""
    context = authority.server(authority.identity("localhost"), asks_clients=True)
    with serve(KeyHost().answer, tls=context) as url:
        yield url


def test_both_sides_show_who_they_are(authority: Authority, secure: str) -> None:
    """The configured files are what is needed: the authority, our certificate and its key."""
    ours = authority.identity("outlet")
    keys = from_settings(
        HostSettings(
            url=secure,
            ca_file=str(authority.file),
            certificate_file=str(ours.certificate),
            private_key_file=str(ours.private_key),
        )
    )
    assert prove(keys) == "F3610F94C1077F0E"
    assert len(reload(keys)) == 20


def test_a_host_that_nobody_vouches_for(authority: Authority, secure: str, tmp_path: Path) -> None:
    """A certificate of another authority, or no authority named: nothing is sent."""
    strangers = Authority(tmp_path, "strangers")
    for ca_file in (str(strangers.file), ""):
        with pytest.raises(HostUnreachable) as caught:
            reload(HostKeys(HttpsHost(secure, ca_file=ca_file, timeout=5)))
        assert "TLS" in caught.value.cause("en")
        assert PIN not in said(caught.value)


def test_a_host_of_another_name(authority: Authority) -> None:
    """A certificate of the right authority for another host is none for this one."""
    context = authority.server(authority.identity("elsewhere"))
    with (
        serve(KeyHost().answer, tls=context) as url,
        pytest.raises(HostUnreachable) as caught,
    ):
        prove(HostKeys(HttpsHost(url, ca_file=str(authority.file), timeout=5)))
    assert "mismatch" in caught.value.cause("en")


def test_a_host_that_does_not_know_us(authority: Authority, secure: str) -> None:
    """Without our certificate a host that asks for one hangs up."""
    with pytest.raises(HostUnreachable):
        prove(HostKeys(HttpsHost(secure, ca_file=str(authority.file), timeout=5)))


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.7/",
        "http://example.invalid/",
        "ftp://localhost/",
        "localhost:8443",
        "https://",
        "https://localhost:port/",
        "https://[::1",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    """A PIN never crosses a network in clear: plain HTTP is for this machine alone."""
    with pytest.raises(ConfigWrong, match=r"guitai\.toml"):
        from_settings(HostSettings(url=url), "guitai.toml")


@pytest.mark.parametrize("url", ["http://localhost/", "http://127.8.0.1:81/", "http://[::1]/"])
def test_plain_http_on_this_machine(url: str) -> None:
    """A program beside us, say a cipher machine's own, may be asked without TLS."""
    assert from_settings(HostSettings(url=url)).holds(P2, IRK)


@pytest.mark.parametrize("setting", ["ca_file", "certificate_file", "private_key_file"])
def test_files_that_are_not_there_or_none(
    authority: Authority, tmp_path: Path, setting: str
) -> None:
    """They are named; a counter does not start without what it is known by."""
    ours = authority.identity("outlet")
    files = {
        "ca_file": str(authority.file),
        "certificate_file": str(ours.certificate),
        "private_key_file": str(ours.private_key),
    }
    with pytest.raises(FileTrouble, match="none"):
        HttpsHost("https://localhost/", **{**files, setting: str(tmp_path / "none.pem")})
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_bytes(b"no certificate")
    with pytest.raises(FileTrouble):
        HttpsHost("https://localhost/", **{**files, setting: str(rubbish)})
