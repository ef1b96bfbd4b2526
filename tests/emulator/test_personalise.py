"""From facts to memory: the reference's sample bytes, worked cards and derived keys."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from apdu.errors import LayoutError
from card_profiles.development_keys import distinct
from card_profiles.model import Profile
from card_profiles.profiles import BEIJING, GEN2, GEN3
from emulator.card import SoftwareCard
from emulator.facts import CardFacts, Holder, made_up_facts
from emulator.personalise import encode_pin, personalise

Worked = dict[str, tuple[Profile, CardFacts]]


def file(cells: dict[str, bytes], name: str) -> str:
    """Give all records of a file one behind the other, in hex."""
    number = cells[f"{name}.count"][0]
    return b"".join(cells[f"{name}.{each}"] for each in range(1, number + 1)).hex().upper()


SAMPLE_EF05 = """
    0110110000D15600000500000001FFFFFFFF   020133   0304332E3030   040C915600000211000011010002
    050420260101   060420360101   0709413132333435363734
"""
SAMPLE_EF06 = f"""
    0812303030303030313939303031303130303138   091EB2E2CAD4BFA8{"00" * 24}   4E14{"00" * 20}
    0A0131   0B0101   0C03110000   0D0419900101
"""


def packed(text: str) -> str:
    return "".join(text.split())


def test_the_reference_sample() -> None:
    """Reference social-security-card.md §11, byte for byte."""
    facts = CardFacts(
        region="110000",
        serial=bytes.fromhex("00000001"),
        holder=Holder("000000199001010018", "测试卡", "1", "01", "110000", date(1990, 1, 1)),
        card_number="A12345674",
        issue_date=date(2026, 1, 1),
        expiry_date=date(2036, 1, 1),
        items={"SSSE.initialising_organisation": "915600000211000011010002"},
    )
    cells = personalise(BEIJING, facts)
    assert file(cells, "SSSE.EF05") == packed(SAMPLE_EF05)
    assert file(cells, "SSSE.EF06") == packed(SAMPLE_EF06)
    assert (len(packed(SAMPLE_EF05)), len(packed(SAMPLE_EF06))) == (2 * 64, 2 * 91)


class TestName:
    @pytest.mark.parametrize("size", [0, 1, 14, 15, 16, 24, 25])
    def test_goes_on_in_the_extension(self, worked: Worked, size: int) -> None:
        """The name fills 09, then 4E, and both joined are the name (§2.2)."""
        name = "测" * size
        cells = self.of(worked, name)
        first, second = cells["SSSE.EF06.2"], cells["SSSE.EF06.3"]
        assert (first[:2], second[:2]) == (b"\x09\x1e", b"\x4e\x14")
        assert (len(first), len(second)) == (32, 22)
        assert (first[2:] + second[2:]).rstrip(b"\0") == name.encode("gb18030")

    def test_is_cut_between_bytes(self, worked: Worked) -> None:
        """A character may lie across the border: 㐀 has four bytes, and two of them fit."""
        cells = self.of(worked, "测" * 14 + "㐀" + "试")
        assert cells["SSSE.EF06.2"][-2:].hex().upper() == "8139"
        assert cells["SSSE.EF06.3"][2:6].hex().upper() == "EE39CAD4"

    def test_odd_bytes(self, worked: Worked) -> None:
        """A Latin letter shifts all characters by a byte; the cut goes through one of two."""
        name = "A" + "测" * 15
        cells = self.of(worked, name)
        assert cells["SSSE.EF06.2"][-1:] == "测".encode("gb18030")[:1]
        assert cells["SSSE.EF06.3"][2:4] == "测".encode("gb18030")[1:] + b"\0"

    @pytest.mark.parametrize("name", ["测" * 26, "\ud800"])
    def test_that_does_not_fit(self, worked: Worked, name: str) -> None:
        """More than 50 bytes, or what is no character, is refused and never cut."""
        with pytest.raises(LayoutError):
            self.of(worked, name)

    @staticmethod
    def of(worked: Worked, name: str) -> dict[str, bytes]:
        profile, facts = worked["P1"]
        assert facts.holder is not None
        return personalise(profile, replace(facts, holder=replace(facts.holder, name=name)))


class TestWorkedCards:
    """P1, P2, P4 and P6 of card-interface-functions.md §12."""

    @pytest.mark.parametrize(
        ("name", "historical"),
        [
            ("P1", "0081544C978684110000000001"),
            ("P2", "0087CF2001864951010000002A"),
            ("P4", "008C544CB3868441160000000D"),
            ("P6", "00813147318650430000000099"),
        ],
    )
    def test_answer_to_reset(self, worked: Worked, name: str, historical: str) -> None:
        """3B 6D 00 00 and the 13 bytes of the table."""
        assert SoftwareCard.new(*worked[name]).atr.hex().upper() == "3B6D0000" + historical

    @pytest.mark.parametrize(
        ("name", "records"),
        [
            (
                "P1",
                {
                    "1": "0110110000D15600000500000001FFFFFFFF",
                    "3": "0304332E3030",
                    "5": "050420260101",
                    "6": "060420360101",
                    "7": "0709413132333435363734",
                },
            ),
            (
                "P2",
                {
                    "1": "0110510100D1560000050000002A0B1C2D3E",
                    "3": "0304322E3030",
                    "5": "050420180301",
                    "6": "060420280301",
                    "7": "0709533531303030343236",
                },
            ),
            (
                "P4",
                {
                    "1": "0110411600D1560000050000000DFFFFFFFF",
                    "3": "0304332E3030",
                    "5": "050420260105",
                    "6": "060420360105",
                    "7": "0709" + "00" * 9,
                },
            ),
            (
                "P6",
                {
                    "1": "0110430000D156000005000000990000ABCD",
                    "3": "030400000000",
                    "5": "050420090901",
                    "6": "060420290901",
                    "7": "0709483433303030393935",
                },
            ),
        ],
    )
    def test_card_file(self, worked: Worked, name: str, records: dict[str, str]) -> None:
        """EF05 as the table has it."""
        cells = personalise(*worked[name])
        assert {each: cells[f"SSSE.EF05.{each}"].hex().upper() for each in records} == records

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            (
                "P1",
                (
                    f"0812303030303030313939303031303130303138 091EB2E2CAD4BCD7{'00' * 24}"
                    f" 4E14{'00' * 20} 0A0131 0B0101 0C03FFFFFF 0D0419900101"
                ),
            ),
            (
                "P2",
                (
                    f"0812303030303030313938353032323830303258 091ED1F9C0FDD2D2{'00' * 24}"
                    f" 4E14{'00' * 20} 0A0132 0B0101 0C03510100 0D0419850228"
                ),
            ),
            (
                "P4",
                (
                    f"0812{'00' * 18} 091E{'00' * 30} 4E14{'00' * 20} 0A0100 0B01FF 0C03FFFFFF"
                    " 0D04FFFFFFFF"
                ),
            ),
            (
                "P6",
                (
                    f"0812303030303030313937373132303530303558 091ED1F9B1BEB6A1{'00' * 24}"
                    " 0A0131 0B0101 0C03430000 0D0419771205"
                ),
            ),
        ],
    )
    def test_holder_file(self, worked: Worked, name: str, content: str) -> None:
        """EF06 as the table has it; generation 1 has six records, the blank card fillers."""
        assert file(personalise(*worked[name]), "SSSE.EF06") == packed(content)

    @pytest.mark.parametrize(
        ("name", "cell", "value"),
        [
            ("P1", "DF01.EF06.1", "2350B2E2CAD4CAD0D1F9C0FDC2B731BAC5"),
            ("P1", "DF01.EF06.3", "280F3030303030303030303030"),
            ("P1", "DF01.EF0A.1", "370343484E"),
            ("P2", "DF01.EF06.1", "2350D1F9C0FDBDD632BAC5"),
            ("P2", "DF01.EF06.3", "280F3030303030303030303031"),
            ("P2", "DF01.EF0A.1", "370343484E"),
        ],
    )
    def test_public_data(self, worked: Worked, name: str, cell: str, value: str) -> None:
        """DF01's address, phone and nationality are given by ``items``."""
        record = personalise(*worked[name])[cell]
        assert record.rstrip(b"\0").hex().upper() == value
        assert len(record) == record[1] + 2

    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("P1", "7E3E2C80C3C1FC2E4C52C5154CF4F0E2"),
            ("P2", "D2929703376A05AD30902BA2480248BE"),
        ],
    )
    def test_card_keys(self, worked: Worked, name: str, key: str) -> None:
        """Three levels of diversification from the uniform root, with SM4 and 3DES (§8.2)."""
        cells = personalise(*worked[name])
        assert {cells[f"SSSE.key.{each}"].hex().upper() for each in ("00", "04", "06", "0A")} == {
            key
        }


