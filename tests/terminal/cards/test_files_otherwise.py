"""Cards that keep their files otherwise than the draft standard: nothing unread, nothing misplaced.

Reference social-security-card.md §1.2, §2.1, §3, §4.4 and §11; each habit was seen on a card or is
left open by the text.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from reading import Only, Reading

from card_profiles.addresses import places
from card_profiles.profiles import BEIJING, GEN1
from card_profiles.social_security import PHOTO_FILE
from emulator.card import SoftwareCard
from emulator.card_os import Habits
from emulator.facts import made_up_facts
from emulator.personalise import blocked_cell
from terminal.cards.pin import CardPin, PinState
from terminal.errors import (
    AccessDenied,
    CardBlocked,
    CardRefused,
    CardTorn,
    FileUnknown,
    ItemAbsent,
    ItemUnknown,
    KeyVersionUnknown,
    ReadbackDiffers,
    ValueWrong,
    WriteUnfinished,
)
from terminal.keys.software import development

Make = Callable[..., SoftwareCard]
Answer = Callable[[bytes, Callable[[bytes], bytes]], bytes]

BY_TAG_ONLY = (
    Habits(by_number=False, whole_file=False),
    Habits(by_number=False, short_file_ids=False),
    Habits(by_number=False, whole_file=False, ef_by_child=False),
)
TREES = {
    "file ids from above only": Habits(strict_tree=True),
    "no name, file ids from above only": Habits(strict_tree=True, select_by_name=False),
    "DFs by P1 = 01": Habits(select_by_name=False, df_by_id=False),
    "all at once": Habits(
        strict_tree=True, select_by_name=False, df_by_id=False, short_file_ids=False
    ),
}


def answering(card: SoftwareCard, answer: Answer) -> SoftwareCard:
    """Let a card answer otherwise; ``answer`` gets the command and the card's own way."""
    own = card.transmit
    card.transmit = lambda command: answer(command, own)  # type: ignore[method-assign]
    return card


class TestByTagOnly:
    @pytest.mark.parametrize("habits", BY_TAG_ONLY)
    def test_read(self, virtual_card: Make, habits: Habits) -> None:
        """A card that knows no numbers shows what the layout has, repeated tags too."""
        usual = Reading(virtual_card("beijing"), development())
        odd = Reading(virtual_card("beijing", habits=habits), development())
        for name in ("SSSEEF05", "SSSEEF06", "DF01EF06", "DF01EF15"):
            expected = [
                (each.tag, each.raw) for each in usual.files.read(usual.files.find(name)).values
            ]
            found = odd.files.read(odd.files.find(name)).values
            assert [(each.tag, each.raw) for each in found] == expected
            assert {each.number for each in found} == {0}

    @pytest.mark.parametrize("habits", BY_TAG_ONLY)
    def test_written_by_tag(self, virtual_card: Make, habits: Habits) -> None:
        """UPDATE RECORD names the record as it was read: tag 28, P2 low bits 0 (§3)."""
        reading = Reading(virtual_card("beijing", habits=habits), development())
        reading.files.write(reading.files.find("DF01EF06"), {"phone": "13900000000"})
        (update,) = [each for each in reading.sent if each[1] == 0xDC]
        assert update[:5].hex().upper() == "00DC280011"
        assert reading.read("DF01EF06")["phone"] == "13900000000"
        assert reading.software.memory.read("DF01.EF06.count") == b"\5"

    def test_the_second_of_a_tag_is_not_guessed(self, virtual_card: Make) -> None:
        """By its tag alone only the first can be named; the others are refused, not mistaken."""
        reading = Reading(virtual_card("beijing", habits=BY_TAG_ONLY[0]), development())
        place = reading.files.find("DF01EF15")
        item = reading.files.item(place, "40")
        with pytest.raises(ItemAbsent):
            reading.files.write(place, {"40:2": item.vectors[0].value})
        assert not any(each[1] == 0xDC for each in reading.sent)


