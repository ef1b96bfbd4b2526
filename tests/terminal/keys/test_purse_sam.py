"""Purchases with a SAM card: which card it is, what it has, and a SAM that goes away."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from purse_services import AT, SAM_KEYS, TERMINAL, published, sam_card
from sam_service import SLOT, SamSlot

from apdu.purse import OfflineBegun, TransactionType
from apdu.sam_commands import PickKey
from card_profiles import sam as profile
from emulator.card import Removed
from emulator.personalise import file_cell
from emulator.sam import SamCard, SamFacts
from terminal.config import Readers
from terminal.config import Sam as SamSettings
from terminal.errors import KeyMissing, ReaderGone, SamMissing, SamRefused, SamReplaced
from terminal.keys.purse import PurchaseProof, PurchaseRequest, PurseIdentity
from terminal.keys.purse_sam import SamPurchases, from_settings
from terminal.readers.session import CardSession

CARD = PurseIdentity(bytes.fromhex("01011000FFFFFFFF"), bytes.fromhex("5170010100000001"))
MOMENT = bytes.fromhex(AT)
SEQUENCE, NEXT = bytes.fromhex("00001234"), bytes.fromhex("00001235")
# SAM-01 of the reference.
MAC1, MAC2, TAC = (bytes.fromhex(each) for each in ("94E25392", "DFBABAE9", "756F3C78"))
PROOF = PurchaseProof(
    CARD, TransactionType.COMPOSITE, 500, bytes.fromhex(TERMINAL), SEQUENCE, MOMENT
)


def purchase(*, version: int = 0) -> PurchaseRequest:
    begun = OfflineBegun(0xCB7, 0x42C, 0, version, 0, bytes.fromhex("0BADF00D"))
    return PurchaseRequest(CARD, TransactionType.COMPOSITE, 500, begun, MOMENT)


@pytest.fixture
def card() -> SamCard:
    """The vectors' SAM."""
    return sam_card(published)


@pytest.fixture
def slot(card: SamCard) -> SamSlot:
    """Its reader."""
    return SamSlot(card)


@pytest.fixture
def sam(slot: SamSlot) -> Iterator[SamPurchases]:
    with closing(SamPurchases(slot.session())) as sam:
        yield sam


# --- Who it is -----------------------------------------------------------------------------


def test_what_the_sam_says_of_itself(card: SamCard, sam: SamPurchases) -> None:
    """Its number is in every MAC and its index names the key: the configuration's are not asked."""
    card.memory.write(file_cell(profile.MASTER_FILE, profile.TERMINAL_FILE), bytes(range(6)))
    card.memory.write(file_cell(profile.PURSE, profile.PURSE_FILE), b"\x07")
    assert sam.terminal == bytes(range(6))
    assert sam.key_index == 7, "one byte is known of this file; another SAM has no more in it"
    assert sam.begin(purchase())[1] != MAC1


def test_a_sam_of_live_keys() -> None:
    """Its key type byte says so, and a counter in production takes it."""
    card = SamCard.new(SamFacts(key_type=1), root_of=published)
    with closing(SamPurchases(SamSlot(card).session())) as sam:
        assert not sam.test_keys


def test_another_sam_in_its_place(slot: SamSlot, sam: SamPurchases) -> None:
    """Its numbers are another terminal's: said, and nothing is made with it."""
    assert sam.begin(purchase()) == (SEQUENCE, MAC1)
    slot.pull()
    slot.put(SamCard.new(SamFacts(serial="11000000000000000008"), root_of=published))
    with pytest.raises(SamReplaced):
        sam.begin(purchase())


@pytest.mark.parametrize("fid", sorted(profile.PURSE_IDS))
def test_ids_of_other_cities(fid: int) -> None:
    """SAMs have the application under different ids; each is tried before it is missing."""
    with closing(SamPurchases(SamSlot(OtherCity(fid)).session())) as sam:
        assert sam.begin(purchase()) == (SEQUENCE, MAC1)


def test_a_sam_without_the_transit_application() -> None:
    """A social security SAM alone: said as a missing SAM, not as a fault of the holder's card."""
    with (
        closing(SamPurchases(SamSlot(OtherCity(0)).session())) as sam,
        pytest.raises(SamMissing) as raised,
    ):
        sam.begin(purchase())
    assert "transit application" in raised.value.cause("en")


