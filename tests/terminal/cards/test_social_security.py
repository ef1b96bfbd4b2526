"""Reading a holder: what is on the card arrives, whole, on every kind of card and habit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from apdu.cipher import Algorithm
from card_profiles import development_keys
from emulator.card import SoftwareCard
from emulator.card_os import Habits
from emulator.facts import CardFacts, Holder, made_up_facts
from terminal.cards.holder import Coded
from terminal.errors import (
    CardBlocked,
    CardRefused,
    DataDamaged,
    KeysDoNotFit,
    NotSocialSecurity,
    ProofLocked,
    ProofRejected,
)
from terminal.keys.software import SoftwareKeys, development

Make = Callable[..., SoftwareCard]
Hold = Callable[[Any], Any]

# Test cards P1 and P2 of reference card-interface-functions.md §12.
P1 = CardFacts(
    region="110000",
    serial=bytes.fromhex("00000001"),
    holder=Holder("000000199001010018", "测试甲", "1", "01", None, date(1990, 1, 1)),
    card_number="A12345674",
    issue_date=date(2026, 1, 1),
    expiry_date=date(2036, 1, 1),
)
P2 = CardFacts(
    region="510100",
    serial=bytes.fromhex("0000002A"),
    authentication=bytes.fromhex("0B1C2D3E"),
    historical=bytes.fromhex("0087CF2001864951010000002A"),
    holder=Holder("00000019850228002X", "样例乙", "2", "01", "510100", date(1985, 2, 28)),
    card_number="S51000426",
    issue_date=date(2018, 3, 1),
    expiry_date=date(2028, 3, 1),
)


def test_p1(virtual_card: Make, held: Hold) -> None:
    """The reference's generation-3 card reads as its table says."""
    reading = held(virtual_card("beijing", facts=P1)).read()
    assert (reading.generation, reading.algorithm) == (3, Algorithm.SM4)
    assert reading.atr.hex().upper() == "3B6D00000081544C978684110000000001"
    card, holder = reading.card, reading.holder
    assert card.card_id.reveal() == "110000D15600000500000001FFFFFFFF"
    assert (card.specification_version, card.card_class) == ("3.00", "3")
    assert (card.issue_date, card.expiry_date) == (date(2026, 1, 1), date(2036, 1, 1))
    assert (card.card_number.reveal(), card.card_number_check) == ("A12345674", True)
    assert holder.social_security_number.reveal() == "000000199001010018"
    assert holder.name.reveal() == "测试甲"
    assert holder.sex == Coded("1", "男")
    assert holder.ethnic_group == Coded("01", "汉")
    assert holder.birthplace is None
    assert holder.birth_date.reveal() == date(1990, 1, 1)
    assert [note.code for note in reading.notes.collected] == ["missing_item"]


def test_p2(virtual_card: Make, held: Hold) -> None:
    """The reference's generation-2 card reads as its table says, without any key."""
    reading = held(virtual_card("gen2", facts=P2)).read()
    assert (reading.generation, reading.algorithm) == (2, Algorithm.TDES)
    assert reading.card.card_id.reveal() == "510100D1560000050000002A0B1C2D3E"
    assert reading.card.card_number.reveal() == "S51000426"
    assert reading.holder.name.reveal() == "样例乙"
    assert reading.holder.birthplace == Coded("510100", "成都市")
    assert reading.notes.collected == []


@pytest.mark.parametrize("keys", development_keys.SETS)
@pytest.mark.parametrize("profile", ["gen1", "gen2", "gen3", "beijing"])
@pytest.mark.parametrize("seed", range(1, 6))
def test_every_profile(virtual_card: Make, held: Hold, profile: str, seed: int, keys: str) -> None:
    """On both key sets: a mixed-up key id would pass with equal keys and fail with distinct."""
    card = virtual_card(profile, seed=seed, root_of=development_keys.SETS[keys])
    facts = made_up_facts(card.profile, seed)
    reading = held(card).read(development(keys))
    assert facts.holder is not None
    assert reading.holder.name.reveal() == facts.holder.name
    assert reading.holder.social_security_number.reveal() == facts.holder.social_security_number
    assert reading.holder.birth_date.reveal() == facts.holder.birth_date
    assert reading.card.card_number.reveal() == facts.card_number
    assert reading.generation == card.profile.generation


