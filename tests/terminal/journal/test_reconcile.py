"""The sheet of a day: its totals are the sums of what is done, and what is open stands beside."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from terminal.journal import (
    BEIJING,
    Entry,
    Facts,
    Intention,
    Kind,
    Method,
    State,
    Step,
    new_key,
    reconcile,
)
from terminal.journal.model import MOVES
from terminal.journal.reconcile import GROUPS, Group, Total

DAY = date(2026, 3, 1)
AT = datetime(2026, 3, 1, 9, 30, tzinfo=BEIJING)
Load = Callable[..., Intention]


def done(intention: Intention, *, at: datetime = AT, **facts: int | bool) -> Entry:
    """Make an entry that is done as intended, unless facts say otherwise."""
    usual: Facts = {
        "balance_before": 100_000,
        "balance_after": 100_000 + intention.amount,
        "tac_checked": True,
        **facts,
    }
    begun = Entry(intention, (Step(1, State.BEGUN, at),))
    return begun.moved(State.SENT, at).moved(State.DONE, at, usual)


def test_a_day(load: Load) -> None:
    """The lines a clerk compares with the receipts, by payment method."""
    sheet = reconcile(
        [
            done(load()),
            done(load(amount=2000, till=2000)),
            done(load(amount=3000, till=3000, method=Method.TRANSFER)),
            done(load(kind=Kind.REFUND, amount=-700, till=-700)),
            done(load(kind=Kind.CORRECTION, amount=100, till=0, method=Method.NONE)),
            done(load(kind=Kind.CORRECTION, amount=-100, till=-100)),
            done(load(kind=Kind.PAYMENT, amount=-600, till=0, method=Method.NONE)),
            done(load(kind=Kind.CLOSING, amount=-900, till=-900)),
            done(load(kind=Kind.PASS_SALE, amount=0, till=20_000), tac_checked=False),
            done(load(kind=Kind.PASS_MOVE, amount=0, till=0, method=Method.NONE)),
        ],
        DAY,
        float_in=10_000,
        counted=35_200,
    )
    cash, transfer, none = (sheet.totals[method] for method in Method)
    assert cash[Group.LOADS] == Total(2, 7000, 7000)
    assert cash[Group.REFUNDS] == Total(1, -700, -700)
    assert cash[Group.CORRECTIONS_DOWN] == Total(1, -100, -100)
    assert cash[Group.CLOSINGS] == Total(1, -900, -900)
    assert cash[Group.PASSES] == Total(1, 0, 20_000)
    assert transfer[Group.LOADS] == Total(1, 3000, 3000)
    assert none[Group.CORRECTIONS_UP] == Total(1, 100, 0)
    assert none[Group.PAYMENTS] == Total(1, -600, 0)
    assert none[Group.PASSES] == Total(1, 0, 0)
    assert sheet.amounts == sheet.card_change == 7000 + 3000 - 700 + 100 - 100 - 600 - 900
    assert sheet.expected == 10_000 + 7000 - 700 - 100 - 900 + 20_000
    assert sheet.over == 35_200 - 35_300
    assert (sheet.unchecked, sheet.discrepancies, sheet.unfinished) == ((), (), ())
    assert not sheet.clean


def test_a_clean_day(load: Load) -> None:
    """Nothing open and a till that agrees: the clerk may go home."""
    entries = [done(load())]
    assert reconcile(entries, DAY).clean
    assert reconcile(entries, DAY).over is None
    assert reconcile(entries, DAY, 100, 5100).clean
    assert reconcile([], DAY, counted=0).clean
    assert reconcile(entries, DAY, 100, 5101).over == 1


def test_what_is_open_is_not_counted(load: Load) -> None:
    """Money whose fate nobody knows is neither there nor lost; it is listed."""
    begun = Entry(load(), (Step(1, State.BEGUN, AT),))
    sent = begun.moved(State.SENT, AT)
    unknown = sent.moved(State.UNKNOWN, AT)
    undone = unknown.moved(State.UNDONE, AT)
    sheet = reconcile([begun, sent, unknown, undone], DAY)
    assert sheet.unfinished == (begun, sent, unknown)
    assert (sheet.amounts, sheet.expected, sheet.clean) == (0, 0, False)


def test_settled_later(load: Load) -> None:
    """Yesterday's load, found done today, is yesterday's money; and told on that sheet."""
    sent = Entry(load(), (Step(1, State.BEGUN, AT),)).moved(State.SENT, AT)
    facts = {"balance_before": 0, "balance_after": 5000, "tac_checked": True}
    late = sent.moved(State.DONE, AT + timedelta(days=1), facts)
    sheet = reconcile([late], DAY)
    assert sheet.settled_later == (late,)
    assert (sheet.expected, sheet.clean) == (5000, True)
    assert reconcile([late], DAY + timedelta(days=1)).expected == 0


def test_what_was_not_checked(load: Load) -> None:
    """A load without a checked TAC is one the clearing centre may not pay."""
    refused = done(load(), tac_checked=False)
    never = Entry(load(amount=-1), (Step(1, State.BEGUN, AT), Step(2, State.DONE, AT)))
    assert reconcile([refused, never, done(load())], DAY).unchecked == (refused, never)


def test_discrepancies(load: Load) -> None:
    """Where card and intention differ the entry is named, with what the card says."""
    short = done(load(), balance_after=100_001)
    blind = Entry(load(amount=-1), (Step(1, State.BEGUN, AT), Step(2, State.DONE, AT)))
    odd = done(load(kind=Kind.PASS_SALE, amount=0), balance_after=99_999)
    false = done(load(amount=1), balance_before=False, balance_after=True)
    sheet = reconcile([short, blind, odd, false, done(load())], DAY)
    assert [(each.entry, each.change) for each in sheet.discrepancies] == [
        (short, 1),
        (blind, None),
        (odd, -1),
        (false, None),
    ]
    assert sheet.card_change == 1 - 1 + 5000
    assert sheet.amounts == 5000 - 1 + 0 + 1 + 5000


@st.composite
def histories(draw: st.DrawFn) -> Entry:
    """Draw any intention and any legal way it may have gone, over two days."""
    amount = draw(st.integers(-10_000, 10_000))
    intention = Intention(
        new_key(),
        draw(st.sampled_from(Kind)),
        draw(st.sampled_from(["1", "2"])),
        amount,
        draw(st.integers(-10_000, 10_000)),
        draw(st.sampled_from(Method)),
        "07",
    )
    at = AT - timedelta(hours=draw(st.integers(0, 24)))
    entry = Entry(intention, (Step(1, State.BEGUN, at),))
    for state in draw(st.lists(st.sampled_from(State), max_size=5)):
        if (entry.state, state) in MOVES:
            at += timedelta(hours=draw(st.integers(0, 24)))
            facts: Facts = draw(
                st.sampled_from(
                    [
                        {},
                        {"tac_checked": True},
                        {"balance_before": 50_000, "balance_after": 50_000 + amount},
                        {"balance_before": 50_000, "balance_after": 50_000},
                    ]
                )
            )
            entry = entry.moved(state, at, facts)
    return entry


@given(st.lists(histories(), max_size=12), st.integers(0, 10_000), st.integers(0, 10_000))
def test_totals_are_sums(entries: list[Entry], float_in: int, counted: int) -> None:
    """Whatever happened: every fen is in exactly one line, and every entry somewhere."""
    sheet = reconcile(entries, DAY, float_in, counted)
    mine = [each for each in entries if each.day == DAY]
    finished = [each for each in mine if each.state is State.DONE]
    lines = [line for totals in sheet.totals.values() for line in totals.values()]
    assert sum(each.count for each in lines) == len(finished)
    assert sum(each.amount for each in lines) == sheet.amounts
    assert sheet.amounts == sum(each.intention.amount for each in finished)
    assert sum(each.till for each in lines) == sum(each.intention.till for each in finished)
    cash = [each.intention.till for each in finished if each.intention.method is Method.CASH]
    assert sheet.expected == float_in + sum(cash)
    assert sheet.over == counted - float_in - sum(cash)
    differ = sum(each.entry.intention.amount - (each.change or 0) for each in sheet.discrepancies)
    assert sheet.amounts - sheet.card_change == differ
    undone = [each for each in mine if each.state is State.UNDONE]
    assert len(mine) == len(finished) + len(sheet.unfinished) + len(undone)


def test_every_line_has_a_name() -> None:
    """A clerk reads words, in both languages."""
    assert set(GROUPS) == set(Group)
