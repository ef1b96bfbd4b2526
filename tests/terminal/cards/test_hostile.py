"""Hostile cards: each ends in an entry of the catalogue, none in a traceback or half a holder."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from emulator import hostile
from emulator.card import SoftwareCard
from emulator.hostile import Mutated
from terminal.errors import (
    CardBabbles,
    CardError,
    ContentError,
    DataDamaged,
    GuitaiError,
    NotSocialSecurity,
)

Make = Callable[..., SoftwareCard]
Hold = Callable[[Any], Any]

MUTATIONS = 3_000


def test_endless_61(held: Hold) -> None:
    """A card that always has more is stopped by rounds and bytes."""
    hand = held(hostile.endless())
    with pytest.raises(CardBabbles, match="without end"):
        hand.read()
    assert hand.wire.commands < 300


def test_endless_6c(virtual_card: Make, held: Hold) -> None:
    """A card that finds every length wrong is asked twice, no more."""
    wrong = hostile.stubborn()

    def change(command: bytes, answer: bytes) -> bytes:
        return wrong.transmit(command) if command[1] == 0xB2 else answer

    hand = held(Mutated(virtual_card("gen2"), change))
    with pytest.raises(CardBabbles, match="6Cxx again"):
        hand.read()
    assert hand.wire.commands == 4


@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
def test_rubbish(held: Hold, protocol: str) -> None:
    """64 KiB of noise are no card data."""
    card = hostile.rubbish()
    card.protocol = protocol
    with pytest.raises(CardBabbles):
        held(card).read()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"\x90", CardBabbles),
        (b"\x90\x00", DataDamaged),
        (b"\x00\x90\x00", DataDamaged),
        (b"\x6a\x82", NotSocialSecurity),
        (b"\x6d\x00", NotSocialSecurity),
        (b"\x61\x00", CardBabbles),
    ],
)
def test_one_answer_to_everything(held: Hold, answer: bytes, error: type[GuitaiError]) -> None:
    """Nothing at all, or the same to every command, is told apart from a holder."""
    with pytest.raises(error):
        held(hostile.constant(answer)).read()


def test_mutated_sessions(virtual_card: Make, held: Hold) -> None:
    """One answer of a good session is broken at a time: deep inside, still catalogued.

    And a reading that does succeed never lacks an item without saying so.
    """
    dice = random.Random(20261121)
    ends: dict[str, int] = {}
    for number in range(MUTATIONS):
        profile = ("gen2", "beijing")[number % 2]
        target = dice.randrange(1, 12)
        count = 0

        def change(command: bytes, answer: bytes, target: int = target) -> bytes:
            nonlocal count
            count += 1
            return mutate(dice, answer) if count == target else answer

        try:
            reading = held(Mutated(virtual_card(profile), change)).read()
        except GuitaiError as error:
            end = error.code
        else:
            end = "read"
            assert_nothing_silent(reading)
        ends[end] = ends.get(end, 0) + 1
    assert len(ends) >= 6, ends
    assert ends["read"] < MUTATIONS


def mutate(dice: random.Random, answer: bytes) -> bytes:
    """Break an answer: flip, cut, grow, replace its status word, or make it noise."""
    kind = dice.randrange(6)
    if kind == 0 and answer:
        at = dice.randrange(len(answer))
        return answer[:at] + bytes((answer[at] ^ 1 << dice.randrange(8),)) + answer[at + 1 :]
    if kind == 1:
        return answer[: dice.randrange(len(answer) + 1)]
    if kind == 2:
        return answer[:-2] + dice.randbytes(dice.randrange(300)) + answer[-2:]
    if kind == 3:
        words = (0x6982, 0x6A83, 0x6A82, 0x6C00, 0x6C10, 0x61FF, 0x6100, 0x6F00, 0x9303, 0x6283)
        return answer[:-2] + dice.choice(words).to_bytes(2, "big")
    if kind == 4:
        return dice.randbytes(dice.randrange(260))
    return dice.choice(words_only())


def words_only() -> list[bytes]:
    return [bytes.fromhex(each) for each in ("9000", "6A86", "63C2", "6983", "6700", "6D00")]


def assert_nothing_silent(reading: Any) -> None:
    said = {note.detail.en for note in reading.notes.collected}
    for part in (reading.card, reading.holder):
        for name in part.__dataclass_fields__:
            if getattr(part, name) is None:
                assert name.replace("_", " ") in said, name


def test_broken_whole_file_and_no_single_records(virtual_card: Make, held: Hold) -> None:
    """What stood behind a break is unreadable, not missing: it must not pass with a warning."""

    def change(command: bytes, answer: bytes) -> bytes:
        if command[:2] != b"\x00\xb2" or command[3] >> 3 == 5:
            return answer
        return answer[:40] + answer[-2:] if command[3] & 7 == 5 else b"\x6a\x83"

    with pytest.raises(DataDamaged, match="name"):
        held(Mutated(virtual_card("gen2"), change)).read()


@pytest.mark.parametrize("atr", [b"", b"\x3b", b"\x3b\x6d", b"\x00" * 40])
def test_odd_atr(virtual_card: Make, held: Hold, atr: bytes) -> None:
    """An answer to reset that is none costs a warning on a card that needs no keys."""
    card = Mutated(virtual_card("gen2"), lambda _, answer: answer)
    odd = type("Odd", (), {"atr": atr, "protocol": "T=0", "power_on": card.power_on})()
    odd.transmit = card.transmit
    reading = held(odd).read()
    assert reading.holder.name is not None
    assert [note.code for note in reading.notes.collected] == ["odd_atr"]


@pytest.mark.parametrize("number", range(1, 12))
def test_pulled_at_every_command(virtual_card: Make, held: Hold, number: int) -> None:
    """Torn in process: the attachment raises, and no holder comes out of a part of one."""
    from emulator.card import Removed

    with pytest.raises(Removed):
        held(hostile.pulled_at(virtual_card("beijing"), number)).read()


def test_families_cover_the_faults() -> None:
    """Faults of the card as a thing and of what is on it are told apart for the clerk."""
    assert not issubclass(CardBabbles, ContentError)
    assert issubclass(CardBabbles, CardError)
