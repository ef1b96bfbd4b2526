"""The SAM key service: levels, serial numbers, what it costs on the wire, and a SAM that leaves.

That its results are right is tests/terminal/keys/test_contract.py's, for all services alike.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from sam_service import SLOT, SamSlot, sam_keys

from apdu.cipher import Algorithm
from apdu.sam_commands import KeyType
from card_profiles.development_keys import SETS
from card_profiles.profiles import GEN3
from card_profiles.sam import SamKeyId
from emulator.card import InsertedCard, Removed, SoftwareCard
from emulator.daemon import PrivateDaemon
from emulator.facts import made_up_facts
from emulator.hostile import Mutated, constant, endless
from emulator.sam import LEVELS, SamCard, SamFacts
from emulator.vpcd import VirtualSlot
from terminal.cards.social_security import SocialSecurityCard
from terminal.config import Readers, Sam
from terminal.errors import (
    CardBabbles,
    KeyMissing,
    SamMissing,
    SamRefused,
    SamReplaced,
    ServiceMissing,
)
from terminal.keys.sam import SamIdentity, SamKeys, from_settings
from terminal.keys.service import CardIdentity, CardKey
from terminal.keys.software import development
from terminal.readers.monitor import CardRemoved, ReaderArrived, ReaderMonitor
from terminal.readers.pcsc import Scard
from terminal.readers.session import CardSession
from terminal.readers.survey import survey, wait_for_card
from terminal.service_pin import ServicePin

P1 = CardIdentity("110000", bytes.fromhex("0081544C978684110000000001"), Algorithm.SM4)
P2 = CardIdentity("510100", bytes.fromhex("0087CF2001864951010000002A"), Algorithm.TDES)
IRK, RKSSSE, PUK, STK = (CardKey("SSSE", name) for name in ("IRK", "RKSSSE", "PUK", "STKSSSE"))
FACTOR, ORIGINAL = bytes.fromhex("1122334455667788"), bytes.fromhex("A1A2A3A4A5A6A7A8")
PROOF = bytes.fromhex("F3610F94C1077F0E")
RELOAD, UNBLOCK = bytes.fromhex("84240001"), bytes.fromhex("84240000")
LATE = 20  # seconds; nothing here takes one, but a machine under load may


def prove(keys: SamKeys, card: CardIdentity = P1, key: CardKey = IRK) -> bytes:
    return keys.authentication_data(card, key, FACTOR, ORIGINAL)


class Slot(SamSlot):
    """A slot with its session and the key service over it."""

    def __init__(self, card: InsertedCard | None = None, **more) -> None:
        super().__init__(card)
        self.trace: list[str] = []
        self.opened = self.session(self.trace)
        self.keys = SamKeys(self.opened, **more)

    def cost(self, operation: Callable[[], object]) -> int:
        """Count the TPDUs of an operation."""
        before = self.opened.wire.commands
        operation()
        return self.opened.wire.commands - before


@contextmanager
def slot_with(card: InsertedCard | None = None, **more) -> Iterator[Slot]:
    slot = Slot(card, **more)
    with closing(slot.keys):
        yield slot


# --- What it costs -------------------------------------------------------------------------


@pytest.mark.parametrize("card", [P1, P2], ids=["SM4", "3DES"])
def test_tpdus(card: CardIdentity) -> None:
    """Six once, then three for a proof or a MAC and five for a PIN; nothing is selected again."""
    with slot_with(SamCard.new()) as slot, ServicePin(bytearray(b"654321")) as pin:
        assert slot.cost(lambda: prove(slot.keys, card)) == 6 + 3
        assert slot.cost(lambda: prove(slot.keys, card, RKSSSE)) == 3
        assert slot.cost(lambda: slot.keys.mac(card, STK, FACTOR, UNBLOCK)) == 3
        assert slot.cost(lambda: slot.keys.reload_pin(card, PUK, FACTOR, RELOAD, pin)) == 5
        assert slot.cost(slot.keys.identity) == 0
        assert slot.cost(lambda: slot.keys.holds(card, IRK)) == 0
        assert slot.cost(lambda: slot.keys.holds(card, CardKey("DF01", "RK1DF01"))) == 1


def test_bytes() -> None:
    """The bytes of a proof by SM4: derive, CRYPT, GET RESPONSE, and their answers."""
    with slot_with(SamCard.new()) as slot:
        prove(slot.keys)
        wire = slot.opened.wire
        sent, received = wire.bytes_sent, wire.bytes_received
        prove(slot.keys)
        assert wire.bytes_sent - sent == (5 + 32) + (5 + 16) + 5
        assert wire.bytes_received - received == 2 + 2 + 18


def test_asking_who_it_is_costs_four() -> None:
    """Production mode asks for the mark before any card is there: application, two files."""
    with slot_with(SamCard.new()) as slot:
        assert slot.cost(lambda: slot.keys.test_keys) == 4
        assert slot.cost(lambda: prove(slot.keys)) == 4 + 3


def test_another_family_costs_a_selection() -> None:
    """Cards of two generations at one counter: environment and application, and no files again."""
    with slot_with(SamCard.new()) as slot:
        prove(slot.keys, P1)
        assert slot.cost(lambda: prove(slot.keys, P2)) == 4 + 3
        assert slot.cost(lambda: prove(slot.keys, P2)) == 3


# --- Levels --------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("card", [P1, P2], ids=["SM4", "3DES"])
def test_levels(level: str, card: CardIdentity) -> None:
    """Where the root stands is found out once, by 6A80; each wrong count costs one command."""
    facts = SamFacts(level=level, region=card.region)
    with slot_with(SamCard.new(facts)) as slot:
        right = development().authentication_data(card, IRK, FACTOR, ORIGINAL)
        wrong = LEVELS.index(level)
        assert slot.cost(lambda: prove(slot.keys, card)) == 6 + wrong + 3
        assert prove(slot.keys, card) == right
        assert slot.cost(lambda: prove(slot.keys, card, RKSSSE)) == 3, "the likely count first"


def test_mixed_levels() -> None:
    """One SAM has keys of nation, province and city side by side (§8.1)."""
    facts = SamFacts(levels={("SSSE", "RKSSSE"): "city", ("SSSE", "PUK"): "province"})
    software = development("distinct")
    with sam_keys("distinct", facts) as keys:
        for _ in range(2):
            for key in (IRK, RKSSSE, PUK, STK):
                right = software.authentication_data(P1, key, FACTOR, ORIGINAL)
                assert prove(keys, P1, key) == right


def test_no_count_fits() -> None:
    """A SAM that refuses one, two and three levels is set up otherwise: nothing more is tried."""
    with slot_with(Mutated(SamCard.new(), _answering("BFDE", "6A80"))) as slot:
        with pytest.raises(SamRefused, match="DERIVE SESSION KEY") as caught:
            prove(slot.keys)
        assert caught.value.facts["sw"] == "6A80"
        assert sum(line.startswith("BFDE") for line in slot.trace) == 3


# --- Who the SAM is ------------------------------------------------------------------------


def test_identity() -> None:
    """Serial and terminal number are the SAM's; they go into messages and receipts."""
    with sam_keys("uniform") as keys:
        assert keys.identity() == SamIdentity("11000000000000000007", "110000000007", True)


