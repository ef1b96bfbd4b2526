"""Two PINs, two worlds: no service PIN ever reaches the bank's application, in any encoding.

Not by looking at the code: the bank's applet in the software card keeps every command it gets, and
the wire keeps every command while it is selected. Random PINs go through every service and fault.
"""

import base64
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from visits import READER, Counter, Holder

from emulator.card import SoftwareCard
from emulator.keypad import Press, ScriptedKeypad
from terminal.cards.bank import BankApplication
from terminal.cards.protected_files import ProtectedFiles
from terminal.errors import GuitaiError, PinCancelled, PinPadGone, catalogue
from terminal.services.card_files import FileDesk
from terminal.services.pin_entry import Ask

Make = Callable[..., SoftwareCard]
ROOT = Path(__file__).parents[2]
SELECT_BY_NAME = bytes.fromhex("00A404")


def spelled(digits: str) -> Iterator[bytes]:
    """Give a PIN in every encoding that a mistake could send it in."""
    ascii_form = digits.encode("ascii")
    packed = bytes.fromhex(digits + "F" * (len(digits) % 2))
    block = bytes.fromhex(f"0{len(digits):X}{digits}".ljust(16, "F"))  # ISO 9564-1 format 0, 1
    plain = bytes.fromhex(f"2{len(digits):X}{digits}".ljust(16, "F"))  # format 2, EMV's plaintext
    yield from (ascii_form, packed, packed[: len(digits) // 2], block, plain)
    yield from (digits.encode("utf-16-le"), digits.encode("utf-16-be"))
    yield from (base64.b64encode(ascii_form), base64.b64encode(packed))
    yield from (bytes(int(each) for each in digits), ascii_form[::-1], packed[::-1])
    yield from (int(digits).to_bytes(8, "big"), int(digits).to_bytes(8, "little"))
    yield from (bytes(each ^ 0xFF for each in packed), ascii_form.hex().encode("ascii"))


class Bystander(SoftwareCard):
    """A card whose wire keeps what is sent while the bank's application is selected."""

    at_the_bank: list[bytes]
    tear: Callable[[bytes], bool]

    def transmit(self, command: bytes) -> bytes:
        if self.tear(command):
            from emulator.card import Removed

            raise Removed
        names = any(aid in command for aid in (b"PAY.SYS.DDF01", bytes.fromhex("A000000333")))
        if command[:3] == SELECT_BY_NAME:
            self.inside = names
        if self.inside:
            self.at_the_bank.append(command)
        return super().transmit(command)

    inside = False


@pytest.fixture
def card(virtual_card: Make) -> Bystander:
    made = virtual_card("beijing")
    made.__class__ = Bystander
    assert isinstance(made, Bystander)
    made.at_the_bank = []
    made.tear = lambda _: False
    return made


def heard(card: Bystander) -> bytes:
    """Everything the bank's side was ever sent, as one text to search."""
    return b"|".join([*card.os.bank.received, *card.at_the_bank])


def set_pin(card: SoftwareCard, digits: str) -> None:
    coded = bytes.fromhex(digits + "F" * (len(digits) % 2))
    card.memory.write("PIN", coded)
    card.memory.write("PIN.tries", b"\6")


def read_bank(counter: Counter) -> None:
    with counter.visit(with_keys=False) as visit:
        visit.run(lambda found: BankApplication(found.elsewhere()).read())


def services(counter: Counter, pin: str, new: str) -> Iterator[Callable[[], object]]:
    """Give every service that takes a PIN, the bank's application read before and after each."""

    def desk(name: str, *entries: str | Exception) -> Callable[[], object]:
        def run() -> object:
            with counter.desk(Holder(*entries), last_try=True) as opened:
                return getattr(opened, name)()

        return run

    def file_by_pin() -> object:
        with counter.visit() as visit:
            visit.run(lambda found: BankApplication(found.elsewhere()).read())
            files = FileDesk(visit, Holder(pin).open, last_try=True)
            content = files.read(files.place("DF04EF08"))
            visit.run(lambda found: BankApplication(found.elsewhere()).read())
            visit.run(lambda found: ProtectedFiles(found).present())
            return content

    yield from (
        desk("verify", pin),
        desk("verify", new),
        desk("change", pin, new, new),
        desk("change", new, pin, pin),
        desk("reset", pin, pin),
        desk("status"),
        desk("verify", PinCancelled()),
        desk("change", pin, PinPadGone()),
        file_by_pin,
    )


def test_no_service_pin_reaches_the_bank(card: Bystander) -> None:
    """Random PINs of 4 to 12 digits, every service, every fault: the bank hears none of it."""
    # A repeatable choice; each digit string is long enough not to occur by chance in an AID.
    dice = random.Random("two pins")
    counter = Counter(card)
    searched = 0
    for _ in range(12):
        pin, new = ("".join(dice.choices("0123456789", k=dice.randrange(6, 13))) for _ in "ab")
        for number in range(9):
            set_pin(card, pin if number != 3 else new)
            run = list(services(counter, pin, new))[number]
            for torn_at in (None, 0x20, 0x5E, 0x24, 0x82, 0xA4):
                card.tear = lambda command, at=torn_at: command[1] == at  # type: ignore[misc]
                try:
                    run()
                except GuitaiError:
                    pass
                finally:
                    card.tear = lambda _: False
                    if not counter.pcsc.readers[READER].card:
                        counter.pcsc.insert(READER, card)
                set_pin(card, pin if number != 3 else new)
            read_bank(counter)
        keypad = ScriptedKeypad(pin, new, Press.CANCEL)
        counter.pcsc.fit_keypad(READER, keypad)
        for _ in range(3):
            with counter.desk(Holder(), last_try=True) as desk:
                try:
                    desk.verify()
                except GuitaiError:
                    set_pin(card, pin)
        counter.pcsc.readers[READER].keypad = None
        text = heard(card)
        for digits in (pin, new):
            for form in spelled(digits):
                assert form not in text
                searched += 1
    assert len(card.os.bank.received) > 100
    assert searched > 300
    kinds = {each[1] for each in card.os.bank.received}
    assert kinds <= {0xA4, 0xA8, 0xB2, 0x84}


def test_the_witness_would_have_heard(card: Bystander) -> None:
    """The proof is worth something: a PIN that is sent there is found, in each encoding."""
    counter = Counter(card)
    read_bank(counter)
    card.power_on()
    card.transmit(bytes.fromhex("00A4040008A000000333010101"))
    for form in spelled("83920157"):
        card.transmit(bytes((0x00, 0x20, 0x00, 0x80, len(form))) + form)
        assert form in heard(card)


def test_nothing_asks_for_a_bank_pin() -> None:
    """No question, message, error, help text or page of documentation asks for the bank's PIN."""
    texts = [text for each in Ask for text in (each.value.zh, each.value.en)]
    for leaf in catalogue():
        for text in (leaf.what, leaf.why, leaf.remedy):
            texts += [text.zh, text.en]
    assert texts
    asking = re.compile(
        r"(输入|请输|键入)[^，。；]{0,6}(银行|金融|交易)[^，。；]{0,4}密码"
        r"|(enter|type)\W+[^.;,]{0,20}bank PIN",
        re.IGNORECASE,
    )
    sources = [
        path.read_text("utf-8")
        for room in ("terminal", "emulator", "card_profiles", "docs")
        for path in (ROOT / room).rglob("*")
        if path.suffix in {".py", ".md", ".json"}
    ]
    for text in [*texts, *sources]:
        assert not asking.search(text)
    assert asking.search("请输入银行卡密码")
