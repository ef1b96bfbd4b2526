"""Who answers for the purse at a counter: as configured, and never test keys in production."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from purse_services import HOST_KEYS, published, sam_card
from sam_service import SLOT, SamSlot
from softhsm import MODULE, PIN, token_with

from apdu.purse import OfflineBegun, TransactionType
from card_profiles import sam as profile
from card_profiles.development_keys import RootOf, uniform
from card_profiles.transit import TRANSIT
from emulator.key_host import serve
from emulator.pcsc import ScriptedPcsc
from emulator.personalise import file_cell
from emulator.purse_host import PurseHost
from emulator.sam import SamCard, SamFacts
from terminal.config import Config, Host, Keys, Readers, Token, Transit
from terminal.errors import ConfigWrong, GuitaiError, SamMissing, TestKeysRefused, TokenLoggedOut
from terminal.keys.purse import PurchaseRequest, PurseIdentity
from terminal.keys.purse_host import RemoteLoadHost
from terminal.keys.purse_sam import SamPurchases
from terminal.keys.purse_software import DerivedLoadHost, DevelopmentSam
from terminal.keys.service import CardKey
from terminal.readers.port import PcscFailure
from terminal.services.purse_keys import PurseKeys

NOW = datetime(2026, 3, 1, 17, 30, tzinfo=UTC)
CARD = PurseIdentity(bytes.fromhex("01011000FFFFFFFF"), bytes.fromhex("5170010100000001"))
Lines = Callable[[Path, RootOf, str], Any]


@contextmanager
def _token(folder: Path, root_of: RootOf, mark: str) -> Iterator[Config]:
    names = [CardKey(TRANSIT.name, each) for each in sorted(HOST_KEYS)]
    label = token_with(names, root_of, mark=mark)
    file = folder / "pin"
    file.touch(0o600)
    file.write_bytes(PIN.reveal())
    token = Token(MODULE, label, str(file), 60)
    yield Config(keys=Keys(token=token), transit=Transit(load="token"))


@contextmanager
def _host(_: Path, root_of: RootOf, mark: str) -> Iterator[Config]:  # an answer says what it is
    assert mark
    with serve(PurseHost(root_of).answer) as url:
        yield Config(transit=Transit(load="host", host=Host(url)))


HOSTS: dict[str, Lines] = {"token": _token, "host": _host}


def no_readers() -> ScriptedPcsc:
    return ScriptedPcsc(failure=PcscFailure)


def with_sam(card: SamCard) -> tuple[SamSlot, Config]:
    slot = SamSlot(card)
    return slot, Config(readers=Readers(roles={"sam": SLOT}), transit=Transit(purchase="sam"))


def keys(config: Config, pcsc: ScriptedPcsc | None = None) -> Any:
    return closing(PurseKeys(config, pcsc or no_readers(), lambda: NOW))


def live(config: Config) -> Config:
    return replace(config, production=True)


_THERE_BEFORE: list[threading.Thread] = []


@pytest.fixture(autouse=True)
def there_before() -> None:
    """Know the threads that other files' tests have left, for a card that hangs for example."""
    _THERE_BEFORE[:] = threading.enumerate()


def threads() -> set[str]:
    """Whoever holds a token or a reader has a thread of its own, that was not there before."""
    return {
        each.name
        for each in threading.enumerate()
        if each not in _THERE_BEFORE and each.name.startswith(("keys", "reader"))
    }


def test_without_settings() -> None:
    """A developer has everything in this process; number and key index are the configured ones."""
    settings = Transit(terminal="110000000042", key_index=3)
    with keys(Config(transit=settings)) as opened:
        assert isinstance(opened.host, DerivedLoadHost)
        assert isinstance(opened.sam, DevelopmentSam)
        assert opened.host is opened.host
        assert (opened.terminal.hex(), opened.purchase_index) == ("110000000042", 3)
        assert (opened.sam.terminal.hex(), opened.sam.key_index) == ("110000000042", 3)
        assert opened.moment().hex() == "20260302013000", "Beijing's time"


def test_the_configured_set(tmp_path: Path) -> None:
    """Both sides of one desk have the same set, or nothing fits."""
    macs = []
    for name in ("uniform", "distinct"):
        with keys(Config(keys=Keys(set=name))) as opened:
            macs.append(opened.host.maintenance_mac(CARD, bytes(4), bytes(4)))
            assert opened.host.test_keys
            assert opened.sam.test_keys
    assert macs[0] != macs[1]


@pytest.mark.parametrize("place", HOSTS)
def test_live_keys_in_production(tmp_path: Path, place: str) -> None:
    """A counter in production works with keys that are none of ours."""
    with HOSTS[place](tmp_path, published, "live") as config, keys(live(config)) as opened:
        mac = opened.host.maintenance_mac(
            CARD, bytes.fromhex("11223344"), bytes.fromhex("841E0000")
        )
    assert mac.hex().upper() == "2F811B5F", "SAMMAC-01"
    assert threads() == set()