class OtherCity:
    """A SAM that has its purse under one id only, or nowhere."""

    def __init__(self, fid: int) -> None:
        self._card = sam_card(published)
        self._fid = fid
        self.atr, self.protocol = self._card.atr, self._card.protocol
        self.power_on, self.power_off = self._card.power_on, self._card.power_off
        self.reset = self._card.reset

    def transmit(self, command: bytes) -> bytes:
        asked = int.from_bytes(command[5:7], "big")
        if command[:4] == bytes.fromhex("00A40000") and asked != self._fid:
            return b"\x6a\x82"
        return self._card.transmit(command)


# --- Keys ----------------------------------------------------------------------------------


def test_a_key_version_it_has_not(sam: SamPurchases) -> None:
    """The card's own bytes go to the SAM as they came, and 9403 is a key to be brought."""
    with pytest.raises(KeyMissing, match="transit/DPK"):
        sam.begin(purchase(version=9))
    assert sam.begin(purchase()) == (SEQUENCE, MAC1)


def test_levels_that_do_not_fit() -> None:
    """A SAM whose root stands elsewhere refuses, and that is no missing key."""
    card = sam_card(published, SAM_KEYS, 1)
    with (
        closing(SamPurchases(SamSlot(card).session())) as sam,
        pytest.raises(SamRefused) as raised,
    ):
        sam.begin(purchase())
    assert raised.value.facts["sw"] == "6A80"


def test_a_sam_that_counted_to_the_end() -> None:
    """9402: it makes no more purchases, and says so."""
    card = sam_card(published, sequence=0xFFFF_FFFF)
    with (
        closing(SamPurchases(SamSlot(card).session())) as sam,
        pytest.raises(SamRefused) as raised,
    ):
        sam.begin(purchase())
    assert raised.value.facts["sw"] == "9402"


# --- A SAM that goes away ------------------------------------------------------------------


def test_what_crosses_the_wire(slot: SamSlot) -> None:
    """Five TPDUs to know who it is, once; then three for MAC1 and MAC2 and three for a TAC."""
    session = slot.session()
    counts = []
    with closing(SamPurchases(session)) as sam:
        for ask in (
            lambda: (sam.terminal, sam.key_index, sam.test_keys),
            lambda: sam.begin(purchase()),
            lambda: sam.credit(MAC2),
            lambda: sam.is_tac(PROOF, TAC),
        ):
            before = session.wire.commands
            ask()
            counts.append(session.wire.commands - before)
    assert counts == [5, 2, 1, 3]


def test_a_reset_between_mac1_and_mac2(slot: SamSlot, sam: SamPurchases) -> None:
    """What it awaited is gone with its power: said, and its number stands."""
    sam.begin(purchase())
    slot.pcsc.reset(SLOT)
    with pytest.raises(SamMissing):
        sam.credit(MAC2)
    assert sam.begin(purchase()) == (SEQUENCE, MAC1)
    assert sam.credit(MAC2)
    assert sam.begin(purchase())[0] == NEXT


def test_away_and_used_again_between_mac1_and_mac2(slot: SamSlot, sam: SamPurchases) -> None:
    """Whatever was asked of it meanwhile: the purchase was begun in another session."""
    sam.begin(purchase())
    slot.pull()
    slot.put(sam_card(published))
    assert sam.is_tac(PROOF, TAC)
    with pytest.raises(SamMissing):
        sam.credit(MAC2)


def test_a_reset_before_mac1(slot: SamSlot, sam: SamPurchases) -> None:
    """Computing changes nothing in a SAM: it is entered again, and the caller need not know."""
    assert sam.terminal == bytes.fromhex(TERMINAL)
    slot.pcsc.reset(SLOT)
    assert sam.begin(purchase()) == (SEQUENCE, MAC1)
    slot.pcsc.reset(SLOT)
    assert sam.is_tac(PROOF, TAC)


def test_an_empty_slot(slot: SamSlot, sam: SamPurchases) -> None:
    """It is the SAM that is missing, not the holder's card."""
    slot.pull()
    with pytest.raises(SamMissing):
        _ = sam.terminal
    slot.put(sam_card(published))
    assert sam.begin(purchase()) == (SEQUENCE, MAC1)