class TestBlindWriting:
    def test_by_tag(self, virtual_card: Make) -> None:
        """Without a read key the order of another issuer's records is not known: the tag is."""
        card = virtual_card("beijing")
        one, three = (card.memory.read(f"DF01.EF06.{each}") for each in (1, 3))
        card.memory.write("DF01.EF06.1", three)
        card.memory.write("DF01.EF06.3", one)
        reading = Reading(card, Only("IRK", "UK4DF01"))
        reading.files.write(reading.files.find("DF01EF06"), {"phone": "13900000000"})
        assert card.memory.read("DF01.EF06.1")[:13] == b"\x28\x0f13900000000"
        assert card.memory.read("DF01.EF06.3") == one

    def test_a_card_that_knows_no_tags(self, virtual_card: Make) -> None:
        """What can be named neither way is refused, and nothing changed."""
        card = virtual_card("beijing", habits=Habits(by_tag=False))
        reading = Reading(card, Only("IRK", "UK4DF01"))
        before = [card.memory.read(f"DF01.EF06.{each}") for each in range(1, 6)]
        with pytest.raises(CardRefused):
            reading.files.write(reading.files.find("DF01EF06"), {"phone": "13900000000"})
        assert [card.memory.read(f"DF01.EF06.{each}") for each in range(1, 6)] == before

    @pytest.mark.parametrize("missing", [False, True])
    def test_not_in_the_environment(self, virtual_card: Make, missing: bool) -> None:
        """SSSE files may not get items (§1.1), and without looking that is not known."""
        card = virtual_card("beijing")
        if missing:
            card.memory.write("SSSE.EF06.3", None)
        reading = Reading(card, Only("IRK", "UKSSSE"))
        with pytest.raises(AccessDenied) as caught:
            reading.files.write(reading.files.find("SSSEEF06"), {"name_extension": "x"})
        assert "密钥 0A" in caught.value.cause("zh")
        assert not any(each[1] in {0xDC, 0x82} for each in reading.sent)

    def test_the_warning_says_what_reading_takes(self, virtual_card: Make) -> None:
        """And that an item that was not there would be added."""
        reading = Reading(virtual_card("beijing"), Only("IRK", "UK4DF01"))
        reading.files.write(reading.files.find("DF01EF06"), {"phone": "13900000000"})
        (note,) = reading.card.notes.collected
        assert "读取需要服务密码或密钥 88" in note.message("zh")
        assert "added" in note.message("en")


