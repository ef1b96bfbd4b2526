"""Cards with nothing but purses: Beijing's older one, and a plain T-Union card."""

from dataclasses import replace

import pytest
from purse_chip import AID, BALANCE, TERMINAL, send

from apdu.atr import Atr
from apdu.cipher import TDES
from card_profiles import beijing_old as layout
from card_profiles import transit
from card_profiles.development_keys import distinct
from emulator.beijing_old import BeijingOldCard, made_up_old_facts
from emulator.card_os import Habits
from emulator.facts import made_up_transit
from emulator.purse_habits import PurseHabits
from emulator.randomness import Randomness
from emulator.transit_card import TransitCard

PPSE = "00A404000E325041592E5359532E4444463031"
INITIALIZE = f"805003020B0100000001{TERMINAL}0F"


class TestOldCard:
    @pytest.fixture
    def card(self) -> BeijingOldCard:
        facts = replace(made_up_old_facts(3, 2850), uses=42, debt=150)
        card = BeijingOldCard.new(facts, randomness=Randomness([b"\1\2\3\4"]))
        card.power_on()
        return card

    def test_a_reader_s_way(self, card: BeijingOldCard) -> None:
        """Files of the MF without a name, then the purse by its file id (§1.1, §2.8)."""
        number = made_up_old_facts(3).number
        content = send(card, "00B0840020")
        assert content == f"{number}01020030{'00' * 12}20180410204012319000"
        assert layout.CARD.decode(bytes.fromhex(content)[:-2])["number"] == number
        assert send(card, "00B0850012")[:18] == "00" + "0000002A" + "00000096"
        assert send(card, "00B0850504") == "000000969000"
        assert send(card, "00A40000021001") == "6F08840450424F43A5009000"
        assert send(card, BALANCE) == "00000B229000"
        assert send(card, "00B201C400") == "6A83"

    def test_no_debt(self) -> None:
        """FFFFFFFF says so, and is no four thousand million."""
        card = BeijingOldCard.new(made_up_old_facts(1))
        assert send(card, "00B0850504") == "FFFFFFFF9000"

    @pytest.mark.parametrize(
        ("command", "answer"),
        [
            ("00A404000450424F43", "6F08840450424F43A5009000"),
            ("00A40000023F00", "6F0684023F00A5009000"),
            ("00A40000", "6F0684023F00A5009000"),
            ("00A40100021001", "6F08840450424F43A5009000"),
            ("00A40000020004", "9000"),
            ("00A40200020005", "9000"),
            ("00A40000020018", "6A82"),
            ("00A4010002DF01", "6A82"),
            ("00A40000031001FF", "6700"),
            ("00A4040003504241", "6A82"),
            ("00A404020450424F43", "6A82"),
            (AID, "6A82"),
            (PPSE, "6A82"),
            ("00A4090000", "6A86"),
            (BALANCE, "6A82"),
            (INITIALIZE, "6A82"),
            ("00D684000401", "6700"),
        ],
    )
    def test_in_the_master_file(self, card: BeijingOldCard, command: str, answer: str) -> None:
        """What SELECT takes, and that no purse is in the MF."""
        assert send(card, command) == answer

    def test_nobody_writes_its_files(self, card: BeijingOldCard) -> None:
        """How the gates write them is not public."""
        assert send(card, "00D6840001FF") == "6982"
        assert send(card, "00D6850001A5") == "6982"

    def test_selecting_ends_what_was_begun(self, card: BeijingOldCard) -> None:
        """As on every card: another selection, and DEBIT has nothing to end."""
        for between in ("00A40000021001", "00A40000023F00", "00A4000002FFFF", "84840000"):
            send(card, "00A40000021001")
            assert send(card, INITIALIZE).endswith("9000")
            send(card, between)
            if between.endswith("3F00"):
                send(card, "00A40000021001")
            assert send(card, "805401000F" + "00" * 15) == "6901"

    def test_the_file_of_one_is_not_the_other_s(self, card: BeijingOldCard) -> None:
        """A current file ends with the selection."""
        send(card, "00A40000020004")
        assert send(card, "00B0000008").endswith("9000")
        send(card, "00A40000021001")
        assert send(card, "00B0000008") == "6986"
        assert send(card, "00B0840008") == "6A82"

    def test_power(self, card: BeijingOldCard) -> None:
        """A reset leads back to the MF."""
        for end in (card.reset, card.power_on, card.power_off):
            send(card, "00A40000021001")
            end()
            assert send(card, BALANCE) == "6A82"
            assert send(card, "00B0840008").endswith("9000")

    def test_keys(self) -> None:
        """From the transit roots by the card number alone (project-defined)."""
        facts = made_up_old_facts(5)
        card = BeijingOldCard.new(facts, root_of=distinct)
        for key in transit.KEYS:
            expected = TDES.diversify(distinct("transit", key.name), bytes.fromhex(facts.number))
            assert card.memory.read(f"beijing_old.key.{key.type:02X}") == expected

    def test_made_up_numbers(self) -> None:
        """The same seed, the same card; all in one range, none twice."""
        numbers = [made_up_old_facts(seed).number for seed in range(200)]
        assert len(set(numbers)) == 200
        assert {each[:10] for each in numbers} == {"1000751599"}
        assert numbers[7] == made_up_old_facts(7).number

    def test_blocked(self, card: BeijingOldCard) -> None:
        """The whole card, as every other."""
        card.memory.write("blocked", b"\1")
        assert {send(card, each) for each in (BALANCE, "00A40000021001", "00B0840020")} == {"6A81"}