def test_pulled_in_the_middle(card: SamCard, sam: SamPurchases) -> None:
    """A SAM that is torn out before its answer is missing, whichever command it was."""

    def torn(_: bytes) -> bytes:
        raise Removed

    sam.begin(purchase())
    card.transmit = torn  # type: ignore[method-assign]
    for ask in (
        lambda: sam.credit(MAC2),
        lambda: sam.begin(purchase()),
        lambda: sam.is_tac(PROOF, TAC),
    ):
        with pytest.raises(SamMissing):
            ask()


def test_an_answer_of_another_length(card: SamCard, sam: SamPurchases) -> None:
    """Half a MAC1 never reaches the holder's card, and it is the SAM that babbles."""
    assert sam.terminal
    card.transmit = lambda _: bytes(7) + b"\x90\x00"  # type: ignore[method-assign]
    with pytest.raises(SamMissing):
        sam.begin(purchase())


def test_mac2_before_mac1(sam: SamPurchases) -> None:
    """Nothing was begun, so no SAM can know it: said as after a reset, and nothing is sent."""
    with pytest.raises(SamMissing):
        sam.credit(MAC2)


def test_mac2_of_what_the_sam_forgot(card: SamCard, sam: SamPurchases) -> None:
    """6985 is no wrong MAC2: the SAM awaits none, and the card's proof is not refuted."""
    sam.begin(purchase())
    card.transmit(bytes.fromhex("8072000004") + MAC2)
    with pytest.raises(SamRefused) as raised:
        sam.credit(MAC2)
    assert raised.value.facts["sw"] == "6985"


def test_a_sam_that_makes_no_tac(card: SamCard, sam: SamPurchases) -> None:
    """Whatever it says but 9403 is a refusal of the SAM, and a TAC that is unchecked."""
    assert sam.terminal
    answer = card.transmit

    def refuse(command: bytes) -> bytes:
        return b"\x6a\x86" if command[1] == PickKey.INS else answer(command)

    card.transmit = refuse  # type: ignore[method-assign]
    with pytest.raises(SamRefused) as raised:
        sam.is_tac(PROOF, TAC)
    assert raised.value.facts["sw"] == "6A86"


def test_an_algorithm_that_is_not_the_reason(card: SamCard, sam: SamPurchases) -> None:
    """6A80 to a card of another cipher is a key that is missing; any other refusal is itself."""
    assert sam.terminal
    begun = replace(purchase().begun, algorithm=2)
    with pytest.raises(KeyMissing):
        sam.begin(replace(purchase(), begun=begun))
    card.transmit = lambda _: b"\x69\x85"  # type: ignore[method-assign]
    with pytest.raises(SamRefused):
        sam.begin(replace(purchase(), begun=begun))


class Unplugged(CardSession):
    """A session whose reader is gone, when it is used and when it is closed."""

    def run(self, *_: object) -> object:  # type: ignore[override]
        raise ReaderGone

    def close(self) -> None:
        super().close()
        raise ReaderGone


def test_a_reader_that_is_gone(slot: SamSlot) -> None:
    """The SAM's reader, not the holder's: its SAM is missing; and letting go of it is quiet."""
    sam = SamPurchases(Unplugged(slot.pcsc, SLOT))
    with pytest.raises(SamMissing):
        _ = sam.terminal
    sam.close()


# --- From the configuration ----------------------------------------------------------------


def test_by_its_role(slot: SamSlot) -> None:
    """The reader of role sam, and the serial number that the outlet wrote down."""
    serial = "1100 0000 0000 0000 0007"
    readers = Readers(roles={"sam": SLOT})
    with closing(from_settings(slot.pcsc, readers, SamSettings(serial))) as sam:
        assert sam.begin(purchase()) == (SEQUENCE, MAC1)
    other = SamSettings("11000000000000000008")
    with closing(from_settings(slot.pcsc, readers, other)) as sam, pytest.raises(SamReplaced):
        _ = sam.test_keys
    with pytest.raises(SamMissing):
        from_settings(slot.pcsc, Readers(), SamSettings())