def test_live_keys() -> None:
    """The key type byte tells test from live; 01 is what SAMs in the field have."""
    with sam_keys("uniform", SamFacts(key_type=1)) as keys:
        assert not keys.test_keys
    with sam_keys("uniform") as keys:
        assert keys.test_keys


@pytest.mark.parametrize("serial", ["11000000000000000007", "1100 0000 0000 0000 0007", ""])
def test_the_configured_serial(serial: str) -> None:
    """The right SAM is taken, however its number is spaced, and any where none is configured."""
    with slot_with(SamCard.new(), serial=serial) as slot:
        assert prove(slot.keys) == PROOF


def test_another_sam_than_configured() -> None:
    """A SAM that nobody registered here does not compute for this counter."""
    with slot_with(SamCard.new(), serial="110000000000000000AA") as slot:
        with pytest.raises(SamReplaced) as caught:
            prove(slot.keys)
        assert caught.value.facts == {
            "expected": "110000000000000000AA",
            "found": "11000000000000000007",
        }
        assert not any(line.startswith("BFDE") for line in slot.trace)


# --- Keys it lacks -------------------------------------------------------------------------


def test_a_key_that_the_table_lacks() -> None:
    """A name that no SAM can know costs no command."""
    nobody = CardKey("SSSE", "NONE")
    with slot_with(SamCard.new()) as slot:
        assert not slot.keys.holds(P1, nobody)
        with pytest.raises(KeyMissing, match="SSSE/NONE"):
            prove(slot.keys, P1, nobody)
        assert slot.opened.wire.commands == 0


