"""Other people's programs use PIN, bank part and SAM of the emulator, as any driver would.

Terminal and emulator agree with each other; whether they agree with the world is asked here.
"""

import re

import pytest
from desk import Desk

SELECT = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"


def scriptor(desk: Desk, reader: str, *commands: str) -> list[str]:
    """Send commands by scriptor in one session, each as it is; the answers, status words last."""
    spaced = "".join(" ".join(re.findall("..", each)) + "\n" for each in commands)
    ran = desk.other("scriptor", "-r", reader, input=f"reset\n{spaced}")
    received = re.findall(r"^< ([0-9A-F \n]+?) :", ran.out, re.MULTILINE)
    return ["".join(each.split()) for each in received][-len(commands) :]


@pytest.mark.parametrize("interface", ["contact", "contactless"])
def test_the_life_of_a_pin(desk: Desk, interface: str) -> None:
    """Query, wrong, right, change: a plain driver's bytes (reference §5) get its status words."""
    with desk.emulating("--profile", "beijing", "--interface", interface):
        answers = scriptor(
            desk,
            "Virtual PCD 00 00",
            SELECT,
            "0020000000",
            "0020000003111111",
            "0020000000",
            "0020000003123456",
            "0020000000",
            "805E010007123456FF654321",
            "0020000003123456",
            "0020000003654321",
            "00A4000002DF01",
            "00A4020002EF06",
            "00B2280011" if interface == "contact" else "00B2280000",
        )
    assert answers[1:9] == ["63C6", "63C5", "63C5", "9000", "63C6", "9000", "63C5", "9000"]
    assert answers[-1].startswith("280F")
    assert answers[-1].endswith("9000")


def test_what_opens_nothing(desk: Desk) -> None:
    """Without PUK, challenge or a right MAC: the draft standard's words for each."""
    with desk.emulating("--profile", "gen3"):
        answers = scriptor(
            desk,
            "Virtual PCD 00 00",
            SELECT,
            "8424000004AF5BB325",
            "841E00010400000000",
            "0084000008",
            "841E00010400000000",
            "0084000008",
            "841600000400000000",
            "0082000A1000112233445566778899AABBCCDDEEFF",
            "0084000008",
            "0082000A1000112233445566778899AABBCCDDEEFF",
            "00A4000002DF01",
            "00B2013400",
        )
    words = [each[-4:] for each in answers]
    assert words[1:3] == ["6982", "6984"]
    assert words[4] == "6988"
    assert words[6:8] == ["6988", "6984"]
    assert words[9] == "63C2"
    assert words[11] == "6982"


def test_the_bank_part(desk: Desk) -> None:
    """opensc-tool selects the bank's application; VERIFY is not known there."""
    with desk.emulating("--profile", "beijing", "--interface", "contactless"):
        answers = scriptor(
            desk, "Virtual PCD 00 00", "00A4040008A00000033301010100", "0020008008241234FFFFFFFFFF"
        )
    assert answers[0].startswith("6F")
    assert answers[1] == "6D00"


def test_the_sam_in_the_second_slot(desk: Desk) -> None:
    """A SAM is a card in a slot: its terminal number is read as drivers read it (§8.4)."""
    with desk.emulating("--profile", "beijing", "--sam"):
        (number,) = scriptor(desk, "Virtual PCD 00 01", "00B0960006")
    assert number == "1100000000079000"
