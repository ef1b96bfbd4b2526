"""What the bank's records say, in every form seen, and cards that say it badly or without end."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from bank_chip import (
    DEBIT,
    EXPIRY,
    FCI,
    MOST_COMMANDS,
    NAME,
    NUMBER,
    PSE,
    TRACK,
    Chip,
    chip,
    codes,
    read,
    reason,
    template,
)

from card_profiles.profiles import BEIJING
from emulator import hostile
from emulator.card import Removed, SoftwareCard
from emulator.facts import made_up_facts
from emulator.hostile import Mutated, Scripted
from terminal.errors import CardBabbles, CardTorn, GuitaiError, NoBankApplication
from terminal.readers.connection import Metered, Wire
from terminal.readers.t0 import AnswerRules, T0Connection

Make = Callable[..., SoftwareCard]
Hold = Callable[[Any], Any]

MUTATIONS = 1_500


class TestNumber:
    @pytest.mark.parametrize(
        ("objects", "number", "notes"),
        [
            ((NUMBER,), "6200000000000005", []),
            (("5A0A6200000000000005FFFF",), "6200000000000005", []),
            (("5A0A6200001234567890128F",), "6200001234567890128", []),
            ((NUMBER, "570F 4111111111111111D36012200000FF"), "6200000000000005", []),
            ((TRACK,), "6200000000000005", []),
            (("5A00", TRACK), "6200000000000005", []),
            (("5A0862000000000000AB", TRACK), "6200000000000005", ["odd_value"]),
            (("5A02FFFF", TRACK), "6200000000000005", ["odd_value"]),
            (("5A086200000000000006",), "6200000000000006", ["odd_value"]),
        ],
    )
    def test_where_it_comes_from(
        self, objects: tuple[str, ...], number: str, notes: list[str]
    ) -> None:
        """5A, else track 2 up to its D; a wrong check digit is a note and no refusal."""
        account = read(chip(*objects, NAME, EXPIRY))
        assert account.account_number.reveal() == number
        assert codes(account) == notes
        for note in account.notes.collected:
            assert number not in note.message("zh") + note.message("en")

    @pytest.mark.parametrize(
        "objects", [(), ("5A026200",), ("5A08ABCDEF0123456789",), ("57086200000000000005",)]
    )
    def test_none(self, objects: tuple[str, ...]) -> None:
        """No number, or what can be none: there is no account to show."""
        assert "no account number" in reason(chip(*objects, NAME))


def gbk(text: str) -> str:
    return text.encode("gb18030").hex()


LONG = "阿依古丽·买买提明·努尔艾合买提"


class TestName:
    @pytest.mark.parametrize(
        ("first", "more", "name", "notes"),
        [
            (gbk("CESHI/JIA"), None, "CESHI/JIA", []),
            (gbk("CESHI/JIA") + "20" * 17, None, "CESHI/JIA", []),
            (gbk("测试甲"), None, "测试甲", []),
            (gbk("测试甲") + "00FF20", None, "测试甲", []),
            (gbk("CESHI/"), None, "CESHI", []),
            (gbk("CESHI/") + "20" * 20, gbk("JIA"), "CESHI/JIA", []),
            (gbk(" /"), gbk("测试甲"), "测试甲", []),
            (gbk(LONG[:13]), gbk(LONG), LONG, []),
            (gbk(LONG)[:52], gbk(LONG)[52:], LONG, []),
            (gbk("A" + LONG)[:52], gbk("A" + LONG)[52:], "A" + LONG, []),
            (gbk("CESHI/JIA"), gbk("YI/BING"), "CESHI/JIA", []),
            (gbk("测" * 13), None, "测" * 13, ["missing_item"]),
            (gbk("A" + "测" * 13)[:52], None, None, ["missing_item", "odd_value"]),
            (gbk(" /"), None, None, ["missing_item"]),
            ("20" * 26, None, None, ["missing_item"]),
            (gbk("CE\x1b[31mSHI"), None, None, ["odd_value"]),
            ("41FE", None, None, ["odd_value"]),
        ],
    )
    def test_forms(self, first: str, more: str | None, name: str | None, notes: list[str]) -> None:
        """Latin and Chinese, padded, continued or repeated; half a name says that it is."""
        parts = [template("5F20", first)] + ([template("9F0B", more)] if more else [])
        account = read(chip(NUMBER, EXPIRY, *parts))
        assert (account.name and account.name.reveal()) == name
        assert codes(account) == notes

    def test_the_extension_in_a_later_record(self) -> None:
        """A name that fills its place is read on for; one that does not is not."""
        records = {
            "80A80000": template("77", "940408010200"),
            "00B2020C": template("70", template("9F0B", gbk(LONG))),
        }
        cut = chip(NUMBER, EXPIRY, template("5F20", gbk(LONG[:13])), answers=records)
        assert read(cut).name.reveal() == LONG  # type: ignore[union-attr]  # there is one
        short = chip(NUMBER, EXPIRY, template("5F20", gbk("测试甲")), answers=records)
        read(short)
        assert len(short.log) == len(cut.log) - 1

    def test_absent(self) -> None:
        """An account without a name is an account; that there is none is said."""
        account = read(chip(NUMBER, EXPIRY))
        assert account.name is None
        assert [note.detail.en for note in account.notes.collected] == ["name"]


@pytest.mark.parametrize(
    ("raw", "day", "notes"),
    [
        ("5F2403360131", date(2036, 1, 31), []),
        ("5F2403991231", date(1999, 12, 31), []),
        ("", None, ["missing_item"]),
        ("5F2403360231", None, ["odd_value"]),
        ("5F2404 20360131", None, ["odd_value"]),
    ],
)
def test_expiry(raw: str, day: date | None, notes: list[str]) -> None:
    """A day that no calendar has is none, and no reason to refuse the account."""
    account = read(chip(NUMBER, NAME, raw))
    assert account.expiry_date == day
    assert codes(account) == notes


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("500850424F4344454249", "PBOCDEBI"),
        ("5003201B41", "PBOC DEBIT"),
        ("5002B2E2", "PBOC DEBIT"),
        ("5000", "PBOC DEBIT"),
        ("", "PBOC DEBIT"),
    ],
)
def test_scheme(label: str, shown: str) -> None:
    """The card's own label where it can be shown, else ours by the AID."""
    card = chip(NUMBER, NAME, answers={DEBIT: template("6F", template("A5", label))})
    assert read(card).scheme == shown