class TestNumbersThatAreNoOrder:
    """Another issuer's order, empty records, items that lack: a number is only a number."""

    def test_an_empty_record_hides_in_the_whole_answer(self, virtual_card: Make) -> None:
        """The whole answer leaves it out, so what follows seems to stand one earlier."""
        card = virtual_card("gen3")
        for number in range(7, 3, -1):
            card.memory.write(f"SSSE.EF06.{number + 1}", card.memory.read(f"SSSE.EF06.{number}"))
        card.memory.write("SSSE.EF06.4", b"")
        card.memory.write("SSSE.EF06.count", b"\x08")
        reading = Reading(card, development())
        before = {n: card.memory.read(f"SSSE.EF06.{n}") for n in range(1, 9)}
        reading.files.write(reading.files.find("SSSEEF06"), {"0B": "03"})
        after = {n: card.memory.read(f"SSSE.EF06.{n}") for n in range(1, 9)}
        assert after == before | {6: bytes.fromhex("0B0103")}

    def test_an_empty_record_is_not_the_end(self, virtual_card: Make) -> None:
        """6A83 before the layout's end: what stands behind it is there all the same."""

        def empty(command: bytes, own: Callable[[bytes], bytes]) -> bytes:
            if command[1] == 0xB2 and command[3] & 7 > 4:
                return b"\x6a\x86"
            return b"\x6a\x83" if command[1:3] == b"\xb2\x02" else own(command)

        card = answering(virtual_card("gen2", habits=Habits(by_tag=False)), empty)
        reading = Reading(card, development())
        content = reading.files.read(reading.files.find("DF01EF06"))
        assert [(each.number, each.tag) for each in content.values] == [
            (1, 0x23),
            (3, 0x28),
            (4, 0x2C),
            (5, 0x2D),
        ]

    def test_read_by_number_though_a_tag_was_met(self, virtual_card: Make) -> None:
        """Reversed, on a card that reads by number only: every number is read once."""
        card = virtual_card("gen3", habits=Habits(by_tag=False, whole_file=False))
        for file, count in (("EF05", 7), ("EF06", 7)):
            cells = [card.memory.read(f"SSSE.{file}.{n}") for n in range(1, count + 1)]
            for number, cell in enumerate(reversed(cells), 1):
                card.memory.write(f"SSSE.{file}.{number}", cell)
        usual = Reading(virtual_card("gen3"), development()).card
        odd = Reading(card, development()).card
        assert odd.identify() == usual.identify()
        assert str(odd.holder()) == str(usual.holder())
        assert odd.generation == 3

    def test_an_item_that_lacks_moves_the_others(self, virtual_card: Make) -> None:
        """A card without 4E has V1.0's numbers, whatever version it says."""
        card = virtual_card("gen3", habits=Habits(by_tag=False, whole_file=False))
        for number in range(3, 7):
            card.memory.write(f"SSSE.EF06.{number}", card.memory.read(f"SSSE.EF06.{number + 1}"))
        card.memory.write("SSSE.EF06.7", None)
        card.memory.write("SSSE.EF06.count", b"\x06")
        holder = Reading(card, development()).card.holder()
        assert holder.ethnic_group is not None
        assert holder.birth_date is not None

    def test_by_tag_singly_though_whole_in_one(self, virtual_card: Make) -> None:
        """§11 (5): by number, then by tag if 6A83, for writing too."""
        card = virtual_card("beijing", habits=Habits(by_number=False))
        reading = Reading(card, development())
        reading.files.write(reading.files.find("DF01EF06"), {"phone": "13900000000"})
        assert card.memory.read("DF01.EF06.3")[:13] == b"\x28\x0f13900000000"
        assert card.memory.read("DF01.EF06.count") == b"\5"

    def test_something_else_changed(self, virtual_card: Make) -> None:
        """A chip that writes beside is found out, though what was written is right."""
        card = virtual_card("beijing")
        reading = Reading(card, development())

        def beside(command: bytes, own: Callable[[bytes], bytes]) -> bytes:
            answer = own(command)
            if command[1] == 0xDC:
                card.memory.write("DF01.EF06.5", b"\x2d\x0f" + b"1" * 15)
            return answer

        answering(card, beside)
        with pytest.raises(ReadbackDiffers, match="contact phone"):
            reading.files.write(reading.files.find("DF01EF06"), {"phone": "13900000000"})


class TestShortIdsOnly:
    """A card whose files are reached by short id and not selected."""

    HABITS = Habits(ef_by_id=False, ef_by_child=False)

    def test_a_record(self, virtual_card: Make) -> None:
        """UPDATE RECORD with the short id in P2."""
        reading = Reading(virtual_card("beijing", habits=self.HABITS), development())
        reading.files.write(reading.files.find("DF01EF06"), {"phone": "13900000000"})
        (update,) = [each for each in reading.sent if each[1] == 0xDC]
        assert update[2:4] == bytes((3, 6 << 3 | 4))
        assert reading.read("DF01EF06")["phone"] == "13900000000"

    def test_a_photo(self, virtual_card: Make) -> None:
        """UPDATE BINARY by short id first, then in the current file."""
        reading = Reading(virtual_card("beijing", habits=self.HABITS), development())
        place = reading.files.find("SSSEEF08")
        content = bytes(range(256)) * 16
        reading.files.write(place, {place.file.items[0].name: content})
        assert reading.files.read(place).values[0].raw == content