@pytest.mark.parametrize("profile", ["gen3", "beijing"])
def test_contactless(virtual_card: Make, held: Hold, profile: str) -> None:
    """Both sides of a dual-interface card give the same holder."""
    contact = held(virtual_card(profile)).read()
    contactless = held(virtual_card(profile, interface="contactless")).read()
    assert (contact.contactless, contactless.contactless) == (False, True)
    assert contactless.holder == contact.holder
    assert contactless.card == contact.card


HABITS = {
    "no short file ids": Habits(short_file_ids=False),
    "records by number only": Habits(by_tag=False, whole_file=False),
    "records by tag only": Habits(by_number=False, whole_file=False),
    "one record at a time": Habits(whole_file=False),
    "short ids, one at a time": Habits(whole_file=False, by_tag=False),
    "EF by id only": Habits(ef_by_child=False, short_file_ids=False),
    "EF by child only": Habits(ef_by_id=False, short_file_ids=False),
    "answers all whatever Le": Habits(any_length=True),
    "environment as DDF1": Habits(select_by_name=False),
    "environment in the MF": Habits(select_by_name=False, select_ddf1=False),
    "EF not selectable": Habits(ef_by_child=False, ef_by_id=False, whole_file=False),
    "old and narrow": Habits(
        short_file_ids=False, whole_file=False, by_number=False, ef_by_child=False
    ),
}


@pytest.mark.parametrize("interface", ["contact", "contactless"])
@pytest.mark.parametrize("name", HABITS)
def test_every_habit(virtual_card: Make, held: Hold, name: str, interface: str) -> None:
    """Cards refuse different ways of reading; one way is always found, and said."""
    plain = held(virtual_card("beijing", interface=interface)).read()
    reading = held(virtual_card("beijing", interface=interface, habits=HABITS[name])).read()
    assert reading.holder == plain.holder
    assert reading.card == plain.card
    said = {note.code for note in reading.notes.collected} - {"missing_item"}
    expected: set[str] = set()
    if not (HABITS[name].short_file_ids and HABITS[name].whole_file):
        expected = {"record_by_record"}
    if not HABITS[name].select_by_name:
        expected = {"selected_otherwise"}
    assert said == expected


def test_internal_check_protects_the_tries(virtual_card: Make, held: Hold) -> None:
    """With wrong keys nothing is spent: the card has to prove itself before we do."""
    card = virtual_card("beijing", root_of=development_keys.distinct)
    with pytest.raises(KeysDoNotFit):
        held(card).read(development("uniform"))
    assert card.memory.read("SSSE.key.0A.tries") == b"\x03"


def test_wrong_keys_without_the_check(virtual_card: Make, held: Hold) -> None:
    """Each try is reported with what is left, and a locked key is told from a wrong one."""
    card = virtual_card("beijing", root_of=development_keys.distinct)
    for left in (2, 1, 0):
        with pytest.raises(ProofRejected) as caught:
            held(card).read(development("uniform"), internal_check=False)
        assert caught.value.facts["left"] == left
    with pytest.raises(ProofLocked):
        held(card).read(development("distinct"), internal_check=False)


def test_generation_3_without_keys(virtual_card: Make, held: Hold) -> None:
    """No keys, no holder; never an empty one that looks like a holder."""
    none = SoftwareKeys(lambda application, key: None)
    with pytest.raises(Exception, match="SSSE/IRK"):
        held(virtual_card("gen3")).read(none)


