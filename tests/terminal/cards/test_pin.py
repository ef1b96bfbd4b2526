"""The service PIN at the card: no try spent unknowingly, none twice, no doubt left unsaid."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from card_profiles.development_keys import distinct
from card_profiles.profiles import BEIJING
from emulator.card import SoftwareCard
from emulator.facts import made_up_facts
from emulator.randomness import Randomness
from terminal.cards.pin import CardPin, PinState
from terminal.cards.social_security import SocialSecurityCard
from terminal.errors import (
    CardRefused,
    CardTorn,
    KeyMissing,
    MacRejected,
    PinBlocked,
    PinLastTry,
    PinNotSet,
    PinTriesUnknown,
    PinWrong,
    ProofLocked,
)
from terminal.keys.software import development
from terminal.readers.t0 import AnswerRules, T0Connection
from terminal.service_pin import ServicePin

Make = Callable[..., SoftwareCard]


def digits(text: str) -> ServicePin:
    return ServicePin(bytearray(text.encode("ascii")))


class Wired:
    """A card, our stack over it, what was sent, and answers of one's own in between."""

    def __init__(self, card: SoftwareCard, keys: Any = None) -> None:
        card.power_on()
        self.software = card
        self.sent: list[bytes] = []
        self.instead: Callable[[bytes], bytes | None] = lambda _: None
        rules = T0Connection if card.protocol == "T=0" else AnswerRules
        self.card = SocialSecurityCard(rules(self))
        if keys is not None:
            self.card.use(keys)
        self.pin = CardPin(self.card)

    @property
    def atr(self) -> bytes:
        return self.software.atr

    @property
    def protocol(self) -> str:
        return self.software.protocol

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command)
        answer = self.instead(command)
        return self.software.transmit(command) if answer is None else answer

    def count(self, ins: int, *, with_data: bool = True) -> int:
        return sum(each[1] == ins and (len(each) > 5) is with_data for each in self.sent)

    @property
    def tries(self) -> int:
        return (self.software.memory.read("PIN.tries") or b"\0")[0]


@pytest.fixture(params=["contact", "contactless"])
def wired(request: pytest.FixtureRequest, virtual_card: Make) -> Wired:
    return Wired(virtual_card("beijing", interface=request.param), development())


class TestStatus:
    def test_it_spends_nothing(self, wired: Wired) -> None:
        """Asking is free, as often as one likes (§5)."""
        for _ in range(10):
            status = wired.pin.status()
        assert (status.state, status.tries_left, status.last_try) == (PinState.SET, 6, False)
        assert wired.tries == 6

    def test_what_is_sent(self, wired: Wired) -> None:
        """The field's own bytes: 0020000000; SELECT with its FCI and the question, no more."""
        wired.pin.status()
        assert wired.sent[-1].hex() == "0020000000"
        assert len(wired.sent) == (3 if wired.protocol == "T=0" else 2)

    def test_none_set(self, virtual_card: Make) -> None:
        """9000 to the question means that there is no PIN."""
        facts = replace(made_up_facts(BEIJING, 1), pin=None)
        status = Wired(virtual_card("beijing", facts=facts)).pin.status()
        assert (status.state, status.tries_left) == (PinState.NOT_SET, None)

    @pytest.mark.parametrize("answer", ["6983", "63C0"])
    def test_blocked(self, wired: Wired, answer: str) -> None:
        """Cards say it in two ways; to the clerk it is one."""
        wired.instead = lambda command: bytes.fromhex(answer) if command[1] == 0x20 else None
        status = wired.pin.status()
        assert (status.state, status.tries_left) == (PinState.BLOCKED, 0)

    def test_one_left(self, wired: Wired) -> None:
        """Fifteen is the most that 63Cx can say; one is what has to be warned of."""
        wired.instead = lambda command: b"\x63\xcf" if command[1] == 0x20 else None
        assert wired.pin.status().tries_left == 15
        wired.instead = lambda command: b"\x63\xc1" if command[1] == 0x20 else None
        assert wired.pin.status().last_try

    def test_a_contactless_card_that_wants_no_last_byte(self, virtual_card: Make) -> None:
        """There 00200000 is the question too; asked once more it spends nothing either."""
        wired = Wired(virtual_card("beijing", interface="contactless"))
        wired.instead = lambda command: b"\x67\x00" if command.hex() == "0020000000" else None
        assert wired.pin.status().tries_left == 6
        assert wired.sent[-1].hex() == "00200000"


