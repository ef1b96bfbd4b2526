"""Files behind a proof: who may read and write them, what it costs, what is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from reading import Only, Reading

from card_profiles.addresses import find, places
from card_profiles.development_keys import distinct
from card_profiles.profiles import BEIJING, GEN2, GEN3
from emulator.card import SoftwareCard
from emulator.card_os import Habits
from emulator.facts import CardFacts, made_up_facts
from emulator.memory import PowerCut
from terminal.errors import (
    AccessDenied,
    CardTorn,
    FileUnknown,
    ItemUnknown,
    KeysDoNotFit,
    KeyVersionUnknown,
    ProofLocked,
    ReadbackDiffers,
    ValueWrong,
)
from terminal.keys.service import CardKey
from terminal.keys.software import SoftwareKeys, development

Make = Callable[..., SoftwareCard]


class TestReading:
    @pytest.mark.parametrize("interface", ["contact", "contactless"])
    @pytest.mark.parametrize("keys", ["uniform", "distinct"])
    def test_contact_data_by_key(self, virtual_card: Make, interface: str, keys: str) -> None:
        """RK1DF01 opens DF01; with keys that all differ a mixed-up id would be seen."""
        more = {"root_of": distinct} if keys == "distinct" else {}
        card = virtual_card("beijing", interface=interface, **more)
        values = Reading(card, development(keys)).read("DF01EF06")
        assert values["contact_address"] == "测试市样例路1号"
        assert values["phone"] == "00000000000"
        assert values["contact_region"] is None

    def test_one_proof_for_all_files_of_an_application(self, virtual_card: Make) -> None:
        """Authentication is done once a session, not once a file."""
        reading = Reading(virtual_card("beijing"), development())
        reading.read("DF01EF06")
        before = reading.wire.commands
        reading.read("DF01EF0A")
        assert reading.wire.commands - before == 1

    def test_what_the_first_file_costs(self, virtual_card: Make) -> None:
        """SELECT and EF05, DF01 with its FCI, seven commands of proof, the file."""
        reading = Reading(virtual_card("beijing"), development())
        reading.read("DF01EF06")
        assert reading.wire.commands == 3 + 2 + 7 + 1
        lean = Reading(virtual_card("beijing"), development(), internal_check=False)
        lean.read("DF01EF06")
        assert lean.wire.commands == 3 + 2 + 3 + 1

    def test_another_application_forgets_the_proof(self, virtual_card: Make) -> None:
        """The card forgets a key with its application (§8.3): it is proved again on return."""
        reading = Reading(virtual_card("beijing"), development())
        for name in ("DF01EF06", "DF02EF06", "DF01EF0A"):
            reading.read(name)
        proofs = [each.hex()[:8] for each in reading.sent if each[1] == 0x82]
        assert proofs == ["00820088"] * 3
        assert sum(each[1] == 0x88 for each in reading.sent) == 1

    @pytest.mark.parametrize("profile", ["gen2", "gen3", "beijing"])
    def test_every_file_that_keys_open(self, virtual_card: Make, profile: str) -> None:
        """DF01 to DF07 and Beijing's own: each file is read whole by the keys of its rule."""
        reading = Reading(virtual_card(profile, root_of=distinct), development("distinct"))
        for place in reading.files.present():
            rule = place.file.read
            if not any("PIN" not in way for way in rule.ways):
                with pytest.raises(AccessDenied):
                    reading.files.read(place)
                continue
            content = reading.files.read(place)
            laid_out = [item.tag for item in place.file.items for _ in range(item.count)]
            assert [each.tag for each in content.values] == laid_out
            assert all(each.readable for each in content.values)

    def test_by_pin(self, virtual_card: Make) -> None:
        """The PIN alone opens DF01 where the counter has no key for it."""
        reading = Reading(virtual_card("beijing"), Only("IRK"))
        place = reading.files.find("DF01EF06")
        assert reading.files.wants_pin(place, place.file.read)
        with pytest.raises(AccessDenied) as caught:
            reading.files.read(place)
        assert "PIN or key 88" in caught.value.cause("en")
        assert "服务密码或密钥 88" in caught.value.cause("zh")
        reading.card.enter(BEIJING.environment)
        assert reading.software.transmit(bytes.fromhex("0020000003123456")) == b"\x90\x00"
        reading.card.pin_verified = True
        assert reading.read("DF01EF06")["phone"] == "00000000000"
        assert not any(each[1] == 0x82 for each in reading.sent)

    def test_the_pin_wanted_though_there_is_a_key(self, virtual_card: Make) -> None:
        """--by pin means that the holder agrees, whatever keys the counter has."""
        reading = Reading(virtual_card("beijing"), development())
        place = reading.files.find("DF01EF06")
        assert not reading.files.wants_pin(place, place.file.read)
        assert reading.files.wants_pin(place, place.file.read, "pin")

    @pytest.mark.parametrize(("name", "wants"), [("DF04EF06", True), ("DF04EF08", True)])
    def test_pin_and_key(self, virtual_card: Make, name: str, wants: bool) -> None:
        """DF04EF06 takes both, DF04EF08 the PIN only; no key replaces the holder (§2.4)."""
        reading = Reading(virtual_card("beijing"), development())
        place = reading.files.find(name)
        assert reading.files.wants_pin(place, place.file.read) is wants
        reading.software.transmit(bytes.fromhex("0020000003123456"))
        reading.card.pin_verified = True
        assert reading.files.read(place).values

    def test_two_read_keys_in_one_application(self, virtual_card: Make) -> None:
        """DF03EF05 wants RK2, the others RK1; both stand side by side."""
        reading = Reading(virtual_card("gen3", root_of=distinct), development("distinct"))
        for name in ("DF03EF05", "DF03EF06", "DF03EF05", "DF03EF07"):
            reading.read(name)
        proofs = [each[3] for each in reading.sent if each[1] == 0x82]
        assert proofs == [0x85, 0x84]

    def test_without_any_keys(self, virtual_card: Make) -> None:
        """A counter without keys is told what the file wants, and nothing is sent for it."""
        reading = Reading(virtual_card("beijing"))
        with pytest.raises(AccessDenied):
            reading.read("DF01EF06")
        assert reading.read("SSSEEF05")["specification_version"] == "3.00"

    @pytest.mark.parametrize(
        "habits",
        [
            Habits(short_file_ids=False),
            Habits(whole_file=False),
            Habits(ef_by_child=False),
            Habits(short_file_ids=False, ef_by_id=False),
        ],
    )
    def test_cards_with_habits(self, virtual_card: Make, habits: Habits) -> None:
        """What a card does not do the short way is read the long way."""
        reading = Reading(virtual_card("beijing", habits=habits), development())
        assert reading.read("DF01EF06")["phone"] == "00000000000"
        assert set(reading.read("DF01EF15")) == {"education", "degrees"}

    def test_the_photo(self, virtual_card: Make, worked_facts: CardFacts) -> None:
        """A transparent file comes whole, 4,096 bytes in sixteen commands."""
        photo = b"\xff\xd8" + bytes(range(256)) * 12 + b"\xff\xd9"
        card = virtual_card("beijing", facts=replace(worked_facts, photo=photo))
        (value,) = (
            Reading(card, development())
            .files.read(
                find("SSSEEF08", places(BEIJING))  # type: ignore[arg-type]
            )
            .values
        )
        assert value.value == photo.ljust(4096, b"\0")


