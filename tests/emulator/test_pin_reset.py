"""PIN unblock and reload in the card: the reference's worked examples, and every wrong way."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from raw_card import PIN, QUERY, WRONG_PIN, Maker, Prove, Worked, cut, send

from apdu.cipher import SM4, TDES, Family
from emulator.card import SoftwareCard
from emulator.memory import PowerCut
from emulator.randomness import Randomness

# Examples E16 and E17 of reference card-interface-functions.md §13, on its card P1.
SCRIPT = [bytes.fromhex(each) for each in ("C1C2C3C4C5C6C7C8", "0102030405060708")]
SECOND = bytes.fromhex("1122334455667788")
PUK_PROOF = "0082000610E6013E7BDD8A803DC1C2C3C4C5C6C7C8"
RELOAD = "8424000114854B0CCB023C5EAEEAC7592293AF12138C942CC7"
UNBLOCK = "8424000004AF5BB325"
CHALLENGE = "0084000008"
NEW = "0020000003654321"


@pytest.fixture
def p1(virtual_card: Maker, worked: Worked) -> Callable[..., SoftwareCard]:
    """Make P1 with the examples' random numbers; the contactless side answers whole."""

    def make(**facts: object) -> SoftwareCard:
        profile, known = worked["P1"]
        return virtual_card(
            profile.name,
            facts=replace(known, **facts),
            interface="contactless",
            randomness=Randomness([*SCRIPT, SECOND]),
        )

    return make


def prove_puk(card: SoftwareCard) -> None:
    assert send(card, CHALLENGE) == SCRIPT[0].hex().upper() + "9000"
    assert send(card, CHALLENGE) == SCRIPT[1].hex().upper() + "9000"
    assert send(card, PUK_PROOF) == "9000"
    assert send(card, CHALLENGE) == SECOND.hex().upper() + "9000"


class TestWorkedExamples:
    def test_e16_reload(self, p1: Callable[..., SoftwareCard]) -> None:
        """The HSM's bytes of E16 set the new PIN; the old one is then wrong."""
        card = p1()
        prove_puk(card)
        assert send(card, RELOAD) == "9000"
        assert send(card, PIN) == "63C5"
        assert send(card, NEW) == "9000"

    def test_e17_unblock(self, p1: Callable[..., SoftwareCard]) -> None:
        """After six wrong entries the MAC alone gives the old PIN its tries back."""
        card = p1()
        for _ in range(6):
            send(card, WRONG_PIN)
        assert send(card, PIN) == "6983"
        prove_puk(card)
        assert send(card, UNBLOCK) == "9000"
        assert send(card, QUERY) == "63C6"
        assert send(card, PIN) == "9000"

    def test_e17_with_a_changed_digit(self, p1: Callable[..., SoftwareCard]) -> None:
        """−27016 is 6988, and nothing has changed."""
        card = p1()
        send(card, WRONG_PIN)
        prove_puk(card)
        assert send(card, UNBLOCK[:-1] + "6") == "6988"
        assert send(card, QUERY) == "63C5"

    def test_first_setting(self, p1: Callable[..., SoftwareCard]) -> None:
        """A card without PIN gets its first one the same way; unblocking has nothing to unblock."""
        card = p1(pin=None)
        prove_puk(card)
        assert send(card, RELOAD) == "9000"
        assert send(card, QUERY) == "63C6"
        assert send(card, NEW) == "9000"
        bare = p1(pin=None)
        prove_puk(bare)
        assert send(bare, UNBLOCK) == "6985"


def reload_command(card: SoftwareCard, cipher: Family, pin: bytes, challenge: bytes) -> str:
    """Compute a reload as a host would, from the card's PUK."""
    puk = card.memory.read("SSSE.key.06")
    assert puk is not None
    session = cipher.session_key(puk, challenge)
    body = cipher.encrypt(session, pin)
    header = bytes.fromhex("84240001") + bytes((len(body) + 4,))
    return (header + body + cipher.mac(session, header + body)).hex().upper()


