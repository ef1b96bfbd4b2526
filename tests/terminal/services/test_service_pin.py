"""The PIN services: who is asked for what, in which order, and what each fault leaves behind."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from visits import READER, Counter, Holder

from card_profiles.profiles import BEIJING
from emulator.card import SoftwareCard
from emulator.facts import made_up_facts
from emulator.keypad import CODES, MODIFY, VERIFY, Press, ScriptedKeypad
from emulator.memory import PowerCut
from terminal.cards.pin import PinState
from terminal.errors import (
    CardHung,
    CardTorn,
    ClearEntryForbidden,
    GuitaiError,
    KeypadFailed,
    KeysDoNotFit,
    PinAlreadySet,
    PinBlocked,
    PinCancelled,
    PinLastTry,
    PinNotSet,
    PinPadGone,
    PinsDiffer,
    PinTimedOut,
    PinUnsettled,
    PinWeak,
    PinWrong,
    ReaderGone,
)
from terminal.services.pin_entry import Ask

Make = Callable[..., SoftwareCard]


@pytest.fixture
def counter(virtual_card: Make) -> Counter:
    return Counter(virtual_card("beijing"))


def without_pin(virtual_card: Make) -> Counter:
    return Counter(virtual_card("beijing", facts=replace(made_up_facts(BEIJING, 1), pin=None)))


def tries(counter: Counter) -> int:
    return int(counter.card.memory.read("PIN.tries")[0])  # type: ignore[attr-defined]


def pin_of(counter: Counter) -> str:
    return str(counter.card.memory.read("PIN").hex())  # type: ignore[attr-defined]


class TestWhoIsAsked:
    def test_verify(self, counter: Counter) -> None:
        """Once, after the card said how many tries are left."""
        holder = Holder("123456")
        with counter.desk(holder) as desk:
            result = desk.verify()
        assert holder.asked == [Ask.PIN]
        assert (result.source, result.status.state) == ("pad", PinState.SET)

    def test_change(self, counter: Counter) -> None:
        """Old, new, new again."""
        holder = Holder("123456", "135792", "135792")
        with counter.desk(holder) as desk:
            result = desk.change()
        assert holder.asked == [Ask.OLD, Ask.NEW, Ask.AGAIN]
        assert (pin_of(counter), result.status.tries_left) == ("135792", 6)

    def test_reset_and_first_setting(self, counter: Counter, virtual_card: Make) -> None:
        """New, new again; the old one is not asked for."""
        holder = Holder("135792", "135792")
        with counter.desk(holder) as desk:
            desk.reset()
        assert holder.asked == [Ask.NEW, Ask.AGAIN]
        fresh = without_pin(virtual_card)
        with fresh.desk(Holder("864202", "864202")) as desk:
            assert desk.set_first().status.tries_left == 6
        assert pin_of(fresh) == "864202"

    @pytest.mark.parametrize("left", [0, 1])
    def test_nobody_in_vain(self, counter: Counter, left: int) -> None:
        """A blocked PIN, or a last try not to be spent, is said before anybody enters one."""
        counter.card.memory.write("PIN.tries", bytes((left,)))  # type: ignore[attr-defined]
        holder = Holder()
        with counter.desk(holder) as desk, pytest.raises(PinLastTry if left else PinBlocked):
            desk.verify()
        with counter.desk(holder) as desk, pytest.raises(PinLastTry if left else PinBlocked):
            desk.change()
        assert holder.asked == []

    def test_the_warning_before_the_last_try(self, counter: Counter) -> None:
        """With --last-try the holder is warned before the entry, not after it."""
        counter.card.memory.write("PIN.tries", b"\1")  # type: ignore[attr-defined]
        holder = Holder("123456")
        warned: list[int] = []
        holder.on_entry = lambda: warned.append(counter.warned)
        with counter.desk(holder, last_try=True) as desk:
            desk.verify()
        assert warned == [1]
        assert tries(counter) == 6

    def test_cards_that_are_not_asked_so(self, counter: Counter, virtual_card: Make) -> None:
        """First setting is for cards without a PIN, all else for cards with one."""
        with counter.desk(Holder()) as desk, pytest.raises(PinAlreadySet):
            desk.set_first()
        for service in ("verify", "change", "reset"):
            with without_pin(virtual_card).desk(Holder()) as desk, pytest.raises(PinNotSet):
                getattr(desk, service)()


class TestWeakPins:
    def test_every_kind(self, counter: Counter) -> None:
        """Refused for what the card says of its holder, before the second entry."""
        holder = made_up_facts(BEIJING, 1).holder
        assert holder is not None
        born = f"{holder.birth_date:%Y%m%d}"
        tail = holder.social_security_number.rstrip("X")[-6:]
        for weak in ("123456", "888888", born, born[2:], tail):
            entries = Holder("123456", weak)
            with counter.desk(entries) as desk, pytest.raises(PinWeak) as caught:
                desk.change()
            assert entries.asked == [Ask.OLD, Ask.NEW]
            assert weak == "123456" or weak not in caught.value.cause("zh")
        assert (pin_of(counter), tries(counter)) == ("123456", 6)

    def test_no_keys_no_new_pin(self, virtual_card: Make) -> None:
        """Without the holder's data weakness cannot be judged: refused, not let by."""
        from card_profiles.development_keys import distinct

        counter = Counter(virtual_card("beijing", root_of=distinct))
        holder = Holder("123456", "135792", "135792")
        with counter.desk(holder) as desk, pytest.raises(KeysDoNotFit):
            desk.change()
        assert holder.asked == []