class TestCyclic:
    @pytest.mark.parametrize("name", ["DF02EF07", "DF02EF16", "DF04EF15"])
    def test_a_record_is_added(self, virtual_card: Make, name: str) -> None:
        """A cyclic file takes "previous" with P1 = 00; the newest is number 1 (§3)."""
        reading = Reading(virtual_card("gen3"), development())
        place = reading.files.find(name)
        (item,) = place.file.items
        before = reading.files.read(place).values
        vector = next(each for each in item.vectors if not each.one_way)
        reading.files.write(place, {item.name: vector.value})
        after = reading.files.read(place).values
        assert after[0].raw == item.field.encode(vector.value)
        assert [each.raw for each in after[1:]] == [each.raw for each in before[:-1]]
        (update,) = [each for each in reading.sent if each[1] == 0xDC]
        assert (update[2], update[3]) == (0x00, 0x03)


class TestRepeatedItems:
    def test_each_is_written(self, virtual_card: Make) -> None:
        """``40:2`` is the second degree (§2.3 has three); the others stay as they are."""
        reading = Reading(virtual_card("beijing"), development())
        place = reading.files.find("DF01EF15")
        item = reading.files.item(place, "40:3")
        vector = next(each for each in item.vectors if each.value and not each.one_way)
        reading.files.write(place, {"40:2": vector.value})
        degrees = [each.value for each in reading.files.read(place).values if each.tag == 0x40]
        assert degrees[1] == vector.value
        assert degrees[0] == degrees[2] != degrees[1]

    @pytest.mark.parametrize("name", ["40:4", "40:0", "40:x", "40:-1", "2a:2", "40:"])
    def test_those_that_are_none(self, virtual_card: Make, name: str) -> None:
        """A number past the layout is told with what there is; no number is the first."""
        reading = Reading(virtual_card("beijing"), development())
        place = reading.files.find("DF01EF15")
        if name == "40:":
            assert reading.files.item(place, name).tag == 0x40
            return
        with pytest.raises(ItemUnknown) as caught:
            reading.files.item(place, name)
        assert "40 degrees:1–3" in caught.value.cause("en")

    def test_one_value_twice(self, virtual_card: Make) -> None:
        """By tag and by name it is one item: which of two values is meant nobody knows."""
        reading = Reading(virtual_card("beijing"), development())
        with pytest.raises(ValueWrong) as caught:
            reading.files.write(reading.files.find("DF01EF06"), {"28": "1", "phone": "2"})
        assert "item 28 was given twice" in caught.value.cause("en")


class TestFinding:
    @pytest.mark.parametrize("habits", TREES.values(), ids=TREES)
    def test_every_application(self, virtual_card: Make, habits: Habits) -> None:
        """The files found and read are those of a card of usual habits, in any order."""
        usual = Reading(virtual_card("gen3"), development())
        odd = Reading(virtual_card("gen3", habits=habits), development())
        assert odd.files.present() == usual.files.present()
        for name in ("DF02EF06", "DF01EF06", "SSSEEF06", "DF04EF05"):
            assert odd.read(name) == usual.read(name)

    def test_an_application_that_is_not_there(self, virtual_card: Make) -> None:
        """Asked for in every way, in the end it is told with the files there are."""
        reading = Reading(virtual_card("beijing", habits=TREES["all at once"]), development())
        with pytest.raises(FileUnknown, match="DF07EF05"):
            reading.read("DF07EF05")

    def test_a_blocked_one_hides_no_others(self, virtual_card: Make) -> None:
        """9303 of one application: the list goes on, and says which was left out."""
        reading = Reading(virtual_card("beijing"), development())
        all_of_them = reading.files.present()
        reading.software.memory.write(blocked_cell(BEIJING.application("DF02")), b"\1")
        reading.card.elsewhere()
        there = reading.files.present()
        assert there == tuple(each for each in all_of_them if each.application.name != "DF02")
        assert [each.code for each in reading.card.notes.collected] == ["application_blocked"]
        with pytest.raises(CardBlocked):
            reading.read("DF02EF06")
        assert reading.read("DF01EF06")["phone"] == "00000000000"

    def test_a_blocked_environment(self, virtual_card: Make) -> None:
        """Nothing is left to be listed, and the PIN's state is no "unknown" but the block."""
        reading = Reading(virtual_card("beijing"), development())
        reading.software.memory.write(blocked_cell(BEIJING.environment), b"\1")
        with pytest.raises(CardBlocked):
            CardPin(reading.card).status()
        reading.card.elsewhere()
        with pytest.raises(CardBlocked):
            reading.files.present()


