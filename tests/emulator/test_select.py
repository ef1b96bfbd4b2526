"""SELECT in every form of reference social-security-card.md §1.2, and its answers (§1.3)."""

from collections.abc import Callable

import pytest

from emulator.card import SoftwareCard
from emulator.card_os import Habits

NAME = "7378312E73682EC9E7BBE1B1A3D5CF"
BY_NAME = f"00A404000F{NAME}"
GEN2_FCI = f"6F16840F{NAME}A50388011E"
GEN3_FCI = f"6F1C840F{NAME}A50988011E9F0C03860103"
STANDARD = [f"D1560000050{number}" for number in range(5)]
"""AIDs of DF01, DF02, DF03, DF04 and DF07 (§1.1)."""

Maker = Callable[..., SoftwareCard]


def send(card: SoftwareCard, command: str) -> str:
    return card.transmit(bytes.fromhex(command)).hex().upper()


@pytest.fixture
def card(virtual_card: Maker) -> SoftwareCard:
    return virtual_card("gen3", interface="contactless")


@pytest.fixture
def beijing(virtual_card: Maker) -> SoftwareCard:
    return virtual_card("beijing", interface="contactless")


class TestEnvironment:
    @pytest.mark.parametrize(
        ("profile", "fci"), [("gen1", GEN2_FCI), ("gen2", GEN2_FCI), ("gen3", GEN3_FCI)]
    )
    def test_file_control_information(self, virtual_card: Maker, profile: str, fci: str) -> None:
        """The bytes real cards were seen to give: 9F0C on generation 3 only (§1.3)."""
        card = virtual_card(profile)
        length = f"{len(fci) // 2:02X}"
        assert send(card, BY_NAME) == "61" + length
        assert send(card, "00C00000" + length) == fci + "9000"

    @pytest.mark.parametrize(
        "command",
        [
            BY_NAME,
            BY_NAME + "00",
            "00A4000002DDF1",
            "00A4010002DDF1",
            "00A40000023F00",
            "00A4000000",
            "00A40000",
            f"00A404000C{NAME[:24]}",
        ],
    )
    def test_every_form(self, card: SoftwareCard, command: str) -> None:
        """Terminals of the field select it by name, with Le, by FID, as MF, by half a name."""
        send(card, "00A4000002DF01")
        assert send(card, command) == GEN3_FCI + "9000"
        assert send(card, "00B2012C00").startswith("0110")


