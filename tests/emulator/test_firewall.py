"""Blocked is blocked, and no application answers for another."""

import pytest
from purse_chip import AID, TERMINAL, chip
from raw_card import CHALLENGE, PIN, QUERY, SSSE, WRONG_PIN, Prove, challenge, cryptogram, send

from apdu import secure_messaging
from emulator.card import SoftwareCard
from emulator.purse_state import Account


class TestBlocked:
    def test_an_application(self, card: SoftwareCard) -> None:
        """SELECT answers 9303 in every form; the others go on."""
        card.memory.write("DF01.blocked", b"\1")
        for form in ("00A4000002DF01", "00A4010002DF01", "00A4040006D15600000500"):
            assert send(card, form) == "9303"
        assert send(card, "00A4000002DF02").endswith("9000")

    def test_the_environment(self, card: SoftwareCard, prove: Prove) -> None:
        """It is current after a reset without being selected; that is no way around."""
        card.memory.write("SSSE.blocked", b"\1")
        card.reset()
        assert send(card, SSSE) == "9303"
        for command in ("00B2012C00", "00A4020002EF05", CHALLENGE, PIN, QUERY):
            assert send(card, command) in {"9303", "9000"}
        assert send(card, "00B2012C00") == "9303"
        assert send(card, "00A4000002DF02").endswith("9000")

    @pytest.mark.parametrize(
        "command", [SSSE, "00A4000002DF01", "00B2012C00", CHALLENGE, PIN, QUERY, "FFFF0000"]
    )
    def test_the_card(self, card: SoftwareCard, command: str) -> None:
        """A blocked card answers 6A81 to everything, for ever."""
        card.memory.write("blocked", b"\1")
        assert send(card, command) == "6A81"
        card.reset()
        assert send(card, command) == "6A81"


SOCIAL_SECURITY = [
    "00B2012C00",
    "00B2013400",
    "00B201F400",
    "00B2010400",
    "00B0880000",
    "00B0000000",
    "00A4020002EF05",
    "00A4000002EF05",
    "00A4000002EF06",
    "00A4000002DF01",
    "00A4010002DF01",
    "00A4000002DDF1",
    "00A4010002DF10",
    PIN,
    WRONG_PIN,
    QUERY,
    "805E010007123456FF654321",
    "0088000010" + "00" * 16,
    "0082000A10" + "00" * 16,
    "0082000410" + "00" * 16,
    "00DC0104030201" + "34",
    "00D68500" + "0100",
]


BANK, TRANSIT = "A000000333010101", "A000000632010105"


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {name for name in before | after if before.get(name) != after.get(name)}


@pytest.mark.parametrize("aid", [BANK, TRANSIT])
class TestFirewall:
    @pytest.mark.parametrize("command", SOCIAL_SECURITY)
    def test_nothing_of_social_security_answers(
        self, card: SoftwareCard, prove: Prove, aid: str, command: str
    ) -> None:
        """Bank and transit share the chip and nothing else but the MF (§1.1)."""
        prove(card, 0x04)
        send(card, PIN)
        send(card, "00A4020002EF05")
        send(card, f"00A4040008{aid}")
        challenge(card)
        before = card.memory.cells()
        answer = send(card, command)
        if aid == TRANSIT and command in {PIN, WRONG_PIN, "805E010007123456FF654321"}:
            # Its own PIN answers here; what it changes is its own.
            assert changed(before, card.memory.cells()) <= {"transit.PIN", "transit.PIN.tries"}
            return
        assert len(answer) == 4
        assert answer[:2] in {"6A", "6D"} | ({"67", "69", "6E"} if aid == TRANSIT else set())
        assert card.memory.cells() == before

    def test_the_way_back(self, card: SoftwareCard, prove: Prove, aid: str) -> None:
        """The MF and the names lead back; the PIN is still known, no key is."""
        prove(card, 0x0A)
        send(card, PIN)
        for way in ("00A40000023F00", SSSE, "00A4040006D15600000500"):
            send(card, f"00A4040008{aid}")
            assert send(card, way).endswith("9000")
            assert send(card, "00B2013400").endswith("9000") == (way == "00A4040006D15600000500")

    def test_a_challenge_does_not_cross(self, card: SoftwareCard, aid: str) -> None:
        """A challenge asked for in the bank's application is not answered in ours."""
        send(card, f"00A4040008{aid}")
        command = cryptogram(card, 0x0A, challenge(card))
        send(card, SSSE)
        assert send(card, command) == "6984"