class TestKeys:
    def test_the_distinct_set_is_distinct(self) -> None:
        """A mixed-up key id shows only where no two keys are the same."""
        cells = personalise(BEIJING, made_up_facts(BEIJING, 1), distinct)
        keys = [value for name, value in cells.items() if ".key." in name and len(value) == 16]
        assert len(keys) > 50
        assert len(set(keys)) == len(keys)

    def test_two_cards_have_different_keys(self) -> None:
        """A card's keys hang on its ATR: one card's key opens no other."""
        one, two = (personalise(GEN3, made_up_facts(GEN3, seed)) for seed in (1, 2))
        assert one["SSSE.key.0A"] != two["SSSE.key.0A"]


class TestOptions:
    @pytest.mark.parametrize(
        ("digits", "coded"),
        [
            ("1234", "1234"),
            ("123456", "123456"),
            ("12345", "12345F"),
            ("123456789012", "123456789012"),
        ],
    )
    def test_pin_coding(self, digits: str, coded: str) -> None:
        """BCD, an odd digit beside the nibble F (§5)."""
        assert encode_pin(digits).hex().upper() == coded

    def test_own_historical_bytes(self, worked: Worked) -> None:
        """Cards seen in the field have other layouts; the facts may give the bytes whole."""
        profile, facts = worked["P2"]
        own = bytes.fromhex("0096544CA08684440300000001")
        assert SoftwareCard.new(profile, replace(facts, historical=own)).atr[4:] == own

    def test_two_serials(self, worked: Worked) -> None:
        """The card id's serial may differ from the ATR's: do not require equality (§6.1)."""
        profile, facts = worked["P2"]
        card = SoftwareCard.new(profile, replace(facts, card_serial=bytes.fromhex("01020304")))
        assert card.atr[-4:] == facts.serial
        assert card.memory.cells()["SSSE.EF05.1"][10:14] == bytes.fromhex("01020304")

    def test_photo(self, worked: Worked) -> None:
        """A JPEG padded with 00 to 4096 bytes (§10)."""
        profile, facts = worked["P1"]
        picture = bytes.fromhex("FFD8FFD9")
        cells = personalise(profile, replace(facts, photo=picture))
        assert cells["SSSE.EF08"] == picture + bytes(4092)
        assert personalise(profile, facts)["SSSE.EF08"] == bytes(4096)

    @pytest.mark.parametrize(
        "change",
        [
            {"photo": bytes(4097)},
            {"card_number": "A123456745"},
            {"region": "1100001"},
            {"card_class": "33"},
            {"items": {"DF01.nationality": "CHINA"}},
        ],
        ids=str,
    )
    def test_facts_that_do_not_fit(self, worked: Worked, change: dict[str, object]) -> None:
        """A fact too long for its field is refused, never cut."""
        profile, facts = worked["P1"]
        kind: Callable[..., CardFacts] = replace
        with pytest.raises(LayoutError):
            personalise(profile, kind(facts, **change))

    def test_every_file_has_its_layout(self) -> None:
        """Each record of a new card has the length its profile says."""
        cells = personalise(GEN2, made_up_facts(GEN2, 3))
        for application in (GEN2.environment, *GEN2.applications):
            for each in application.files:
                name = f"{application.name}.{each.fid:04X}"
                total = len(cells[name]) if name in cells else len(file(cells, name)) // 2
                assert total == each.total_size, name