class TestTransitCard:
    @pytest.fixture
    def card(self) -> TransitCard:
        card = TransitCard.new(replace(made_up_transit(2), balance=1234, limit=800))
        card.power_on()
        return card

    def test_a_phone_s_way(self, card: TransitCard) -> None:
        """Directory, its entry, the application, money (§1.2)."""
        entry = "61174F08A00000063201010550084D4F545F545F4550870101"
        assert send(card, PPSE) == f"6F2E840E325041592E5359532E4444463031A51CBF0C19{entry}9000"
        assert send(card, BALANCE) == "6A82"
        public = transit.PUBLIC.decode(bytes.fromhex(send(card, AID)[42:-4]))
        assert public["serial"] == made_up_transit(2).serial
        found = [int(send(card, f"805C0{part}0204")[:-4], 16) for part in range(4)]
        assert found == [2034, 800, 0, 1234]

    def test_select_leaves_the_purse(self, card: TransitCard) -> None:
        """The directory is no application: what was open is closed."""
        send(card, AID)
        send(card, PPSE)
        assert send(card, INITIALIZE) == "6A82"

    def test_one_side(self, card: TransitCard) -> None:
        """Readers see the ATR of a contactless card without historical bytes."""
        assert Atr.decode(card.atr).contactless
        assert (card.interface, card.protocol) == ("contactless", "T=1")

    def test_phone_instance(self) -> None:
        """A phone's application has a longer name; the beginning selects it as well (§1.1)."""
        for aid in transit.PHONE_AIDS:
            card = TransitCard.new(replace(made_up_transit(2), aid=aid))
            size = f"{len(aid):02X}"
            for select in (AID, f"00A40400{size}{aid.hex()}"):
                assert f"84{size}{aid.hex().upper()}A5" in send(card, select)
            other = aid[:-1] + bytes((aid[-1] ^ 1,))
            assert send(card, f"00A40400{size}{other.hex()}") == "6A82"

    def test_habits(self) -> None:
        """Switches reach the application, those of the layout too."""
        habits = Habits(purse=PurseHabits(full_fci=True, kind_in_public=True))
        facts = replace(made_up_transit(2), kind=3)
        card = TransitCard.new(facts, habits=habits)
        answer = send(card, AID)
        assert "50084D4F545F545F4550870101" in answer
        assert "9F0C1E03011000" in answer
        # Its keys are those that a SAM derives from the issuer id as it is read.
        levels = bytes.fromhex("03011000FFFFFFFF"), bytes.fromhex(facts.serial)[2:]
        expected = TDES.diversify(TDES.diversify(bytes.fromhex(UNIFORM), levels[0]), levels[1])
        assert card.memory.read("transit.key.3E") == expected


UNIFORM = "00112233445566778899AABBCCDDEEFF"


def test_made_up_serials() -> None:
    """Test serials are plainly a range's, and do not follow from the holder's."""
    serials = [made_up_transit(seed).serial for seed in range(200)]
    assert len(set(serials)) == 200
    assert {(each[:11], len(each)) for each in serials} == {("03105170990", 20)}