@pytest.mark.parametrize("sw", ["9403", "6A88"])
def test_a_key_that_the_sam_lacks(sw: str) -> None:
    """The SAM says so, in its own word or the interindustry one; it is not reset for that."""
    with slot_with(Mutated(SamCard.new(), _answering("BFDE680A", sw))) as slot:
        assert not slot.keys.holds(P1, RKSSSE)
        with pytest.raises(KeyMissing, match="SSSE/RKSSSE"):
            prove(slot.keys, P1, RKSSSE)
        assert slot.keys.holds(P1, IRK)
        assert slot.cost(lambda: prove(slot.keys)) == 3


@pytest.mark.parametrize("card", [P1, P2], ids=["SM4", "3DES"])
def test_a_sam_that_wants_to_be_initialised(card: CardIdentity) -> None:
    """BF EC (§8.4) is sent to the one that asks for it by 6985, once, and to no other."""
    with slot_with(SamCard.new(demands_init=True)) as slot:
        assert prove(slot.keys, card) == prove(development(), card)
        sent = [line for line in slot.trace if "BFEC000001" in line]
        assert len(sent) == 1
        assert slot.cost(lambda: prove(slot.keys, card)) == 3
    with slot_with(SamCard.new()) as slot:
        prove(slot.keys, card)
        assert not any("BFEC" in line for line in slot.trace)


def test_other_key_ids() -> None:
    """Ids in real PSAMs are not public: a counter can set its own."""
    with slot_with(
        SamCard.new(root_of=SETS["distinct"]),
        keys={("SSSE", "IRK"): SamKeyId(KeyType.MAC_AND_ENCRYPT, 0x0A)},
    ) as slot:
        right = development("distinct").authentication_data(P1, RKSSSE, FACTOR, ORIGINAL)
        assert prove(slot.keys, P1, IRK) == right


def test_a_card_that_does_not_derive() -> None:
    """Too few historical bytes are the holder's card's fault; the SAM is not even asked."""
    with slot_with(SamCard.new()) as slot:
        with pytest.raises(CardBabbles):
            prove(slot.keys, CardIdentity("110000", bytes(4), Algorithm.SM4))
        assert slot.opened.wire.commands == 0


def test_a_sam_without_the_algorithm() -> None:
    """A SAM of the second generation: it is one, and it has no SM4."""
    with slot_with(SamCard.new(SamFacts(algorithms=(Algorithm.TDES,)))) as slot:
        with pytest.raises(SamRefused, match="SELECT sm4") as caught:
            prove(slot.keys)
        assert caught.value.facts["sw"] == "6A82"
        software = development()
        assert prove(slot.keys, P2) == software.authentication_data(P2, IRK, FACTOR, ORIGINAL)


# --- What is no SAM ------------------------------------------------------------------------


def _answering(beginning: str, sw: str) -> Callable[[bytes, bytes], bytes]:
    """Change the answers to commands that begin so."""

    def change(command: bytes, answer: bytes) -> bytes:
        begins = command.hex().upper().startswith(beginning)
        return bytes.fromhex(sw) if begins else answer

    return change


@pytest.mark.parametrize(
    "card",
    [
        SoftwareCard.new(GEN3, made_up_facts(GEN3, 1)),
        constant(b"\x6d\x00"),
        constant(b"\x90\x00"),
        constant(b"\x90"),
        endless(),
        Mutated(
            SamCard.new(), lambda command, answer: answer[2:] if command[1] == 0xC0 else answer
        ),
        Mutated(
            SamCard.new(), lambda command, answer: b"\xff" * 8 if command[1] == 0xC0 else answer
        ),
    ],
    ids=["user card", "knows nothing", "agrees", "one byte", "endless", "short", "rubbish"],
)
def test_what_is_no_sam(card: InsertedCard) -> None:
    """Whatever stands in the slot, the counter hears of its SAM, never of the holder's card."""
    with slot_with(card) as slot, pytest.raises((SamMissing, SamRefused)):
        prove(slot.keys)