def test_blocked_application(virtual_card: Make, held: Hold) -> None:
    """A blocked card is said to be blocked and not called a foreign one."""
    card = virtual_card("beijing")
    card.memory.write("SSSE.blocked", b"\x01")
    with pytest.raises(CardBlocked):
        held(card).read()


def test_blocked_card(virtual_card: Make, held: Hold) -> None:
    """A card that answers 6A81 to everything is blocked as a whole (reference §3)."""
    card = virtual_card("gen2")
    card.memory.write("blocked", b"\x01")
    with pytest.raises(CardBlocked):
        held(card).read()


def test_blank_card(virtual_card: Make, held: Hold) -> None:
    """A blank card has a card id and no holder: every item is missing, and each is said."""
    blank = replace(P2, holder=None, card_number=None)
    reading = held(virtual_card("gen2", facts=blank)).read()
    assert reading.holder.name is None
    assert reading.holder.birth_date is None
    assert reading.card.card_number is None
    assert not reading.card.card_number_check
    missing = [note.detail.en for note in reading.notes.collected if note.code == "missing_item"]
    assert {"name", "social security number", "birth date", "card number"} <= set(missing)


def test_reading_twice_authenticates_twice_only_after_reset(virtual_card: Make, held: Hold) -> None:
    """A proof stands for the session; the photo needs no second one."""
    card = virtual_card("beijing", facts=replace(P1, photo=bytes.fromhex("FFD8FFE0 1122 FFD9")))
    hand = held(card)
    from terminal.cards.social_security import SocialSecurityCard

    application = SocialSecurityCard(hand.connection)
    application.read(development())
    spent = hand.wire.commands
    assert application.read_photo() == bytes.fromhex("FFD8FFE01122FFD9")
    assert hand.wire.commands == spent + 1


def test_photo_of_full_size(virtual_card: Make, held: Hold) -> None:
    """A photo may fill its 4,096 bytes; it is read in pieces and ends at its end mark."""
    photo = b"\xff\xd8" + bytes(range(1, 250)) * 16 + b"\xff\xd9"
    card = virtual_card("beijing", facts=replace(P1, photo=photo))
    hand = held(card)
    from terminal.cards.social_security import SocialSecurityCard

    application = SocialSecurityCard(hand.connection)
    application.read(development())
    assert application.read_photo() == photo


@pytest.mark.parametrize(
    ("names", "likely"),
    [
        ((), ""),
        ((b"2PAY.SYS.DDF01",), "bank card"),
        ((bytes.fromhex("A000000632010105"),), "transit card"),
    ],
)
def test_foreign_card(held: Hold, names: tuple[bytes, ...], likely: str) -> None:
    """An unknown card says what it is not, and what it looks like."""

    class Foreign:
        atr = bytes.fromhex("3B00")
        protocol = "T=1"

        def power_on(self) -> None: ...

        def transmit(self, command: bytes) -> bytes:
            return b"\x90\x00" if command[5:] in names else b"\x6a\x82"

    with pytest.raises(NotSocialSecurity) as caught:
        held(Foreign()).read()
    assert likely in caught.value.message("en")
    assert "3B00" in caught.value.cause("zh")


def test_damage_is_not_hidden(virtual_card: Make, held: Hold) -> None:
    """A name that is no text stops the reading: half a name must not look like a name."""
    card = virtual_card("gen2", facts=P2)
    card.memory.write("SSSE.EF06.2", bytes.fromhex("091E 81FF").ljust(32, b"\0"))
    with pytest.raises(DataDamaged) as caught:
        held(card).read()
    assert "姓名" in caught.value.message("zh")


def test_refused_holder_file(virtual_card: Make, held: Hold) -> None:
    """6982 on the holder's file is an error with the file's name and the card's word."""
    card = virtual_card("gen3")
    from terminal.cards.social_security import SocialSecurityCard

    application = SocialSecurityCard(held(card).connection)
    application.select()
    application.read_card()
    with pytest.raises(CardRefused) as caught:
        application.read_holder(3)
    assert caught.value.facts["sw"] == "6982"
