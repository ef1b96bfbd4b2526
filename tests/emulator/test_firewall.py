"""Blocked is blocked, and no application answers for another."""

import pytest
from raw_card import CHALLENGE, PIN, QUERY, SSSE, WRONG_PIN, Prove, challenge, cryptogram, send

from emulator.card import SoftwareCard


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


@pytest.mark.parametrize("aid", ["A000000333010101", "A000000632010105"])
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
        assert len(answer) == 4
        assert answer[:2] in {"6A", "6D"}
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