@pytest.mark.parametrize(("sw", "word"), [("6985", "conditions of use"), ("6F01", "unknown")])
def test_a_refusal_says_why(sw: str, word: str) -> None:
    """The status word is said in words of both languages."""
    with (
        slot_with(Mutated(SamCard.new(), _answering("80FA", sw))) as slot,
        pytest.raises(SamRefused, match=word) as caught,
    ):
        prove(slot.keys)
    assert caught.value.facts["step"] == "CRYPT"
    assert sw in caught.value.cause("zh")


# --- A SAM that leaves ---------------------------------------------------------------------


def test_no_sam() -> None:
    """An empty slot is said as such, and the SAM may be put in later."""
    with slot_with() as slot:
        with pytest.raises(SamMissing):
            prove(slot.keys)
        slot.put(SamCard.new())
        assert prove(slot.keys) == PROOF


def test_no_service() -> None:
    """Without PC/SC it is not the SAM's fault."""
    with slot_with(SamCard.new()) as slot:
        slot.pcsc.lose_service()
        with pytest.raises(ServiceMissing):
            prove(slot.keys)


@pytest.mark.parametrize("number", range(1, 10))
def test_pulled_at_every_command(number: int) -> None:
    """Wherever it is pulled: SamMissing, and the same SAM put back works on."""
    card = SamCard.new()
    count = 0

    def pull(_: bytes, answer: bytes) -> bytes:
        nonlocal count
        count += 1
        if count == number:
            raise Removed
        return answer

    with slot_with(Mutated(card, pull)) as slot:
        with pytest.raises(SamMissing):
            prove(slot.keys)
        assert count == number
        slot.put(card)
        assert prove(slot.keys) == PROOF


def test_out_and_in_between_two_proofs() -> None:
    """Nothing in a SAM is lost by that, so nobody hears of it."""
    card = SamCard.new()
    with slot_with(card) as slot:
        prove(slot.keys)
        slot.pull()
        slot.put(card)
        assert prove(slot.keys) == PROOF
        assert slot.pcsc.calls["SCardConnect"] == 2


def test_reset_by_another_program() -> None:
    """The session key is gone; it is derived again."""
    with slot_with(SamCard.new()) as slot:
        prove(slot.keys)
        slot.pcsc.reset(SLOT)
        assert prove(slot.keys) == PROOF


def test_another_sam_in_its_place() -> None:
    """A SAM of another serial is refused until the former one is back."""
    card, other = SamCard.new(), SamCard.new(SamFacts(serial="11000000000000000008"))
    with slot_with(card) as slot:
        prove(slot.keys)
        slot.pull()
        slot.put(other)
        for _ in range(2):
            with pytest.raises(SamReplaced, match="replaced"):
                prove(slot.keys)
        slot.pull()
        slot.put(card)
        assert prove(slot.keys) == PROOF


def test_closing_twice() -> None:
    """Whoever cleans up need not know whether somebody did before."""
    slot = Slot(SamCard.new())
    prove(slot.keys)
    slot.keys.close()
    slot.keys.close()
    assert not slot.pcsc.readers[SLOT].handles


# --- The configuration ---------------------------------------------------------------------


def test_the_configured_reader() -> None:
    """The role says which reader is the SAM's; the serial number which SAM."""
    slot = SamSlot(SamCard.new())
    slot.pcsc.add_reader("Counter 00 00")
    readers = Readers(roles={"sam": "SAM"})
    with closing(from_settings(slot.pcsc, readers, Sam("11000000000000000007"))) as keys:
        assert prove(keys) == PROOF
    with (
        closing(from_settings(slot.pcsc, readers, Sam("11"))) as keys,
        pytest.raises(SamReplaced),
    ):
        prove(keys)