class TestVerify:
    def test_right(self, wired: Wired) -> None:
        """The card says 9000 and every PIN-protected file is open until power-off."""
        wired.pin.verify(digits("123456"))
        assert wired.card.pin_verified
        assert [each.hex() for each in wired.sent if each[1] == 0x20] == [
            "0020000000",
            "0020000003123456",
        ]

    def test_wrong(self, wired: Wired) -> None:
        """One try, and its number is told."""
        with pytest.raises(PinWrong) as caught:
            wired.pin.verify(digits("654321"))
        assert caught.value.facts == {"left": 5}
        assert not wired.card.pin_verified
        assert (wired.tries, wired.count(0x20)) == (5, 1)

    def test_the_last_try_is_never_spent_unasked(self, wired: Wired) -> None:
        """Five wrong entries; the sixth does not reach the card without a word of permission."""
        for _ in range(5):
            with pytest.raises(PinWrong):
                wired.pin.verify(digits("654321"))
        before = len(wired.sent)
        for attempt in (wired.pin.verify, lambda pin: wired.pin.change(pin, digits("1357"))):
            with pytest.raises(PinLastTry):
                attempt(digits("123456"))
        assert not any(len(each) > 5 for each in wired.sent[before:] if each[1] in {0x20, 0x5E})
        assert wired.tries == 1
        wired.pin.verify(digits("123456"), last_try=True)
        assert wired.tries == 6

    def test_the_last_try_spent_on_purpose(self, wired: Wired) -> None:
        """It blocks the PIN, and that is what is said, not "0 tries left"."""
        wired.software.memory.write("PIN.tries", b"\1")
        with pytest.raises(PinBlocked):
            wired.pin.verify(digits("654321"), last_try=True)
        with pytest.raises(PinBlocked):
            wired.pin.verify(digits("123456"), last_try=True)
        assert wired.count(0x20) == 1

    @pytest.mark.parametrize("answer", ["6D00", "6A86", "6700", "6A88"])
    def test_a_card_that_does_not_tell(self, wired: Wired, answer: str) -> None:
        """Unknown tries may be the last: not spent without permission either."""
        wired.instead = lambda command: (
            bytes.fromhex(answer) if command[1] == 0x20 and len(command) <= 5 else None
        )
        with pytest.raises(PinTriesUnknown):
            wired.pin.verify(digits("123456"))
        assert wired.count(0x20) == 0
        wired.pin.verify(digits("123456"), last_try=True)

    def test_no_pin_on_the_card(self, virtual_card: Make) -> None:
        """Nothing to compare with, and nothing sent."""
        facts = replace(made_up_facts(BEIJING, 1), pin=None)
        wired = Wired(virtual_card("beijing", facts=facts))
        with pytest.raises(PinNotSet):
            wired.pin.verify(digits("123456"))
        assert wired.count(0x20) == 0

    def test_torn_is_never_repeated(self, wired: Wired) -> None:
        """A VERIFY without an answer may have cost a try; a second one might cost another."""

        def torn(command: bytes) -> bytes | None:
            if command[1] == 0x20 and len(command) > 5:
                raise CardTorn
            return None

        wired.instead = torn
        with pytest.raises(CardTorn):
            wired.pin.verify(digits("123456"))
        assert wired.count(0x20) == 1

    @pytest.mark.parametrize("answer", ["6300", "6900", "6581", "6F00", "6C03", "6103"])
    def test_odd_answers_are_never_repeated(self, wired: Wired, answer: str) -> None:
        """Neither 6Cxx nor 61xx nor an unknown word makes us send a PIN twice."""
        wired.instead = lambda command: (
            bytes.fromhex(answer) if command[1] == 0x20 and len(command) > 5 else None
        )
        with pytest.raises(Exception, match=r".+"):
            wired.pin.verify(digits("123456"))
        assert wired.count(0x20) == 1
        assert not wired.card.pin_verified

    def test_only_where_it_belongs(self, wired: Wired) -> None:
        """Whatever was selected before, the PIN is sent with the environment selected."""
        wired.card.identify()
        for application in wired.software.profile.applications:
            assert wired.card.enter(application)
            wired.pin.status()
            assert wired.card.application.name == "SSSE"
        wired.pin.verify(digits("123456"))
        assert wired.software.os.bank.received == [
            each for each in wired.software.os.bank.received if each[1] == 0xA4
        ]