@pytest.mark.parametrize("place", HOSTS)
def test_development_keys_in_production(tmp_path: Path, place: str) -> None:
    """Whatever they are marked and wherever they are; and nothing is left open."""
    with (
        HOSTS[place](tmp_path, uniform, "live") as config,
        keys(live(config)) as opened,
        pytest.raises(TestKeysRefused),
    ):
        _ = opened.host
    assert threads() == set()


def test_the_defaults_in_production() -> None:
    """Who forgot to configure the purse of a live counter is told at the first use."""
    with keys(Config(production=True)) as opened:
        for ask in (lambda: opened.host, lambda: opened.sam):
            with pytest.raises(TestKeysRefused):
                ask()


def test_the_sams_own_numbers() -> None:
    """Its number counts for a load as well: one terminal has one; its index for purchases alone."""
    card = sam_card(published)
    card.memory.write(file_cell(profile.PURSE, profile.PURSE_FILE), b"\x05")
    slot, config = with_sam(card)
    with keys(config, slot.pcsc) as opened:
        assert isinstance(opened.sam, SamPurchases)
        assert (opened.terminal.hex(), opened.purchase_index) == ("300089000340", 5)
        assert opened.load_index == config.transit.key_index
    assert threads() == set()


def test_a_live_sam_in_production() -> None:
    """It is taken, and makes purchases."""
    slot, config = with_sam(SamCard.new(SamFacts(key_type=1), root_of=published))
    begun = OfflineBegun(100, 1, 0, 0, 0, bytes(4))
    request = PurchaseRequest(
        CARD, TransactionType.PURCHASE, 1, begun, bytes.fromhex("20260301093000")
    )
    with keys(live(config), slot.pcsc) as opened:
        assert len(opened.sam.begin(request)[1]) == 4


def test_a_test_sam_in_production() -> None:
    """Refused by its key type byte; its reader is free for whoever wants it next."""
    slot, config = with_sam(sam_card(published))
    with keys(live(config), slot.pcsc) as opened:
        with pytest.raises(TestKeysRefused):
            _ = opened.sam
        with pytest.raises(TestKeysRefused):
            _ = opened.terminal
        assert threads() == set()
        with closing(SamPurchases(slot.session())) as another:
            assert another.test_keys


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    """Each in the catalogue's words, at the first use and not before; nothing is left open."""
    slot, no_sam = with_sam(sam_card(published))
    slot.pull()
    wrong_pin = tmp_path / "wrong-pin"
    wrong_pin.touch(0o600)
    wrong_pin.write_text("WRONG-PIN-8264")
    label = token_with([CardKey(TRANSIT.name, "DLK")], published)
    asks: list[tuple[Config, Callable[[PurseKeys], object], type[GuitaiError]]] = [
        (no_sam, lambda opened: opened.terminal, SamMissing),
        (Config(transit=Transit(purchase="sam")), lambda opened: opened.sam, SamMissing),
        (
            Config(transit=Transit(load="host", host=Host("http://load.example/"))),
            lambda opened: opened.host,
            ConfigWrong,
        ),
        (
            Config(
                keys=Keys(token=Token(MODULE, label, str(wrong_pin), 60)),
                transit=Transit(load="token"),
            ),
            lambda opened: opened.host,
            TokenLoggedOut,
        ),
    ]
    for config, ask, error in asks:
        with keys(config, slot.pcsc) as opened, pytest.raises(error):
            ask(opened)
    assert threads() == set()


def test_a_token_that_fails_when_it_is_asked_for_its_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was logged in to already: nobody is left logged in behind an error."""
    from terminal.errors import TokenRefused
    from terminal.keys.bounded import BoundedKeys

    def fail(_: BoundedKeys) -> bool:
        raise TokenRefused(step="test", detail="")

    with _token(tmp_path, published, "live") as config, keys(config) as opened:
        monkeypatch.setattr(BoundedKeys, "test_keys", property(fail))
        with pytest.raises(TokenRefused):
            _ = opened.host
        assert threads() == set()


def test_closing_without_opening() -> None:
    """A visit that came to nothing has opened nothing; who closes twice does no harm."""
    with keys(Config(transit=Transit(purchase="sam"))) as opened:
        opened.close()
    with keys(Config()) as opened:
        _ = opened.host, opened.sam


def test_a_remote_host_holds_nothing(tmp_path: Path) -> None:
    """Opening it asks nobody: a counter that only shows a balance needs no host."""
    peer = PurseHost(published)
    with serve(peer.answer) as url:
        config = Config(transit=Transit(load="host", host=Host(url)))
        with keys(config) as opened:
            assert isinstance(opened.host, RemoteLoadHost)
    assert peer.texts == []
