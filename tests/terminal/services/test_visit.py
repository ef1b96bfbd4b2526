"""One visit of one card: what an operation that failed leaves to the next, and what it does not."""

from collections.abc import Callable

import pytest
from visits import READER, Counter, Holder

from emulator.card import Removed, SoftwareCard
from emulator.card_os import Habits
from emulator.keypad import ScriptedKeypad
from terminal.cards.pin import PinState
from terminal.config import Config, Readers
from terminal.errors import (
    CardMute,
    CardTorn,
    PinAlreadySet,
    PinBlocked,
    PinLength,
    PinWeak,
    PinWrong,
    ValueWrong,
)
from terminal.readers.port import Result
from terminal.services.card_files import FileDesk
from terminal.services.service_pin import PinDesk

Make = Callable[..., SoftwareCard]


@pytest.fixture
def counter(virtual_card: Make) -> Counter:
    return Counter(virtual_card("beijing"))


def proofs(counter: Counter) -> int:
    """Count EXTERNAL AUTHENTICATEs in the trace."""
    return counter.trace.count("> 0082")


class TestGoingOn:
    def test_after_a_wrong_pin(self, counter: Counter) -> None:
        """The holder thinks again: same card, same visit, one try spent and given back."""
        with counter.desk(Holder("654321", "123456")) as desk:
            with pytest.raises(PinWrong):
                desk.verify()
            assert desk.status().status.tries_left == 5
            assert desk.verify().status.tries_left == 6

    def test_after_a_blocked_pin(self, counter: Counter) -> None:
        """Blocked in the holder's hands, reset by PUK in the same visit."""
        counter.card.memory.write("PIN.tries", b"\1")  # type: ignore[attr-defined]
        with counter.desk(Holder("654321", "135792", "135792"), last_try=True) as desk:
            with pytest.raises(PinBlocked):
                desk.verify()
            assert desk.reset().status.tries_left == 6

    def test_what_was_proved_stands(self, counter: Counter) -> None:
        """A value that does not fit costs no second authentication."""
        with counter.visit() as visit:
            desk = FileDesk(visit, Holder().open)
            place = desk.place("DF01EF06")
            desk.read(place)
            before = proofs(counter)
            with pytest.raises(ValueWrong):
                desk.write(place, {"phone": "1390000000012345"})
            desk.read(place)
            assert proofs(counter) == before

    def test_not_with_another_card(self, counter: Counter, virtual_card: Make) -> None:
        """Once the card left the visit is over: the next one in the reader is not this one."""
        with counter.visit() as visit:
            desk = FileDesk(visit, Holder().open)
            place = desk.place("DF01EF06")
            counter.pcsc.remove(READER)
            with pytest.raises(CardTorn):
                desk.read(place)
            counter.pcsc.insert(READER, virtual_card("beijing", seed=2))
            for _ in range(2):
                with pytest.raises(CardTorn):
                    desk.read(place)

    def test_not_with_another_after_a_reset(self, counter: Counter, virtual_card: Make) -> None:
        """One that is put in while the card is reset is not this one, now and later."""
        other = virtual_card("beijing", seed=2)
        with counter.visit() as visit:
            visit.run(lambda card: card.identify())
            counter.pcsc.remove(READER)
            counter.pcsc.insert(READER, other)
            for operation in (visit.renew, lambda: visit.run(lambda card: card.identify())):
                with pytest.raises(CardTorn):
                    operation()


class TestPulledAfterIt:
    @pytest.mark.parametrize(
        ("service", "entries", "ins", "pin"),
        [
            ("verify", ["123456"], 0x20, "123456"),
            ("change", ["123456", "135792", "135792"], 0x5E, "135792"),
            ("reset", ["135792", "135792"], 0x24, "135792"),
        ],
    )
    def test_what_was_done_is_told(
        self, counter: Counter, service: str, entries: list[str], ins: int, pin: str
    ) -> None:
        """The card leaves before it is asked for its state: done, and not "taken out before"."""
        card, done = counter.card, False
        transmit = card.transmit

        def pulled(command: bytes) -> bytes:
            nonlocal done
            if done:
                raise Removed
            answer = transmit(command)
            done = command[1] == ins and len(command) > 5 and answer == b"\x90\x00"
            return answer

        card.transmit = pulled  # type: ignore[method-assign]
        with counter.desk(Holder(*entries)) as desk:
            result = getattr(desk, service)()
        assert (result.action, result.status.state) == (service, PinState.UNKNOWN)
        assert result.status.tries_left is None
        assert [each.code for each in result.notes.collected] == ["state_unread"]
        assert card.memory.read("PIN").hex() == pin  # type: ignore[attr-defined]

    def test_a_question_without_an_answer_is_no_result(self, counter: Counter) -> None:
        """Status was all that was wanted: the pulled card is the news."""
        with counter.desk(Holder()) as desk:
            counter.pcsc.remove(READER)
            with pytest.raises(CardTorn):
                desk.status()