class TestFaults:
    @pytest.mark.parametrize(
        "error", [PinCancelled(), PinTimedOut(), PinPadGone(), ClearEntryForbidden()]
    )
    @pytest.mark.parametrize("at", [0, 1, 2])
    def test_the_entry_ends(self, counter: Counter, error: GuitaiError, at: int) -> None:
        """Cancelled, timed out, unplugged at any entry: no try spent, nothing changed."""
        entries: list[str | Exception] = ["123456", "135792", "135792"]
        entries[at] = error
        with counter.desk(Holder(*entries)) as desk, pytest.raises(type(error)):
            desk.change()
        assert (pin_of(counter), tries(counter)) == ("123456", 6)

    def test_and_again_after_it(self, counter: Counter) -> None:
        """A pad that is plugged in again goes on where it was left: with the first entry."""
        with counter.desk(Holder(PinPadGone(), "123456")) as desk:
            with pytest.raises(PinPadGone):
                desk.verify()
            assert desk.verify().status.tries_left == 6

    def test_two_entries_differ(self, counter: Counter) -> None:
        """Mistyped once is not a PIN that nobody knows."""
        with counter.desk(Holder("135792", "135793")) as desk, pytest.raises(PinsDiffer):
            desk.reset()
        assert pin_of(counter) == "123456"

    def test_the_card_pulled_during_the_entry(self, counter: Counter) -> None:
        """While the holder types the card leaves: noticed, nothing sent to a next one."""
        holder = Holder("123456")
        holder.on_entry = lambda: counter.pcsc.remove(READER)
        with counter.desk(holder) as desk, pytest.raises(CardTorn):
            desk.verify()
        assert tries(counter) == 6

    def test_another_card_put_in_during_the_entry(
        self, counter: Counter, virtual_card: Make
    ) -> None:
        """The PIN that was typed for one card is never tried on another."""
        other = virtual_card("beijing", seed=2)

        def swap() -> None:
            counter.pcsc.remove(READER)
            counter.pcsc.insert(READER, other)

        holder = Holder("654321")
        holder.on_entry = swap
        with counter.desk(holder) as desk, pytest.raises(CardTorn):
            desk.verify()
        assert other.memory.read("PIN.tries") == b"\6"

    def test_the_card_reset_by_another_program(self, counter: Counter) -> None:
        """A foreign reset ends the session; the PIN goes nowhere."""
        holder = Holder("654321")
        holder.on_entry = lambda: counter.pcsc.reset(READER)
        with counter.desk(holder) as desk, pytest.raises(GuitaiError) as caught:
            desk.verify()
        assert caught.value.code == "card_reset"
        assert tries(counter) == 6

    def test_the_reader_unplugged_during_the_entry(self, counter: Counter) -> None:
        """The reader goes with the card: said so, not a wrong PIN."""
        holder = Holder("123456")
        holder.on_entry = lambda: counter.pcsc.remove_reader(READER)
        with counter.desk(holder) as desk, pytest.raises(ReaderGone):
            desk.verify()

    @pytest.mark.parametrize("service", ["change", "reset"])
    def test_torn_while_the_pin_is_written(self, virtual_card: Make, service: str) -> None:
        """At every write of the chip: the clerk is told that old or new is open; one of them is."""
        for number in range(1, 40):
            card = virtual_card("beijing")
            counter = Counter(card)
            entries = ["123456"] * (service == "change") + ["135792", "135792"]
            writes = _cut_at_pin_write(card, number)
            try:
                with counter.desk(Holder(*entries)) as desk:
                    getattr(desk, service)()
            except PinUnsettled:
                assert writes() >= number
            else:
                break
            card.memory.before_write = None
            card.memory.recover()
            assert pin_of(counter) in {"123456", "135792"}
            assert tries(counter) >= 5
        assert 3 <= number <= 7

    def test_a_hung_card(self, virtual_card: Make) -> None:
        """CHANGE PIN without an answer until the deadline: unknown, not failed."""
        import threading

        card = virtual_card("beijing")
        go = threading.Event()

        class Slow:
            atr = card.atr
            power_on, power_off, reset = card.power_on, card.power_off, card.reset
            memory = card.memory

            def transmit(self, command: bytes) -> bytes:
                if command[1] == 0x5E:
                    assert go.wait(10)
                return card.transmit(command)

        config = Counter(card).config
        counter = Counter(
            Slow(),  # type: ignore[arg-type]  # a card as far as the reader sees
            replace(config, readers=replace(config.readers, deadline_seconds=0.15)),
        )
        try:
            with (
                counter.desk(Holder("123456", "135792", "135792")) as desk,
                pytest.raises(PinUnsettled) as caught,
            ):
                desk.change()
            assert isinstance(caught.value.__cause__, CardHung)
        finally:
            go.set()