class TestChange:
    def test_bytes(self, wired: Wired) -> None:
        """805E0100, old ‖ FF ‖ new, no VERIFY before it (§5)."""
        wired.pin.change(digits("123456"), digits("654321"))
        assert wired.sent[-1].hex().upper() == "805E010007123456FF654321"
        assert not wired.pin.unsettled
        wired.pin.verify(digits("654321"))

    @pytest.mark.parametrize("new", ["1357", "13579", "135792468013"])
    def test_other_lengths(self, wired: Wired, new: str) -> None:
        """4 to 12 digits, odd ones padded beside the FF that parts them."""
        wired.pin.change(digits("123456"), digits(new))
        wired.pin.change(digits(new), digits("123456"))
        wired.pin.verify(digits("123456"))

    def test_a_wrong_old_one(self, wired: Wired) -> None:
        """It costs a try as VERIFY does, and nothing changes."""
        with pytest.raises(PinWrong) as caught:
            wired.pin.change(digits("111222"), digits("654321"))
        assert caught.value.facts == {"left": 5}
        assert not wired.pin.unsettled
        wired.pin.verify(digits("123456"))

    def test_torn_leaves_it_open(self, wired: Wired) -> None:
        """Old or new? Nobody knows until it is verified; that is marked."""

        def torn(command: bytes) -> bytes | None:
            if command[1] == 0x5E:
                raise CardTorn
            return None

        wired.instead = torn
        with pytest.raises(CardTorn):
            wired.pin.change(digits("123456"), digits("654321"))
        assert wired.pin.unsettled
        assert wired.count(0x5E) == 1


class TestReset:
    @pytest.mark.parametrize("profile", ["gen2", "gen3", "beijing"])
    @pytest.mark.parametrize("keys", ["uniform", "distinct"])
    def test_every_family(self, virtual_card: Make, profile: str, keys: str) -> None:
        """DES and SM4, with one key and with keys that all differ."""
        more = {"root_of": distinct} if keys == "distinct" else {}
        wired = Wired(virtual_card(profile, **more), development(keys))
        for _ in range(3):
            with pytest.raises(PinWrong):
                wired.pin.verify(digits("654321"))
        wired.pin.reload(digits("135792"))
        assert wired.tries == 6
        wired.pin.verify(digits("135792"))

    def test_the_reference_bytes(self, virtual_card: Make) -> None:
        """E16's PUK proof and reload, to the byte, from our own key service."""
        script = [bytes.fromhex(each) for each in _E16_CHALLENGES]
        facts = replace(
            made_up_facts(BEIJING, 1),
            historical=bytes.fromhex("0081544C978684110000000001"),
        )
        card = virtual_card("beijing", facts=facts, randomness=Randomness(script))
        wired = Wired(card, development())
        wired.pin.reload(digits("654321"))
        sent = [each.hex().upper() for each in wired.sent]
        assert "0082000610E6013E7BDD8A803DC1C2C3C4C5C6C7C8" in sent
        assert sent[-1] == "8424000114854B0CCB023C5EAEEAC7592293AF12138C942CC7"

    def test_unblock_keeps_the_pin(self, wired: Wired) -> None:
        """The tries come back and the old PIN is right again."""
        wired.software.memory.write("PIN.tries", b"\0")
        assert wired.pin.status().state is PinState.BLOCKED
        wired.pin.unblock()
        wired.pin.verify(digits("123456"))

    def test_without_keys(self, virtual_card: Make) -> None:
        """A counter without PUK cannot, and the card is not asked."""
        wired = Wired(virtual_card("beijing"))
        with pytest.raises(KeyMissing):
            wired.pin.reload(digits("135792"))
        assert wired.count(0x24) == 0

    def test_a_locked_puk(self, wired: Wired) -> None:
        """The card's PUK is used up: it has to be replaced."""
        wired.software.memory.write("SSSE.key.06.tries", b"\0")
        with pytest.raises(ProofLocked):
            wired.pin.reload(digits("135792"))
        assert not wired.pin.unsettled

    @pytest.mark.parametrize(("answer", "error"), [("6988", MacRejected), ("6985", CardRefused)])
    def test_refused_is_settled(self, wired: Wired, answer: str, error: type[Exception]) -> None:
        """The card has answered that nothing was written; there is nothing to find out."""
        wired.instead = lambda command: bytes.fromhex(answer) if command[1] == 0x24 else None
        with pytest.raises(error):
            wired.pin.reload(digits("135792"))
        assert not wired.pin.unsettled

    @pytest.mark.parametrize("ins", [0x84, 0x82, 0x24])
    def test_torn_anywhere(self, wired: Wired, ins: int) -> None:
        """Before the reload was sent nothing is open; after it everything is."""

        def torn(command: bytes) -> bytes | None:
            if command[1] == ins:
                raise CardTorn
            return None

        wired.instead = torn
        with pytest.raises(CardTorn):
            wired.pin.reload(digits("135792"))
        assert wired.pin.unsettled is (ins == 0x24)
        assert wired.tries == 6


_E16_CHALLENGES = (
    "A1A2A3A4A5A6A7A8",
    "1122334455667788",
    "C1C2C3C4C5C6C7C8",
    "0102030405060708",
    "1122334455667788",
)
"""The card proves itself by the first two (E2), then E16's three."""