class TestTransparent:
    @pytest.mark.parametrize(
        "habits", [Habits(short_file_ids=False), Habits(short_file_ids=False, ef_by_child=False)]
    )
    def test_the_photo_without_short_ids(self, virtual_card: Make, habits: Habits) -> None:
        """SELECT EF, then READ BINARY from 0, where there are no short file ids."""
        photo = b"\xff\xd8" + bytes(range(1, 256)) * 12 + b"\xff\xd9"
        facts = replace(made_up_facts(BEIJING, 1), photo=photo)
        reading = Reading(virtual_card("beijing", facts=facts, habits=habits), development())
        reading.card.read(development())
        assert reading.card.read_photo() == photo
        (value,) = reading.files.read(reading.files.find("SSSEEF08")).values
        assert value.value == photo.ljust(4096, b"\0")

    def test_no_photo_file(self, virtual_card: Make) -> None:
        """A card of V1.0 has none, and that is no error."""
        reading = Reading(virtual_card("gen1"), development())
        reading.card.identify()
        assert reading.card.reader.read_transparent(PHOTO_FILE) == b""

    def test_refused_is_not_empty(self, virtual_card: Make) -> None:
        """6982 for the photo is told; an empty picture would look like "there is none"."""
        reading = Reading(virtual_card("gen3"), development())
        reading.card.identify()
        with pytest.raises(CardRefused, match="security status"):
            reading.card.reader.read_transparent(PHOTO_FILE)


class TestCutShort:
    """Records longer than laid out, on cards that give no more than Le asks for."""

    @staticmethod
    def cutting(card: SoftwareCard, most: int) -> SoftwareCard:
        long = b"\x28\x20" + b"13900000000-139111111112222333344"[:32]
        inside = False

        def answer(command: bytes, own: Callable[[bytes], bytes]) -> bytes:
            nonlocal inside
            inside = inside or (command[1] == 0xA4 and command[5:] == b"\xd1\x56\0\0\5\0")
            if command[1] == 0xB2 and command[3] & 7 > 4:
                return b"\x6a\x86"
            if inside and command[1] == 0xB2 and command[2] == 3:
                return long[: min(command[4] or 256, most)] + b"\x90\x00"
            return own(command)

        return answering(card, answer)

    def test_asked_for_whole(self, virtual_card: Make) -> None:
        """The header says how long it is: asked once more, and not cut without a word."""
        reading = Reading(self.cutting(virtual_card("gen2"), 256), development())
        values = {
            each.tag: each for each in reading.files.read(reading.files.find("DF01EF06")).values
        }
        assert values[0x28].raw == b"13900000000-139111111112222333344"[:32]

    def test_what_stays_short_is_no_value(self, virtual_card: Make) -> None:
        """Half a number must not look like a number."""
        reading = Reading(self.cutting(virtual_card("gen2"), 17), development())
        values = {
            each.tag: each for each in reading.files.read(reading.files.find("DF01EF06")).values
        }
        assert (values[0x28].value, values[0x28].readable) == (None, False)

    def test_le_refused(self, virtual_card: Make) -> None:
        """6700 for another length than the record's: asked once more for all there is."""
        card = virtual_card("gen2", interface="contact")

        def answer(command: bytes, own: Callable[[bytes], bytes]) -> bytes:
            if command[1] != 0xB2:
                return own(command)
            if command[3] & 7 > 4:
                return b"\x6a\x86"
            found = own(command[:4] + b"\0")
            right = found[1] if found[0] == 0x6C else 0
            return own(command) if command[4] in {0, right} else b"\x67\x00"

        one = card.memory.read("DF01.EF06.1")
        card.memory.write("DF01.EF06.1", card.memory.read("DF01.EF06.3"))
        card.memory.write("DF01.EF06.3", one)
        reading = Reading(answering(card, answer), development())
        assert reading.read("DF01EF06")["phone"] == "00000000000"