PURSE = [
    "805C000204",
    f"805000020B0100000001{TERMINAL}10",
    f"805003020B0100000001{TERMINAL}0F",
    "805200000B" + "00" * 11,
    "805401000F" + "00" * 15,
    "80DC01D0012701",
    "805800000E" + "00" * 14,
    "805A000602000108",
    "805E00000712345600000000",
    "84240000" + "0C" + "00" * 12,
    "841E000004" + "00" * 4,
    "8418000004" + "00" * 4,
    "0082000008" + "00" * 8,
    "04B0950004" + "00" * 4,
]


class TestTransit:
    """The firewall between social security and the purse, from both sides."""

    @pytest.mark.parametrize("command", PURSE)
    @pytest.mark.parametrize("where", [SSSE, "00A4000002DF01", "00A4040008" + BANK])
    def test_nothing_of_the_purse_answers_outside(self, where: str, command: str) -> None:
        """Money moves in the transit application only, whatever was opened in it before."""
        card = chip(purse=Account(1000, 0, 0, 0))
        send(card, PIN)
        challenge(card)
        send(card, f"805003020B0100000001{TERMINAL}0F")
        send(card, SSSE)
        assert send(card, where).endswith("9000")
        challenge(card)
        before = card.memory.cells()
        answer = send(card, command)
        assert len(answer) == 4
        assert answer[:2] in {"67", "69", "6A", "6D", "6E"}
        assert card.memory.cells() == before

    def test_a_pin_counts_on_its_own_side(self) -> None:
        """Both PINs are 123456 here, and neither opens what the other guards."""
        card = chip(passbook=Account(1000, 0, 0, 0), selected=False)
        withdraw = f"805002010B0100000001{TERMINAL}0F"
        assert send(card, PIN) == "9000"
        send(card, AID)
        assert send(card, withdraw) == "6982"
        assert send(card, PIN) == "9000"
        assert send(card, withdraw).endswith("9000")
        card.reset()
        send(card, AID)
        send(card, PIN)
        send(card, SSSE)
        send(card, "00A4000002DF01")
        send(card, "00A4020002EF09")
        assert send(card, "00B2010400") == "6982"

    def test_a_pin_ends_with_the_selection(self) -> None:
        """Unlike social security's: whoever leaves the purse has to come back with the PIN."""
        card = chip(passbook=Account(1000, 0, 0, 0))
        send(card, PIN)
        send(card, SSSE)
        send(card, AID)
        assert send(card, f"805002010B0100000001{TERMINAL}0F") == "6982"

    def test_tries_are_each_side_s_own(self) -> None:
        """Three wrong PINs at a gate leave the social security PIN as it was."""
        card = chip()
        assert [send(card, WRONG_PIN) for _ in range(4)] == ["63C2", "63C1", "63C0", "6983"]
        send(card, SSSE)
        assert send(card, QUERY) == "63C6"
        send(card, WRONG_PIN)
        assert card.memory.read("transit.PIN.tries") == b"\0"

    def test_a_challenge_does_not_cross(self) -> None:
        """One asked for outside is no challenge to the purse."""
        card = chip(selected=False)
        asked = challenge(card, 8)
        send(card, AID)
        proof = secure_messaging.cryptogram(
            bytes.fromhex("390102030405060708090A0B0C0D0E0F"), asked
        )
        assert send(card, f"0082000008{proof.hex()}") == "6984"