@pytest.mark.parametrize("roles", [{}, {"sam": "Unplugged"}, {"counter": "SAM"}])
def test_no_reader_for_it(roles: dict[str, str]) -> None:
    """A role nobody plays is the SAM missing, with the reason; the card's reader is never taken."""
    slot = SamSlot(SamCard.new())
    with pytest.raises(SamMissing) as caught:
        from_settings(slot.pcsc, Readers(roles=roles), Sam())
    assert "sam" in caught.value.cause("zh") or "Unplugged" in caught.value.cause("zh")


# --- Secrets -------------------------------------------------------------------------------


def test_the_new_pin_is_in_no_trace() -> None:
    """It goes to the SAM in clear, and nowhere else: not into traces, representations, errors."""
    with slot_with(SamCard.new()) as slot, ServicePin(bytearray(b"739182")) as pin:
        enciphered = slot.keys.reload_pin(P1, PUK, FACTOR, RELOAD, pin)
        said = "".join(slot.trace) + repr(slot.keys) + repr(vars(slot.keys))
    assert "739182" not in said
    assert enciphered[:16].hex().upper() not in said
    assert "80FA0000" in said, "the trace is one of these commands"


def test_no_pin_in_a_refusal() -> None:
    """A refused CRYPT is told by its status word."""
    change = _answering("80FA", "6985")
    with (
        slot_with(Mutated(SamCard.new(), change)) as slot,
        ServicePin(bytearray(b"739182")) as pin,
        pytest.raises(SamRefused) as caught,
    ):
        slot.keys.reload_pin(P1, PUK, FACTOR, RELOAD, pin)
    assert "739182" not in str(caught.value) + repr(caught.value.facts)


# --- Through the real daemon ---------------------------------------------------------------


class Plugged:
    """A card in a slot of the real daemon, there when this is made."""

    def __init__(self, daemon: PrivateDaemon, number: int, card: InsertedCard) -> None:
        self.reader = daemon.readers[number]
        self._slot = VirtualSlot(card, lambda: daemon.connect(number)).start()
        try:
            assert wait_for_card(Scard(), self.reader, LATE)
        except BaseException:
            self._slot.stop()
            raise

    def pull(self) -> None:
        """Take the card out and wait until the daemon has noticed; may be called twice."""
        self._slot.stop()
        for event in ReaderMonitor(Scard()).events():
            arrived = event == ReaderArrived(self.reader)
            if event == CardRemoved(self.reader) or (arrived and not self._seen()):
                return

    def _seen(self) -> bool:
        return any(view.card for view in survey(Scard()) if view.name == self.reader)


@pytest.fixture
def plug(real_daemon: PrivateDaemon) -> Iterator[Callable[[int, InsertedCard], Plugged]]:
    """Put cards into slots, one after another, and take out what is left at the end."""
    last: dict[int, Plugged] = {}

    def plug(number: int, card: InsertedCard) -> Plugged:
        if number in last:
            last[number].pull()
        last[number] = Plugged(real_daemon, number, card)
        return last[number]

    yield plug
    for each in last.values():
        each.pull()


def test_through_the_real_daemon(plug: Callable[[int, InsertedCard], Plugged]) -> None:
    """The holder of a third-generation card is read with the SAM of the second slot.

    Then the SAM is pulled and another put in, and at last the first one is back.
    """
    facts = made_up_facts(GEN3, 1)
    assert facts.holder is not None
    name = facts.holder.name
    user = plug(0, SoftwareCard.new(GEN3, facts, root_of=SETS["distinct"]))
    card = SamCard.new(root_of=SETS["distinct"])
    sam = plug(1, card)

    def read(keys: SamKeys) -> str | None:
        with CardSession(Scard(), user.reader) as session:
            reading = session.run(lambda connection: SocialSecurityCard(connection).read(keys))
        assert reading.holder is not None
        return reading.holder.name.reveal()

    session = CardSession(Scard(), sam.reader)
    with closing(SamKeys(session)) as keys:
        assert read(keys) == name
        assert session.wire.commands == 6 + 2 * 3
        assert read(keys) == name
        assert session.wire.commands == 6 + 4 * 3
        sam.pull()
        with pytest.raises(SamMissing):
            read(keys)
        plug(1, SamCard.new(SamFacts(serial="11000000000000000008")))
        with pytest.raises(SamReplaced):
            read(keys)
        plug(1, card)
        assert read(keys) == name