def test_a_record_longer_by_filler(virtual_card: Make) -> None:
    """Records with room to spare are seen (§2.2, tag 07): the text is what stands before it."""
    card = virtual_card("gen3")
    value = card.memory.read("DF01.EF06.3")
    card.memory.write("DF01.EF06.3", b"\x28\x14" + value[2:] + bytes(5))
    assert Reading(card, development()).read("DF01EF06")["phone"] == "00000000000"


class TestGeneration1:
    def test_places(self) -> None:
        """V1.0 has no 4E, no photo, no DF07; tags with another meaning have no name (§2.4)."""
        known = {each.name: each for each in places(GEN1)}
        assert not {"SSSEEF08", "DF07EF05", "DF03EF15"} & known.keys()
        assert 0x4E not in {each.tag for each in known["SSSEEF06"].file.items}
        assert {each.tag for each in known["DF01EF0A"].file.items} == {0x39}
        assert 0x61 not in {each.tag for each in known["DF03EF05"].file.items}

    def test_the_holder_is_written_by_its_own_layout(self, virtual_card: Make) -> None:
        """Record 3 of V1.0 is the sex, not the name's extension: nothing is appended."""
        reading = Reading(virtual_card("gen1"), development())
        place = reading.files.find("SSSEEF06")
        with pytest.raises(ItemUnknown):
            reading.files.write(place, {"name_extension": "x"})
        reading.files.write(place, {"birth_date": date(1991, 2, 3)})
        assert reading.read("SSSEEF06")["birth_date"] == date(1991, 2, 3)
        assert reading.software.memory.read("SSSE.EF06.count") == b"\6"

    def test_what_is_not_known_is_not_written(self) -> None:
        """The other meanings are listed by examples only."""
        files = [each.file for each in places(GEN1) if each.application.fid != 0xDDF1]
        assert files
        assert all(not each.write.ways for each in files)


class TestKeysTheCardLacks:
    def test_the_pin_does_instead(self, virtual_card: Make) -> None:
        """6A88 for a read key that the counter has: then the file wants the holder's PIN."""
        card = virtual_card("beijing")
        card.memory.write("DF01.key.88", None)
        reading = Reading(card, development())
        place = reading.files.find("DF01EF06")
        assert not reading.files.wants_pin(place, place.file.read)
        with pytest.raises(KeyVersionUnknown):
            reading.files.read(place)
        assert reading.files.wants_pin(place, place.file.read)
        with pytest.raises(AccessDenied):
            reading.files.read(place)

    def test_written_all_the_same(self, virtual_card: Make) -> None:
        """Looking before is what the card allows; the update key is another."""
        card = virtual_card("beijing")
        card.memory.write("DF01.key.88", None)
        reading = Reading(card, development())
        reading.files.write(reading.files.find("DF01EF06"), {"phone": "13900000000"})
        assert [each.code for each in reading.card.notes.collected] == ["not_read_back"]
        assert card.memory.read("DF01.EF06.3")[:13] == b"\x28\x0f13900000000"