class TestFamilies:
    @pytest.mark.parametrize(
        ("profile", "cipher", "length"), [("gen2", TDES, 0x0C), ("gen3", SM4, 0x14)]
    )
    def test_lengths(
        self, virtual_card: Maker, prove: Prove, profile: str, cipher: Family, length: int
    ) -> None:
        """Lc is 0C in the DES family and 14 in SM4's (§3), for PINs of 4 to 12 digits."""
        for pin in ("1357", "13579F", "135792", "135792468013"):
            card = virtual_card(profile)
            assert prove(card, 0x06).endswith("9000")
            factor = card.transmit(bytes.fromhex(CHALLENGE))[:-2]
            command = reload_command(card, cipher, bytes.fromhex(pin), factor)
            assert int(command[8:10], 16) == length
            assert send(card, command) == "9000"
            assert send(card, f"00200000{len(pin) // 2:02X}{pin}") == "9000"


class TestWrongWays:
    def test_without_puk(self, p1: Callable[..., SoftwareCard]) -> None:
        """Who has not proved PUK is refused before a MAC is looked at."""
        card = p1()
        send(card, CHALLENGE)
        assert send(card, UNBLOCK) == "6982"
        assert send(card, RELOAD) == "6982"

    def test_without_a_challenge(self, p1: Callable[..., SoftwareCard]) -> None:
        """A MAC over a random number that was used once is worth nothing."""
        card = p1()
        prove_puk(card)
        assert send(card, UNBLOCK) == "9000"
        assert send(card, UNBLOCK) == "6984"

    def test_puk_locks(self, card: SoftwareCard, prove: Prove) -> None:
        """Three wrong proofs of PUK and no clerk resets this card's PIN any more (§5)."""
        answers = [prove(card, 0x06, wrong=True) for _ in range(4)]
        assert answers == ["63C2", "63C1", "63C0", "6983"]
        assert prove(card, 0x06) == "6983"

    def test_selecting_drops_puk(self, p1: Callable[..., SoftwareCard]) -> None:
        """Key proofs end with the application; a reset after it needs a new one."""
        card = p1()
        prove_puk(card)
        send(card, "00A4000002DF01")
        send(card, CHALLENGE)
        assert send(card, UNBLOCK) == "6982"

    @pytest.mark.parametrize(
        ("command", "answer"),
        [
            ("8424000000", "6700"),
            ("842400000400", "6700"),
            ("8424000005AF5BB32500", "6700"),
            ("8424000104AF5BB325", "6700"),
            ("842400010C" + "00" * 12, "6700"),
            ("8424000124" + "00" * 36, "6988"),
            ("8424000204AF5BB325", "6A86"),
            ("8424010004AF5BB325", "6A86"),
            ("0424000004AF5BB325", "6E00"),
        ],
    )
    def test_malformed(self, p1: Callable[..., SoftwareCard], command: str, answer: str) -> None:
        """Lengths and parameters are looked at before keys; nothing changes."""
        card = p1()
        prove_puk(card)
        before = card.memory.cells()
        assert send(card, command) == answer
        assert card.memory.cells() == before

    @pytest.mark.parametrize("pin", ["12", "123F", "12345A", "1F3456", ""])
    def test_a_new_pin_that_is_none(self, card: SoftwareCard, prove: Prove, pin: str) -> None:
        """A right MAC over digits that are no PIN: 6A80, and the old one stays."""
        assert prove(card, 0x06) == "9000"
        factor = card.transmit(bytes.fromhex(CHALLENGE))[:-2]
        assert send(card, reload_command(card, SM4, bytes.fromhex(pin), factor)) == "6A80"
        assert send(card, PIN) == "9000"

    @pytest.mark.parametrize("command", [RELOAD, UNBLOCK])
    def test_torn_at_every_write(self, p1: Callable[..., SoftwareCard], command: str) -> None:
        """PIN and tries change together or not at all."""
        for number in count(1):
            card = p1()
            send(card, WRONG_PIN)
            prove_puk(card)
            cut(card, number)
            try:
                send(card, command)
            except PowerCut:
                card.memory.before_write = None
                card.power_on()
            else:
                break
            tries = send(card, QUERY)
            assert tries in {"63C5", "63C6"}
            right = NEW if command == RELOAD and tries == "63C6" else PIN
            assert send(card, right) == "9000"
        assert number == {RELOAD: 7, UNBLOCK: 2}[command]