@pytest.fixture
def worked_facts() -> CardFacts:
    return made_up_facts(BEIJING, 1)


class TestWriting:
    def test_contact_data(self, virtual_card: Make) -> None:
        """UK4DF01 lets the phone be changed by plain 00 DC, record and TLV as §3 has it."""
        reading = Reading(virtual_card("beijing", root_of=distinct), development("distinct"))
        place = reading.files.find("DF01EF06")
        written = reading.files.write(place, {"phone": "13900000000", "23": "样例街2号"})
        assert [each.tag for each in written] == [0x28, 0x23]
        updates = [each for each in reading.sent if each[1] == 0xDC]
        assert (
            updates[0].hex().upper() == "00DC030411280F" + b"13900000000".hex().upper() + "00" * 4
        )
        assert {each[0] for each in updates} == {0x00}
        values = reading.read("DF01EF06")
        assert (values["phone"], values["contact_address"]) == ("13900000000", "样例街2号")
        assert not reading.card.notes.collected

    def test_holder_data_by_the_update_key(self, virtual_card: Make) -> None:
        """UKSSSE opens EF05 and EF06 for writing (§4.2)."""
        reading = Reading(virtual_card("gen3", root_of=distinct), development("distinct"))
        reading.files.write(reading.files.find("SSSEEF06"), {"name": "测试乙"})
        reading.files.write(reading.files.find("SSSEEF05"), {"expiry_date": date(2046, 1, 1)})
        assert reading.read("SSSEEF06")["name"] == "测试乙"
        assert [each[3] for each in reading.sent if each[1] == 0x82] == [0x0A, 0x04]

    def test_a_record_stands_where_the_card_has_it(self, virtual_card: Make) -> None:
        """Another issuer's order of records: the phone must not overwrite the address."""
        card = virtual_card("beijing")
        one, three = (card.memory.read(f"DF01.EF06.{each}") for each in (1, 3))
        card.memory.write("DF01.EF06.1", three)
        card.memory.write("DF01.EF06.3", one)
        reading = Reading(card, development())
        reading.files.write(reading.files.find("DF01EF06"), {"phone": "13900000000"})
        values = reading.read("DF01EF06")
        assert (values["phone"], values["contact_address"]) == ("13900000000", "测试市样例路1号")

    def test_without_a_read_key(self, virtual_card: Make) -> None:
        """Where reading would take the PIN it is written all the same, and said unchecked."""
        reading = Reading(virtual_card("beijing"), Only("IRK", "UK4DF01"))
        reading.files.write(reading.files.find("DF01EF06"), {"phone": "13900000000"})
        assert [each.code for each in reading.card.notes.collected] == ["not_read_back"]
        assert reading.software.memory.read("DF01.EF06.3")[2:13] == b"13900000000"

    @pytest.mark.parametrize(
        "values",
        [
            {"phone": "1390000000012345"},
            {"phone": "139", "contact_region": "11010A"},
            {"phone": 139},
            {"phone": "139", "contact_address": "\ud800"},
        ],
    )
    def test_checked_before_the_first_is_written(
        self, virtual_card: Make, values: dict[str, Any]
    ) -> None:
        """One value that does not fit, and nothing goes to the card (E13 of the reference)."""
        reading = Reading(virtual_card("beijing"), development())
        before = reading.software.memory.cells()
        with pytest.raises(ValueWrong):
            reading.files.write(reading.files.find("DF01EF06"), values)
        assert reading.software.memory.cells() == before
        assert not any(each[1] == 0xDC for each in reading.sent)

    def test_names_that_are_none(self, virtual_card: Make) -> None:
        """What a clerk mistypes is told with what there is."""
        reading = Reading(virtual_card("beijing"), development())
        with pytest.raises(FileUnknown, match="DF09EF05"):
            reading.files.find("DF09EF05")
        with pytest.raises(ItemUnknown) as caught:
            reading.files.write(reading.files.find("DF01EF06"), {"99": "x"})
        assert "28 phone" in caught.value.cause("en")

    def test_never(self, virtual_card: Make) -> None:
        """DF04EF08 is written by nobody (§2.4), whatever keys there are."""
        reading = Reading(virtual_card("beijing"), development())
        place = reading.files.find("DF04EF08")
        with pytest.raises(AccessDenied):
            reading.files.write(place, {})

    def test_a_chip_that_forgets(self, virtual_card: Make) -> None:
        """Written, confirmed, and not there: the chip is damaged and the clerk is told."""
        reading = Reading(virtual_card("beijing"), development())
        card = reading.software

        def forgetful(command: bytes) -> bytes:
            return b"\x90\x00" if command[1] == 0xDC else type(card).transmit(card, command)

        card.transmit = forgetful  # type: ignore[method-assign]
        with pytest.raises(ReadbackDiffers):
            reading.files.write(reading.files.find("DF01EF06"), {"phone": "13900000000"})


