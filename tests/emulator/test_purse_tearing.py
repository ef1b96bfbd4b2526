"""Power that goes at any write: the purse, its counter, log, records and proof hold together."""

from collections.abc import Callable

import pytest
from purse_chip import AID, chip, protected, send
from purse_moves import begin, debit, limit_command, load_command, unload_command
from raw_card import cut

from apdu.purse import TransactionType
from emulator.card import SoftwareCard
from emulator.memory import PowerCut
from emulator.purse_state import Account

Begin = Callable[[SoftwareCard], str]


def load(card: SoftwareCard) -> str:
    return load_command(card, 500)


def purchase(card: SoftwareCard) -> str:
    return debit(send(card, begin(1, amount=300)), TransactionType.PURCHASE, 300)


def trip(card: SoftwareCard) -> str:
    begun = send(card, begin(3, amount=300))
    for record in ("80DC01D010" + "27017D010100" + "AA" * 10, "80DC00F030" + "CC" * 48):
        assert send(card, record) == "9000"
    return debit(begun, TransactionType.COMPOSITE, 300)


def unload(card: SoftwareCard) -> str:
    send(card, "0020000003123456")
    return unload_command(card, 200)


def limit(card: SoftwareCard) -> str:
    return limit_command(card, 500)


def put_in() -> SoftwareCard:
    """A card with a history: the log is full, so a record takes an old one's place."""
    account = Account(100000, 0, 0x10, 0x20)
    card = chip(purse=account, passbook=account)
    for _ in range(11):
        assert send(card, load(card)).endswith("9000")
    return card


def states(card: SoftwareCard) -> dict[str, bytes]:
    """What a reader can see of the card, tries and PIN left out."""
    return {
        name: value for name, value in card.memory.cells().items() if not name.endswith(".tries")
    }


@pytest.mark.parametrize("what", [load, purchase, trip, unload, limit])
def test_all_old_or_all_new(what: Begin) -> None:
    """Torn before every single write: nothing is half done, and the proof tells which it is."""
    whole = put_in()
    last = what(whole)
    before = states(whole)
    assert send(whole, last).endswith("9000")
    after = states(whole)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    kinds = {name.rsplit(".", 1)[0] for name in changed}
    assert {"transit.0018"} < kinds
    assert any("proof" in name for name in changed)
    assert any(name.endswith((".online", ".offline")) for name in changed)
    if what is trip:
        assert {"transit.001A", "transit.001E"} < kinds
    outcomes = []
    for number in range(1, 100):
        card = put_in()
        command = what(card)
        old = states(card)
        cut(card, number)
        try:
            send(card, command)
        except PowerCut:
            card.memory.before_write = None
            card.power_on()
            new = states(card)
            touched = {name for name in old | new if old.get(name) != new.get(name)}
            assert touched in (set(), changed)
            outcomes.append(bool(touched))
            proved(card, happened=bool(touched), what=what)
        else:
            break
    else:
        raise AssertionError("it never ended")
    # Once it has happened, later writes can't undo it.
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {False, True}


def proved(card: SoftwareCard, *, happened: bool, what: Begin) -> None:
    """Ask as a terminal would after the tear: 9000 with MAC and TAC, or 9406."""
    send(card, AID)
    # The online counter was moved by eleven loads before, of the purse alone.
    kind, counter = {
        load: ("02", 0x10 + 12),
        purchase: ("06", 0x21),
        trip: ("09", 0x21),
        unload: ("03", 0x11),
        limit: ("07", 0x10 + 12),
    }[what]
    answer = send(card, f"805A00{kind}02{counter:04X}08")
    assert answer.endswith("9000") if happened else answer == "9406"


@pytest.mark.parametrize("what", [load, purchase, trip])
def test_a_torn_purse_goes_on(what: Begin) -> None:
    """After a tear the card pays again, with the counter that it really has."""
    for number in range(1, 12):
        card = put_in()
        command = what(card)
        cut(card, number)
        with pytest.raises(PowerCut):
            send(card, command)
        card.memory.before_write = None
        card.power_on()
        send(card, AID)
        assert send(card, what(card)).endswith("9000")


def test_tries_are_spent_before_the_comparison() -> None:
    """A tear in a PIN command costs the try: guesses are not had for nothing."""
    card = chip()
    cut(card, 2)
    with pytest.raises(PowerCut):
        send(card, "0020000003123456")
    card.memory.before_write = None
    card.power_on()
    assert card.memory.read("transit.PIN.tries") == b"\2"


def test_a_new_pin_is_whole() -> None:
    """PIN and tries change together, or neither."""
    from purse_chip import KEYS

    from card_profiles import transit

    for number in range(1, 10):
        card = chip()
        for _ in range(3):
            send(card, "0020000003999999")
        command = protected(card, "842400005555", key=KEYS[transit.DPUK], encrypted=True)
        cut(card, number)
        try:
            assert send(card, command) == "9000"
        except PowerCut:
            card.memory.before_write = None
            card.power_on()
        pair = card.memory.read("transit.PIN"), card.memory.read("transit.PIN.tries")
        assert pair in {(b"\x12\x34\x56", b"\0"), (b"\x55\x55", b"\3")}