class TestApplications:
    @pytest.mark.parametrize(
        ("fid", "aid"), list(zip(("01", "02", "03", "04", "07"), STANDARD, strict=True))
    )
    def test_by_name_and_by_file_id(self, card: SoftwareCard, fid: str, aid: str) -> None:
        """An application of the standard answers to its AID and, by P1 00 and 01, to its FID."""
        fci = f"6F088406{aid}9000"
        assert send(card, f"00A4040006{aid}") == fci
        assert send(card, f"00A4000002DF{fid}") == fci
        assert send(card, f"00A4010002DF{fid}") == fci

    @pytest.mark.parametrize("fid", ["DF05", "DF06"])
    def test_without_a_name(self, card: SoftwareCard, fid: str) -> None:
        """V2.0 gives health and relief no AID: the FCI names them by their FID."""
        assert send(card, f"00A4000002{fid}") == f"6F048402{fid}9000"

    def test_walk_over_a_partial_name(self, card: SoftwareCard) -> None:
        """FIRST, then NEXT until 6A82: how a terminal lists what the RID has on the card."""
        found = [send(card, "00A4040005D156000005")]
        found += [send(card, "00A4040205D156000005") for _ in STANDARD]
        assert found == [f"6F088406{aid}9000" for aid in STANDARD] + ["6A82"]
        assert send(card, "00A4040005D156000005") == found[0]

    def test_next_without_first(self, card: SoftwareCard) -> None:
        """A search of another name is not the same search: the first match is next."""
        assert send(card, "00A4040205D156000005") == f"6F088406{STANDARD[0]}9000"
        assert send(card, "00A40402067378312E7368") == GEN3_FCI + "9000"
        assert send(card, "00A4040205D156000005") == f"6F088406{STANDARD[0]}9000"

    def test_a_search_ends_with_the_session(self, card: SoftwareCard) -> None:
        """After a reset the list begins at its beginning."""
        send(card, "00A4040005D156000005")
        card.reset()
        assert send(card, "00A4040205D156000005") == f"6F088406{STANDARD[0]}9000"

    @pytest.mark.parametrize(
        ("aid", "fci"),
        [
            (
                "A000000333010101",
                (
                    "6F368408A000000333010101A52A500A50424F432044454249548701019F"
                    "38189F66049F02069F03069F1A0295055F2A029A039C019F3704"
                ),
            ),
            ("A000000632010105", "6F318408A000000632010105A5259F0801029F0C1E01011000FFFFFFFF0201"),
        ],
    )
    def test_other_institutions(self, beijing: SoftwareCard, aid: str, fci: str) -> None:
        """Bank and transit are there by their AIDs, as on every Beijing card (§1.1)."""
        answer = send(beijing, f"00A4040008{aid}")
        assert answer.startswith(fci)
        assert answer.endswith("9000")

    def test_not_on_this_card(self, card: SoftwareCard) -> None:
        """A generation-3 card of the standard has no Beijing application."""
        assert send(card, "00A4040005F0424A5401") == "6A82"


class TestElementaryFiles:
    @pytest.mark.parametrize("p1", ["00", "02"])
    def test_both_forms(self, card: SoftwareCard, p1: str) -> None:
        """P1 02 and P1 00 are both seen in the field; neither gives an FCI (§1.2)."""
        assert send(card, f"00A4{p1}0002EF05") == "9000"
        assert send(card, "00B2010400").startswith("0110")

    @pytest.mark.parametrize("command", ["00A4020002EF7F", "00A4000002EF7F", "00A4020002DF01"])
    def test_unknown(self, card: SoftwareCard, command: str) -> None:
        """A file that is not there, and a DF asked for as an EF, are 6A82."""
        assert send(card, command) == "6A82"

    def test_files_belong_to_their_application(self, card: SoftwareCard) -> None:
        """EF07 of DF07 is not EF07 of SSSE: a FID is looked up in the current DF only."""
        send(card, "00A4000002DF05")
        assert send(card, "00A4020002EF06") == "6A82"

    def test_a_failed_select_keeps_the_file(self, card: SoftwareCard) -> None:
        """A terminal that tries names in turn stays where it was while they fail."""
        send(card, "00A4020002EF05")
        for command in ("00A4020002EF7F", "00A4000002DF7F", "00A4040005F000000000", "00A40400"):
            assert send(card, command)[:2] in {"6A", "67"}
        assert send(card, "00B2010400").startswith("0110")

    def test_an_application_starts_without_a_file(self, card: SoftwareCard) -> None:
        """Selecting a DF, also the same one again, leaves no current EF: 6986."""
        send(card, "00A4020002EF05")
        send(card, BY_NAME)
        assert send(card, "00B2010400") == "6986"

    def test_the_directory(self, card: SoftwareCard) -> None:
        """Tag 88 of the FCI points to the directory: 61 with AID and label for each (§1.1)."""
        entries = [send(card, f"00B2{number:02X}F400") for number in range(1, 7)]
        assert [each[4:20] for each in entries[:5]] == ["4F06" + aid for aid in STANDARD]
        assert bytes.fromhex(entries[0][24:-4]).decode("gbk") == "公共应用"
        assert entries[5] == "6A83"

    def test_a_card_without_directory(self, virtual_card: Maker) -> None:
        """Many cards lack it; a terminal then takes the standard's applications as present."""
        card = virtual_card("gen3", interface="contactless", habits=Habits(directory=False))
        assert send(card, "00B201F400") == "6A82"