def _cut_at_pin_write(card: SoftwareCard, number: int) -> Callable[[], int]:
    """Cut the power at a write, counted from the command that writes the PIN."""
    written = 0
    transmit = card.transmit

    def before_write(_: int) -> None:
        nonlocal written
        written += 1
        if written >= number:
            raise PowerCut

    def watching(command: bytes) -> bytes:
        if command[1] in {0x5E, 0x24}:
            card.memory.before_write = before_write
        return transmit(command)

    card.transmit = watching  # type: ignore[method-assign]
    return lambda: written


class TestKeypad:
    """The reader's keypad comes first; the digits never come to this machine."""

    def test_verify(self, counter: Counter) -> None:
        """The reader takes the PIN and the card verifies it; nobody else is asked."""
        keypad = ScriptedKeypad("123456")
        counter.pcsc.fit_keypad(READER, keypad)
        holder = Holder()
        with counter.desk(holder) as desk:
            result = desk.verify()
        assert (result.source, holder.asked) == ("keypad", [])
        assert [each.hex() for each in keypad.sent] == ["0020000003123456"]
        assert "123456" not in counter.trace

    def test_wrong_and_out_of_tries(self, counter: Counter) -> None:
        """The card's own words come through: tries left, last try, blocked."""
        counter.pcsc.fit_keypad(READER, ScriptedKeypad(*["654321"] * 6))
        for left in (5, 4, 3, 2, 1):
            with counter.desk(Holder()) as desk, pytest.raises(PinWrong) as caught:
                desk.verify()
            assert caught.value.facts == {"left": left}
        with counter.desk(Holder()) as desk, pytest.raises(PinLastTry):
            desk.verify()
        with counter.desk(Holder(), last_try=True) as desk, pytest.raises(PinBlocked):
            desk.verify()

    def test_change(self, counter: Counter) -> None:
        """Old and new at the reader; that weakness could not be judged is told."""
        keypad = ScriptedKeypad("123456", "135792", "135792")
        counter.pcsc.fit_keypad(READER, keypad)
        with counter.desk(Holder()) as desk:
            result = desk.change()
        assert pin_of(counter) == "135792"
        assert [each.code for each in result.notes.collected] == ["weakness_unchecked"]

    @pytest.mark.parametrize(
        ("entries", "error"),
        [
            ((Press.CANCEL,), PinCancelled),
            ((Press.NOTHING,), PinTimedOut),
            (("123456", Press.CANCEL), PinCancelled),
            (("123456", "135792", "135793"), PinsDiffer),
        ],
    )
    def test_ended_at_the_reader(
        self, counter: Counter, entries: tuple[str | Press, ...], error: type[Exception]
    ) -> None:
        """What the reader ended never came to the card, and is not left open."""
        counter.pcsc.fit_keypad(READER, ScriptedKeypad(*entries))
        with counter.desk(Holder()) as desk, pytest.raises(error):
            desk.change()
        assert (pin_of(counter), tries(counter)) == ("123456", 6)

    def test_a_reader_that_only_verifies(self, counter: Counter) -> None:
        """The change goes to the next place of entry, the verification stays at the reader."""
        codes = {tag: code for tag, code in CODES.items() if tag != MODIFY}
        counter.pcsc.fit_keypad(READER, ScriptedKeypad("123456", codes=codes))
        holder = Holder("123456", "135792", "135792")
        with counter.desk(holder) as desk:
            assert desk.verify().source == "keypad"
            assert desk.change().source == "pad"

    def test_a_reader_that_asks_instead_of_verifying(self, counter: Counter) -> None:
        """One that leaves Lc alone sends the question: no try was spent, and no PIN verified."""
        counter.pcsc.fit_keypad(READER, ScriptedKeypad("123456", sets_lc=False))
        with counter.desk(Holder()) as desk, pytest.raises(KeypadFailed):
            desk.verify()
        assert tries(counter) == 6

    def test_new_pins_by_puk_are_not_for_it(self, counter: Counter) -> None:
        """The key service has to encipher a new PIN: it is asked for where we get the digits."""
        counter.pcsc.fit_keypad(READER, ScriptedKeypad())
        holder = Holder("135792", "135792")
        with counter.desk(holder) as desk:
            assert desk.reset().source == "pad"
        assert VERIFY in CODES
