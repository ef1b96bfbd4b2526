"""Other people's programs against `guitai emulate`, through the real daemon.

Terminal and emulator come from the same hands; opensc-tool, scriptor and pcsc_scan do not.
"""

import re
import subprocess

import pytest
from desk import Desk

SELECT = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
SELECT_LE = SELECT + "00"  # OpenSC shows an answer only where it was asked for one
# Reference social-security-card.md §0 (fact 2) and §11: FCI of generation 3, EF05 record 1.
FCI = "6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C03860103"
READ_CARD_ID = "00B2012C12"
READ_HOLDER = "00B2013414"


def spaced(text: str) -> str:
    return " ".join(re.findall("..", text))


def answers(output: str) -> list[str]:
    """Take the hex of opensc-tool's dumps, without the text column beside it."""
    found = []
    for part in output.split("Received (")[1:]:
        sw = re.match(r"SW1=0x(..), SW2=0x(..)\)", part)
        assert sw
        rows = [row for row in part.splitlines()[1:] if re.match(r"(?:[0-9A-F]{2} )+", row + " ")]
        data = "".join("".join(re.findall(r"\b[0-9A-F]{2}\b", row[: 16 * 3])) for row in rows)
        found.append(data + sw[1] + sw[2])
    return found


@pytest.mark.parametrize("profile", ["gen3", "beijing"])
def test_opensc_tool(desk: Desk, profile: str) -> None:
    """opensc-tool selects SSSE, reads the card id, and is refused the holder with 6982."""
    with desk.emulating("--profile", profile) as line:
        ran = desk.other(
            *("opensc-tool", "--reader", "0", "--card-driver", "default"),
            *("--send-apdu", SELECT_LE, "--send-apdu", READ_CARD_ID, "--send-apdu", READ_HOLDER),
        )
    select, card_id, holder = answers(ran.out)
    assert select == FCI + "9000", ran.out + ran.err
    assert card_id.startswith("0110")
    assert card_id[10:20] == "D156000005"
    assert card_id.endswith("9000")
    assert holder == "6982"
    assert line


def test_opensc_tool_reads_a_generation_2_holder(desk: Desk) -> None:
    """On generation 2 the holder's file is free, to any program."""
    with desk.emulating("--profile", "gen2"):
        ran = desk.other(
            *("opensc-tool", "--reader", "0", "--card-driver", "default"),
            *("--send-apdu", SELECT, "--send-apdu", READ_HOLDER),
        )
    _, holder = answers(ran.out)
    assert holder.startswith("0812" + b"000000".hex().upper())


@pytest.mark.parametrize("interface", ["contact", "contactless"])
def test_scriptor(desk: Desk, interface: str) -> None:
    """scriptor sends TPDUs as they are: on T=0 it sees 61xx and fetches, on T=1 the data."""
    fetch = "00 C0 00 00 1E\n" if interface == "contact" else ""
    script = f"reset\n{spaced(SELECT)}\n{fetch}{spaced(READ_CARD_ID)}\n{spaced(READ_HOLDER)}\n"
    with desk.emulating("--profile", "beijing", "--interface", interface):
        ran = desk.other("scriptor", "-r", "Virtual PCD 00 00", input=script)
    received = re.findall(r"^< ([0-9A-F \n]+?) :", ran.out, re.MULTILINE)
    plain = ["".join(each.split()) for each in received]
    assert FCI + "9000" in plain, ran.out
    assert ("611E" in plain) is (interface == "contact")
    assert any(each.startswith("0110110000D156000005") for each in plain)
    assert plain[-1] == "6982"


def test_pcsc_scan(desk: Desk) -> None:
    """pcsc_scan names the reader and the card's ATR."""
    with desk.emulating("--profile", "beijing") as line:
        atr = line.split()[-3]
        with subprocess.Popen(
            ["timeout", "20", "pcsc_scan", "-n"],
            env=desk.environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as scan:
            assert scan.stdout is not None
            seen = ""
            for text in scan.stdout:
                seen += text
                if "ATR: " in text:
                    break
            scan.terminate()
    assert "Virtual PCD 00 00" in seen
    assert "Card inserted" in seen
    assert spaced(atr) in seen


def test_our_terminal_after_the_others(desk: Desk) -> None:
    """Other programs leave the card usable; ours leaves no proof standing for them."""
    with desk.emulating("--profile", "beijing"):
        assert desk.run("read", "--json").json["generation"] == 3
        ran = desk.other(
            *("opensc-tool", "--reader", "0", "--card-driver", "default"),
            *("--send-apdu", SELECT, "--send-apdu", READ_HOLDER),
        )
        assert answers(ran.out)[-1] == "6982"
        assert desk.run("read", "--json").json["generation"] == 3