class TestPulledInWriting:
    @pytest.mark.parametrize(("at", "done"), [(1, 0), (2, 1)])
    def test_records(self, virtual_card: Make, at: int, done: int) -> None:
        """It says how many items are confirmed; which is the one nobody knows of."""
        count = 0

        def pulled(command: bytes, own: Callable[[bytes], bytes]) -> bytes:
            nonlocal count
            count += command[1] == 0xDC
            if count == at:
                raise CardTorn
            return own(command)

        reading = Reading(answering(virtual_card("beijing"), pulled), development())
        values: dict[str, Any] = {"phone": "13900000000", "contact_address": "样例街2号"}
        with pytest.raises(WriteUnfinished) as caught:
            reading.files.write(reading.files.find("DF01EF06"), values)
        assert (caught.value.facts["done"], caught.value.facts["of"]) == (done, 2)
        assert "guitai card get DF01EF06" in caught.value.advice("zh")

    def test_a_photo(self, virtual_card: Make) -> None:
        """Half a picture may be there: it is said, and not "taken out before it was done"."""
        count = 0

        def pulled(command: bytes, own: Callable[[bytes], bytes]) -> bytes:
            nonlocal count
            count += command[1] == 0xD6
            if count == 3:
                raise CardTorn
            return own(command)

        reading = Reading(answering(virtual_card("beijing"), pulled), development())
        place = reading.files.find("SSSEEF08")
        with pytest.raises(WriteUnfinished):
            reading.files.write(place, {place.file.items[0].name: bytes(4096)})

    @pytest.mark.parametrize("ins", [0xB2, 0xA4])
    def test_pulled_while_it_is_read_back(self, virtual_card: Make, ins: int) -> None:
        """Every write was confirmed: done, and said that it was not compared."""
        written = False

        def pulled(command: bytes, own: Callable[[bytes], bytes]) -> bytes:
            nonlocal written
            if written and command[1] in {0xB2, ins}:
                raise CardTorn
            written = written or command[1] == 0xDC
            return own(command)

        reading = Reading(answering(virtual_card("beijing"), pulled), development())
        items = reading.files.write(reading.files.find("DF01EF06"), {"phone": "13900000000"})
        assert [each.name for each in items] == ["phone"]
        assert [each.code for each in reading.card.notes.collected] == ["written_unread"]

    def test_pulled_before_anything_was_sent(self, virtual_card: Make) -> None:
        """At the selection of the file nothing was written: a pulled card and nothing else."""
        selections = 0

        def pulled(command: bytes, own: Callable[[bytes], bytes]) -> bytes:
            nonlocal selections
            selections += command[1] == 0xA4 and command[5:] == b"\xef\x06"
            if selections and command[1] == 0xA4:
                raise CardTorn
            return own(command)

        reading = Reading(answering(virtual_card("beijing"), pulled), development())
        with pytest.raises(CardTorn):
            reading.files.write(reading.files.find("DF01EF06"), {"phone": "13900000000"})

    def test_before_the_first(self, virtual_card: Make) -> None:
        """Nothing was written yet: that is a pulled card and nothing else."""

        def pulled(command: bytes, own: Callable[[bytes], bytes]) -> bytes:
            if command[1] == 0x82:
                raise CardTorn
            return own(command)

        reading = Reading(answering(virtual_card("beijing"), pulled), development())
        with pytest.raises(CardTorn):
            reading.files.write(reading.files.find("DF01EF06"), {"phone": "1"})


@pytest.mark.parametrize("interface", ["contact", "contactless"])
def test_a_question_that_is_not_supported(virtual_card: Make, interface: str) -> None:
    """6A81 to the question alone is a card that does not tell; to everything, a blocked one."""
    asked = 0

    def mute(command: bytes, own: Callable[[bytes], bytes]) -> bytes:
        nonlocal asked
        asked += command[1] == 0x20
        return b"\x6a\x81" if command[1] == 0x20 else own(command)

    card = virtual_card("gen3", interface=interface)
    pin = CardPin(Reading(answering(card, mute), development()).card)
    assert pin.status().state is PinState.UNKNOWN
    assert asked == (1 if interface == "contact" else 2)

    blocked = virtual_card("gen3", interface=interface)
    pin = CardPin(Reading(blocked, development()).card)
    blocked.memory.write("blocked", b"\1")
    with pytest.raises(CardBlocked):
        pin.status()


def test_status_once_verified(virtual_card: Make) -> None:
    """9000 to an empty VERIFY after a right one is no "not set" (ISO/IEC 7816-4 §11.5.6)."""
    from terminal.service_pin import ServicePin

    card = virtual_card("beijing", habits=Habits(verified_answers_ok=True))
    pin = CardPin(Reading(card, development()).card)
    assert (pin.status().state, pin.status().tries_left) == (PinState.SET, 6)
    with ServicePin(bytearray(b"123456")) as right:
        pin.verify(right)
    status = pin.status()
    assert (status.state, status.tries_left) == (PinState.SET, None)