class TestRefusals:
    @pytest.mark.parametrize(
        "command",
        [
            "00A40400",
            "00A4040000",
            "00A40400017A",
            "00A4040004D1560000",
            "00A40400117378312E73682EC9E7BBE1B1A3D5CF0000",
            "00A4000001DF",
            "00A4000003DF0100",
            "00A4010000",
            "00A4010003DF0100",
            "00A4020000",
            "00A4020001EF",
            "00A4020003EF0500",
        ],
    )
    def test_wrong_lengths(self, card: SoftwareCard, command: str) -> None:
        """A FID has 2 bytes, a name 5 to 16 (§3, row SELECT): 6700."""
        assert send(card, command) == "6700"

    @pytest.mark.parametrize(
        "command",
        [
            "00A4030002EF05",
            "00A4050002EF05",
            "00A4FF0002EF05",
            f"00A404010F{NAME}",
            "00A4020C02EF05",
        ],
    )
    def test_wrong_parameters(self, card: SoftwareCard, command: str) -> None:
        """P1 and P2 that the card does not know are 6A86."""
        assert send(card, command) == "6A86"

    @pytest.mark.parametrize(
        "command",
        [f"00A404000F{NAME[:-2]}CE", "00A404000FF0F0F0F0F0F0F0F0F0F0F0F0F0F0F0", "00A4000002DF7F"],
    )
    def test_unknown_names(self, card: SoftwareCard, command: str) -> None:
        """What the card does not have is 6A82."""
        assert send(card, command) == "6A82"

    @pytest.mark.parametrize(
        ("habits", "command", "sw"),
        [
            (Habits(select_by_name=False), BY_NAME, "6A82"),
            (Habits(select_ddf1=False), "00A4000002DDF1", "6A82"),
            (Habits(select_master_file=False), "00A40000023F00", "6A82"),
            (Habits(ef_by_child=False), "00A4020002EF05", "6A86"),
            (Habits(ef_by_id=False), "00A4000002EF05", "6A86"),
            (Habits(short_file_ids=False), "00B2012C00", "6A86"),
        ],
    )
    def test_habits(self, virtual_card: Maker, habits: Habits, command: str, sw: str) -> None:
        """Real cards lack one form or another; each can be switched off to test terminals."""
        assert send(virtual_card("gen3", interface="contactless", habits=habits), command) == sw

    def test_strict_tree(self, virtual_card: Maker) -> None:
        """File ids reach the MF, the same DF and what is right below it; names reach all."""
        card = virtual_card("gen3", interface="contactless", habits=Habits(strict_tree=True))
        steps = (
            ("00A4000002DF01", "6A82"),
            ("00B2012C00", "6A82"),
            ("00A4000002DDF1", "9000"),
            ("00A4000002DF01", "9000"),
            ("00A4000002DF02", "6A82"),
            ("00A4000002DDF1", "6A82"),
            ("00A4000002DF01", "9000"),
            ("00A40000023F00", "9000"),
            ("00A4000002DF02", "6A82"),
            ("00A4010002DDF1", "9000"),
            ("00A4010002DF02", "9000"),
            ("00A4040006D15600000500", "9000"),
            (BY_NAME, "9000"),
            ("00B2012C00", "9000"),
        )
        assert [send(card, each)[-4:] for each, _ in steps] == [sw for _, sw in steps]

    def test_dfs_by_p1_01(self, virtual_card: Maker) -> None:
        """Huzhou's form (§1.2) alone; MF and DDF1 keep theirs."""
        card = virtual_card("gen3", interface="contactless", habits=Habits(df_by_id=False))
        sws = [
            send(card, each)[-4:]
            for each in ("00A4000002DF01", "00A4010002DF01", "00A4000002DDF1", "00A40000023F00")
        ]
        assert sws == ["6A82", "9000", "9000", "9000"]
