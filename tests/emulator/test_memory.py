"""The card's memory: transactions, and power cut before every single write."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from itertools import count, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.memory import Memory, PowerCut

BEFORE = {"a": b"1", "b": b"2", "c": b"3"}
CHANGES: dict[str, bytes | None] = {"a": b"4", "b": None, "d": b"5"}
AFTER = {"a": b"4", "c": b"3", "d": b"5"}
LOG, SEAL, APPLY, CLEAR = 3, 1, 3, 1
"""Physical writes of a transaction that changes three cells."""

Action = Callable[[Memory], None]


def change(memory: Memory, changes: Mapping[str, bytes | None] = CHANGES) -> None:
    with memory.transaction():
        for name, value in changes.items():
            memory.write(name, value)


def change_and_fail(memory: Memory) -> None:
    with memory.transaction():
        memory.write("a", b"4")
        raise KeyError


def cut_at(memory: Memory, number: int) -> None:
    """Cut the power before the write of a number, counted from now."""
    last = memory.writes + number

    def before_write(write: int) -> None:
        if write == last:
            raise PowerCut

    memory.before_write = before_write


def torn(memory: Memory, action: Action) -> Iterator[Memory]:
    """Give a copy of the memory for each write of the action that the power can go before."""
    for number in count(1):
        copy = deepcopy(memory)
        cut_at(copy, number)
        try:
            action(copy)
        except PowerCut:
            copy.before_write = None
            yield copy
        else:
            return


def recovered(memory: Memory) -> dict[str, bytes]:
    copy = deepcopy(memory)
    copy.recover()
    return copy.cells()


class TestTransaction:
    def test_all_writes_arrive(self) -> None:
        """A transaction that ends well has changed, added and emptied what it said."""
        memory = Memory(BEFORE)
        change(memory)
        assert memory.cells() == AFTER

    def test_sees_its_own_writes(self) -> None:
        """A command that reads what it has just written must not get the old value."""
        memory = Memory(BEFORE)
        with memory.transaction():
            memory.write("a", b"4")
            memory.write("b", None)
            assert (memory.read("a"), memory.read("b"), memory.read("c")) == (b"4", None, b"3")
            assert memory.cells() == BEFORE

    def test_an_exception_drops_everything(self) -> None:
        """A command refused half-way leaves the card as it was, and able to go on."""
        memory = Memory(BEFORE)
        with pytest.raises(KeyError):
            change_and_fail(memory)
        assert (memory.cells(), memory.read("a"), memory.writes) == (BEFORE, b"1", 0)

    def test_an_inner_one_joins(self) -> None:
        """Two functions that each want all or nothing, one calling the other, are one whole."""
        memory = Memory(BEFORE)
        with memory.transaction():
            change(memory)
            assert memory.cells() == BEFORE
            memory.write("e", b"6")
        assert memory.cells() == AFTER | {"e": b"6"}

    def test_an_inner_one_that_fails_drops_the_outer_one(self) -> None:
        """Half of a joined transaction must not be committed by the half outside of it."""
        memory = Memory(BEFORE)
        with pytest.raises(KeyError), memory.transaction():
            change_and_fail(memory)
        assert memory.cells() == BEFORE

    @pytest.mark.parametrize(
        ("changes", "writes"),
        [
            ({}, 0),
            ({"a": b"9"}, 1),
            ({"a": None}, 1),
            (CHANGES, LOG + SEAL + APPLY + CLEAR),
        ],
    )
    def test_counts_physical_writes(self, changes: dict[str, bytes | None], writes: int) -> None:
        """Tests that cut the power at every write rely on how many there are."""
        memory = Memory(BEFORE)
        change(memory, changes)
        assert memory.writes == writes

    def test_announces_running_numbers(self) -> None:
        """The hook is told each physical write once, before it happens."""
        memory = Memory(BEFORE)
        seen: list[tuple[int, dict[str, bytes]]] = []
        memory.before_write = lambda number: seen.append((number, memory.cells()))
        memory.write("a", b"7")
        memory.write("a", b"8")
        assert seen == [(1, BEFORE), (2, BEFORE | {"a": b"7"})]


class TestPowerCut:
    def test_every_cut_leaves_all_or_nothing(self) -> None:
        """Whatever write the power goes before, the chip wakes up with the old or the new."""
        states = [recovered(memory) for memory in torn(Memory(BEFORE), change)]
        assert states == [BEFORE] * (LOG + SEAL) + [AFTER] * (APPLY + CLEAR)

    def test_every_cut_in_every_recovery(self) -> None:
        """A reader with a bad contact cuts the recovery too, and the recovery of that."""
        seen = 0
        for once in torn(Memory(BEFORE), change):
            expected = recovered(once)
            for twice in torn(once, Memory.recover):
                for thrice in torn(twice, Memory.recover):
                    seen += 1
                    assert recovered(twice) == recovered(thrice) == expected
        # Each sealed log is applied and cleared by up to four writes, each unsealed by one.
        assert seen == LOG * 1 + (APPLY + CLEAR) * (APPLY + CLEAR) ** 2

    def test_a_torn_memory_shows_nothing(self) -> None:
        """Without power nothing is read: no test and no card may see what is half-written."""
        for memory in torn(Memory(BEFORE), change):
            with pytest.raises(PowerCut):
                memory.read("a")
            with pytest.raises(PowerCut):
                memory.write("a", b"0")
            memory.recover()
            assert memory.read("c") == b"3"

    def test_a_torn_recovery_shows_nothing(self) -> None:
        """The power that goes in a recovery is as gone as in a command."""
        *_, sealed = torn(Memory(BEFORE), change)
        for memory in torn(sealed, Memory.recover):
            with pytest.raises(PowerCut):
                memory.read("a")

    def test_an_image_of_a_torn_memory_is_whole(self) -> None:
        """An image made between tear and power-up holds what the recovery will make of it."""
        for memory in torn(Memory(BEFORE), change):
            assert memory.cells() == recovered(memory)

    def test_a_single_cell_is_written_at_once(self) -> None:
        """One cell needs no log: cut before its only write, it has its old value."""
        (memory,) = torn(Memory(BEFORE), lambda memory: memory.write("a", b"9"))
        assert recovered(memory) == BEFORE

    def test_a_cut_transaction_is_not_gone_on_with(self) -> None:
        """What a dropped transaction had logged must not come back with the next one."""
        for memory in torn(Memory(BEFORE), change):
            memory.recover()
            settled = memory.cells()
            change(memory, {"x": b"1", "y": b"2"})
            memory.recover()
            assert memory.cells() == settled | {"x": b"1", "y": b"2"}

    def test_recovering_an_intact_memory_writes_nothing(self) -> None:
        """Every reset recovers: it must not wear the chip nor add points to tear at."""
        memory = Memory(BEFORE)
        change(memory)
        before = memory.writes
        memory.recover()
        assert (memory.writes, memory.cells()) == (before, AFTER)


CELLS = st.sampled_from("abcd")
VALUES = st.none() | st.binary(max_size=2)


@given(
    start=st.dictionaries(CELLS, st.binary(max_size=2)),
    transactions=st.lists(st.dictionaries(CELLS, VALUES), max_size=3),
    cuts=st.tuples(st.integers(1, 12), st.integers(1, 8)),
)
def test_transactions_are_a_prefix(
    start: dict[str, bytes],
    transactions: list[dict[str, bytes | None]],
    cuts: tuple[int, int],
) -> None:
    """After any two cuts the cells are those of the first so many transactions, no others."""
    memory = Memory(start)
    states = [dict(start)]
    for changes in transactions:
        merged = states[-1] | changes
        states.append({name: value for name, value in merged.items() if value is not None})
    cut_at(memory, cuts[0])
    done = 0
    try:
        for changes in transactions:
            change(memory, changes)
            done += 1
    except PowerCut:
        cut_at(memory, cuts[1])
        try:
            memory.recover()
        except PowerCut:
            memory.before_write = None
            memory.recover()
    assert memory.cells() in states[done : done + 2]


@pytest.mark.parametrize(("first", "second"), list(product(range(1, 9), repeat=2)))
def test_two_cuts_in_a_row(first: int, second: int) -> None:
    """A card torn, woken, written and torn again is still all or nothing each time."""
    memory = Memory(BEFORE)
    cut_at(memory, first)
    with pytest.raises(PowerCut):
        change(memory)
    memory.before_write = None
    memory.recover()
    settled = memory.cells()
    cut_at(memory, second)
    with pytest.raises(PowerCut):
        change(memory, {"a": b"x", "c": b"y", "d": b"z"})
    assert recovered(memory) in (settled, settled | {"a": b"x", "c": b"y", "d": b"z"})