class TestHostile:
    @pytest.mark.parametrize(
        "record",
        [
            "70FF" + NUMBER + NAME,
            "7040" + NUMBER + NAME,
            template("70", NUMBER, NAME, "9F"),
            template("70", NUMBER, NAME, "5780"),
            template("70", NUMBER, NAME, "57FF01"),
            template("70", NUMBER, NAME, "7005" * 12),
            template("70", NUMBER, NAME) + "5A",
            "7081" + template("70", NUMBER, NAME, "9F")[2:],
        ],
    )
    def test_odd_structures(self, record: str) -> None:
        """Too long, cut off, nested: what stands whole before the break is read, and noted."""
        card = chip(answers={"00B2010C": record.replace(" ", "")})
        account = read(card)
        assert account.account_number.reveal() == "6200000000000005"
        assert account.name is not None
        assert codes(account) == ["odd_value", "missing_item"]

    @pytest.mark.parametrize("broken", ["5A08620000", "5A81", "5A"])
    def test_half_a_number_is_none(self, broken: str) -> None:
        """Digits that were cut off must not be shown as an account."""
        with pytest.raises(NoBankApplication):
            read(chip(answers={"00B2010C": "7020" + broken}))

    def test_nested_without_end(self) -> None:
        """Templates in templates are given up at their depth, without a traceback."""
        nest = ""
        for _ in range(40):
            nest = template("70", nest)
        answers = {"80A80000": nest, "00B2": nest, PSE: template("6F", nest)}
        with pytest.raises(NoBankApplication):
            read(chip(answers=answers))

    def test_endless(self, held: Hold) -> None:
        """61xx for ever is stopped by the rules of T=0."""
        with pytest.raises(CardBabbles, match="without end"):
            read(held(hostile.endless()).connection)

    @pytest.mark.parametrize(
        "answer",
        [
            "9000",
            template("6F", template("A5", "88010A", "9F3800", "87010F")),
            template("70", template("61", "4F08A000000333010101")),
            template("70", *[template("61", f"4F06A000000333{n:02X}") for n in range(9)]),
            template("77", "940C08FFFF0010010F00180106"),
            "800E 0000 08010F00 10010F00 18010F00",
            "6A83",
            "6985",
        ],
    )
    def test_the_same_to_everything(self, answer: str) -> None:
        """Whatever it says, it gets no more than 32 commands, and it is no account."""
        card = Chip({"": answer})
        with pytest.raises(NoBankApplication):
            read(card)
        assert len(card.log) <= MOST_COMMANDS

    def test_as_long_as_it_can_be_drawn_out(self) -> None:
        """Every stage at its worst: directory, refused applications, records without end."""
        entries = [template("61", f"4F06A000000333{number:02X}") for number in range(9)]
        answers = {
            PSE: template("6F", template("A5", "880101")),
            "00B2040C": template("70", *entries),
            "00B2": template("70", "9F0101 00"),
            "00A4040006A00000033307": FCI,
            "00A40400": "6283",
            "80A80000": template("77", "9404 10010F00", "9A03260101"),
        }
        card = Chip(answers)
        with pytest.raises(NoBankApplication):
            read(card)
        assert len(card.log) == 1 + 4 + 8 + 1 + 15
        assert len(card.log) <= MOST_COMMANDS

    def test_longer_than_any_answer(self, held: Hold) -> None:
        """64 KiB of noise are no answer."""
        card = hostile.rubbish()
        card.protocol = "T=1"
        with pytest.raises(CardBabbles):
            read(held(card).connection)

    def test_mutated_sessions(self) -> None:
        """One answer of a good session is broken at a time: catalogued, bounded, never quiet.

        A number that comes out is the card's, or a note stands beside it, or its last digits
        were changed within the rules of the check digit, which no terminal can see.
        """
        dice = random.Random(20261124)
        ends: dict[str, int] = {}
        facts = made_up_facts(BEIJING, 1)
        for number in range(MUTATIONS):
            side = ("contact", "contactless")[number % 2]
            card = SoftwareCard.new(BEIJING, facts, interface=side)  # type: ignore[arg-type]
            target, count = dice.randrange(1, 13 if side == "contact" else 6), 0

            def change(command: bytes, answer: bytes, target: int = target) -> bytes:
                nonlocal count
                count += 1
                return mutate(dice, answer) if count == target else answer

            wire = Wire()
            metered = Metered(Mutated(card, change), wire)
            rules = T0Connection if side == "contact" else AnswerRules
            try:
                account = read(rules(metered))
            except GuitaiError as error:
                end = error.code
            else:
                end = "read"
                assert account.account_number.reveal().isdecimal()
                assert account.name is not None or codes(account)
            ends[end] = ends.get(end, 0) + 1
            assert len(card.os.bank.received) <= 2 * MOST_COMMANDS
        assert {"read", "no_bank_application", "card_babbles"} <= set(ends), ends

    @pytest.mark.parametrize("number", range(1, 13))
    def test_pulled_at_every_command(self, virtual_card: Make, held: Hold, number: int) -> None:
        """No account comes out of a part of one."""
        with pytest.raises(Removed):
            read(held(hostile.pulled_at(virtual_card("beijing"), number)).connection)

    def test_torn_passes_through(self) -> None:
        """A torn card is a torn card, and never "no bank application"."""

        def torn(_: bytes) -> bytes:
            raise CardTorn

        with pytest.raises(CardTorn):
            read(Scripted(torn))


def mutate(dice: random.Random, answer: bytes) -> bytes:
    """Break an answer: flip a bit, cut, grow, another status word, or noise."""
    kind = dice.randrange(5)
    if kind == 0 and answer:
        at = dice.randrange(len(answer))
        return answer[:at] + bytes((answer[at] ^ 1 << dice.randrange(8),)) + answer[at + 1 :]
    if kind == 1:
        return answer[: dice.randrange(len(answer) + 1)]
    if kind == 2:
        return answer[:-2] + dice.randbytes(dice.randrange(300)) + answer[-2:]
    if kind == 3:
        words = (0x6982, 0x6A83, 0x6A82, 0x6C00, 0x6C10, 0x61FF, 0x6F00, 0x9303, 0x6283, 0x6985)
        return answer[:-2] + dice.choice(words).to_bytes(2, "big")
    return dice.randbytes(dice.randrange(260))