class TestLeftVerified:
    """Cards that answer 9000 to an empty VERIFY once the PIN is verified (ISO/IEC 7816-4)."""

    @pytest.fixture
    def left(self, virtual_card: Make) -> Counter:
        """A card that another program verified and left powered."""
        card = virtual_card("beijing", habits=Habits(verified_answers_ok=True))
        card.power_on()
        assert card.transmit(bytes.fromhex("0020000003123456")) == b"\x90\x00"
        card.power_on = lambda: None  # type: ignore[method-assign]  # it stays powered
        return Counter(card)

    def test_it_is_no_card_without_a_pin(self, left: Counter) -> None:
        """Asked again after a reset, it tells; its PIN is not overwritten by a "first" one."""
        assert left.card.transmit(bytes.fromhex("0020000000")) == b"\x90\x00"
        with left.desk(Holder("135792", "135792")) as desk:
            with pytest.raises(PinAlreadySet):
                desk.set_first()
            assert desk.status().status.tries_left == 6
        assert left.card.memory.read("PIN").hex() == "123456"  # type: ignore[attr-defined]

    def test_verified_all_the_same(self, left: Counter) -> None:
        """Not "no PIN is set"."""
        with left.desk(Holder("123456")) as desk:
            assert desk.verify().status.state is PinState.SET

    @pytest.mark.parametrize("service", ["change", "reset", "verify"])
    def test_after_a_success(self, virtual_card: Make, service: str) -> None:
        """Where the command itself leaves the PIN verified the result is still "set"."""
        card = virtual_card("beijing", habits=Habits(verified_answers_ok=True))
        counter = Counter(card)
        transmit = card.transmit
        done = False

        def verifying(command: bytes) -> bytes:
            nonlocal done
            answer = transmit(command)
            done = done or (command[1] in {0x5E, 0x24} and answer == b"\x90\x00")
            return b"\x90\x00" if done and command == bytes.fromhex("0020000000") else answer

        card.transmit = verifying  # type: ignore[method-assign]
        entries = {"change": ["123456"], "verify": ["123456"], "reset": []}[service]
        new = [] if service == "verify" else ["135792", "135792"]
        with counter.desk(Holder(*entries, *new)) as desk:
            assert getattr(desk, service)().status.state is PinState.SET


class TestWithoutKeys:
    def test_a_pin_is_changed(self, counter: Counter) -> None:
        """No key for the holder's data: what can be checked is, the rest is said."""
        holder = Holder("123456", "135792", "135792")
        with counter.visit(with_keys=False) as visit:
            result = PinDesk(visit, holder.open).change()
        assert [each.code for each in result.notes.collected] == ["weakness_partly"]
        assert counter.card.memory.read("PIN").hex() == "135792"  # type: ignore[attr-defined]

    @pytest.mark.parametrize("weak", ["123456", "777777"])
    def test_and_the_weakest_refused(self, counter: Counter, weak: str) -> None:
        """What needs no holder's data is refused all the same."""
        with counter.visit(with_keys=False) as visit, pytest.raises(PinWeak):
            PinDesk(visit, Holder("123456", weak).open).change()


class TestKeypadDigits:
    def desk(self, virtual_card: Make, keypad: ScriptedKeypad, digits: int) -> Counter:
        counter = Counter(virtual_card("beijing"), Config(readers=Readers(keypad_digits=digits)))
        counter.pcsc.fit_keypad(READER, keypad)
        return counter

    def test_as_configured(self, virtual_card: Make) -> None:
        """Eight digits at every keypad of the outlet: both structures say exactly eight."""
        keypad = ScriptedKeypad("12345678", "87654321", "87654321", "87654321")
        counter = self.desk(virtual_card, keypad, 8)
        counter.card.memory.write("PIN", bytes.fromhex("12345678"))  # type: ignore[attr-defined]
        with counter.desk(Holder()) as desk:
            desk.change()
            desk.verify()
        assert [each.hex() for each in keypad.sent] == [
            "805e01000912345678ff87654321",
            "002000000487654321",
        ]

    def test_six_for_a_change_unless_configured(self, virtual_card: Make) -> None:
        """A keypad changes PINs of one length; another length is refused by it, no try spent."""
        keypad = ScriptedKeypad("12345678", "87654321", "87654321")
        counter = self.desk(virtual_card, keypad, 0)
        with counter.desk(Holder()) as desk, pytest.raises(PinLength):
            desk.change()
        assert counter.card.memory.read("PIN.tries") == b"\6"  # type: ignore[attr-defined]


def test_a_key_that_the_card_lacks(counter: Counter) -> None:
    """6A88 for our read key: the holder is asked for the PIN, once, and the file is read."""
    counter.card.memory.write("DF01.key.88", None)  # type: ignore[attr-defined]
    holder = Holder("123456")
    with counter.visit() as visit:
        desk = FileDesk(visit, holder.open)
        content = desk.read(desk.place("DF01EF06")).content
        assert content is not None
        assert content.value_of("phone") == "00000000000"
        desk.read(desk.place("DF01EF0A"))
    assert len(holder.asked) == 1


class TestAfterAProgramThatDied:
    """The daemon tidies up behind a dead program, with the card in somebody else's hands."""

    def test_the_card_is_asked_again(self, counter: Counter) -> None:
        """Seen on the daemon: a command sent too early answers "protocol mismatch", once."""
        counter.pcsc.fail_next("SCardTransmit", Result.PROTO_MISMATCH)
        with counter.visit() as visit:
            assert visit.card.generation in {0, 3}

    def test_a_card_that_stays_so_is_mute(self, counter: Counter) -> None:
        """Asking for ever would hang the counter on a dead chip."""
        counter.pcsc.fail_next("SCardTransmit", *[Result.PROTO_MISMATCH] * 3)
        with pytest.raises(CardMute), counter.visit():
            raise AssertionError("it never answered")