class TestFaults:
    def test_wrong_keys_cost_no_try(self, virtual_card: Make) -> None:
        """The card proves itself first; a counter with other keys finds out for nothing."""
        card = virtual_card("beijing", root_of=distinct)
        reading = Reading(card, development("uniform"))
        with pytest.raises(KeysDoNotFit):
            reading.read("DF01EF06")
        assert card.memory.read("DF01.key.88.tries") == b"\3"

    def test_a_locked_key(self, virtual_card: Make) -> None:
        """A key's counter at zero: 6983 is told as what it is."""
        card = virtual_card("beijing")
        card.memory.write("DF01.key.88.tries", b"\0")
        with pytest.raises(ProofLocked):
            Reading(card, development()).read("DF01EF06")

    @pytest.mark.parametrize("at", [1, 2])
    def test_pulled_between_challenge_and_proof(self, virtual_card: Make, at: int) -> None:
        """Nothing was spent: the proof never reached the card."""
        reading = Reading(virtual_card("beijing"), development(), internal_check=False)
        card, challenges = reading.software, 0

        def pulled(command: bytes) -> bytes:
            nonlocal challenges
            if challenges == at:
                raise CardTorn
            challenges += command[1] == 0x84
            return type(card).transmit(card, command)

        card.transmit = pulled  # type: ignore[method-assign]
        with pytest.raises(CardTorn):
            reading.read("DF01EF06")
        assert card.memory.read("DF01.key.88.tries") == b"\3"

    def test_a_card_that_wants_more_than_we_know(self, virtual_card: Make) -> None:
        """6982 in spite of our proofs is no "try again": the file wants another proof."""
        reading = Reading(virtual_card("gen2"), development())
        card = reading.software

        def strict(command: bytes) -> bytes:
            return b"\x69\x82" if command[1] == 0xB2 else type(card).transmit(card, command)

        card.transmit = strict  # type: ignore[method-assign]
        with pytest.raises(AccessDenied):
            reading.read("DF01EF06")


def test_torn_at_every_write(virtual_card: Make) -> None:
    """Power lost at any write of the chip: each item is old or new whole, and once more is safe."""
    old, new = "00000000000", "13900000000"
    for number in range(1, 60):
        reading = Reading(virtual_card("beijing"), development())
        card = reading.software
        last = card.memory.writes + number

        def cut(write: int, last: int = last) -> None:
            if write >= last:
                raise PowerCut

        card.memory.before_write = cut
        values = {"phone": new, "contact_address": "样例街2号"}
        try:
            reading.files.write(reading.files.find("DF01EF06"), values)
        except PowerCut:
            card.memory.before_write = None
            card.power_on()
        else:
            break
        again = Reading(card, development())
        half = again.read("DF01EF06")
        assert half["phone"] in {old, new}
        assert half["contact_address"] in {"测试市样例路1号", "样例街2号"}
        assert card.memory.read("DF01.key.86.tries") in {b"\2", b"\3"}
        again.files.write(again.files.find("DF01EF06"), values)
        whole = again.read("DF01EF06")
        assert (whole["phone"], whole["contact_address"]) == (new, "样例街2号")
    assert number > 6


class TestAddresses:
    @pytest.mark.parametrize(
        ("spelling", "name"),
        [
            ("SSSEEF06", "SSSEEF06"),
            ("MFEF06", "SSSEEF06"),
            ("ddf1ef06", "SSSEEF06"),
            ("3F00EF06", "SSSEEF06"),
            ("DF01EF06", "DF01EF06"),
            ("df04ef08", "DF04EF08"),
            ("BJT6010005", "DF0A0005"),
            ("DF0A0007", "DF0A0007"),
            ("DF07EF05", "DF07EF05"),
        ],
    )
    def test_spellings(self, spelling: str, name: str) -> None:
        """The field writes one place in several ways (card-interface-functions.md §3.1)."""
        found = find(spelling, places(BEIJING))
        assert found is not None
        assert found.name == name

    def test_every_spelling_is_one_place(self) -> None:
        """Two places under one name would write to the wrong one."""
        for profile in (GEN2, GEN3, BEIJING):
            spelled = [each for place in places(profile) for each in place.spellings]
            assert len(spelled) == len(set(spelled))

    def test_other_institutions_are_not_among_them(self) -> None:
        """Bank and transit have files, and none of them is this counter's by such a name."""
        assert {each.application.foreign for each in places(BEIJING)} == {False}


def test_a_key_version_is_named(virtual_card: Make) -> None:
    """A key of another version proves under the version's byte, the 17th (§8.1)."""

    class Second(SoftwareKeys):
        def version(self, key: CardKey) -> int | None:
            return 2 if key.name in {"RK1DF01", "IRK"} else None

    card = virtual_card("beijing")
    for cell in ("DF01.key.88", "SSSE.key.00"):
        card.memory.write(f"{cell}.version.02", card.memory.read(cell))
        card.memory.write(cell, bytes(16))
    reading = Reading(card, Second(development()._root_of))
    assert reading.read("DF01EF06")["phone"] == "00000000000"
    proofs = [each for each in reading.sent if each[1] in {0x82, 0x88}]
    assert [(each[1], each[4], each[-1]) for each in proofs] == [(0x88, 17, 2), (0x82, 17, 2)]


def test_a_key_version_that_the_card_lacks(virtual_card: Make) -> None:
    """6A88 to a version that was named: the counter's keys are newer than the card."""

    class Ninth(SoftwareKeys):
        def version(self, key: CardKey) -> int | None:
            return 9

    reading = Reading(virtual_card("beijing"), Ninth(development()._root_of))
    with pytest.raises(KeyVersionUnknown) as caught:
        reading.read("DF01EF06")
    assert caught.value.facts == {"key": "IRK", "version": 9}
    with pytest.raises(KeyVersionUnknown):
        reading.files.write(reading.files.find("DF01EF06"), {"phone": "139"})
    assert reading.software.memory.read("DF01.key.88.tries") == b"\3"
