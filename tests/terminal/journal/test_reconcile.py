"""The sheet of a day: its totals are the sums of what is done, and what is open stands beside."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from terminal.journal import (
    BEIJING,
    KINDS,
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
            done(load(kind=Kind.PASS_ACTIVATION, amount=0, till=0, method=Method.NONE)),
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
    assert none[Group.PASSES] == Total(2, 0, 0)
    assert sheet.amounts == sheet.card_change == 7000 + 3000 - 700 + 100 - 100 - 600 - 900
    assert sheet.expected == 10_000 + 7000 - 700 - 100 - 900 + 20_000
    assert sheet.over == 35_200 - 35_300
    assert (sheet.unchecked, sheet.discrepancies, sheet.unfinished) == ((), (), ())
    assert sheet.settled_later == ()
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


NEXT_DAY = DAY + timedelta(days=1)


def late(intention: Intention, state: State = State.DONE) -> Entry:
    """Make an entry that was begun on the day and settled on the next one."""
    sent = Entry(intention, (Step(1, State.BEGUN, AT),)).moved(State.SENT, AT)
    after = 100_000 + intention.amount
    facts = {"balance_before": 100_000, "balance_after": after, "tac_checked": True}
    return sent.moved(state, AT + timedelta(days=1), facts)


def test_settled_later(load: Load) -> None:
    """Yesterday's load, paid today: yesterday's amount, today's cash, and both tills are right."""
    entries = [
        done(load(amount=300, till=300)),
        late(load()),
        late(load(kind=Kind.REFUND, amount=-1_000, till=-1_000)),
        late(load(amount=7, till=7, method=Method.TRANSFER)),
        late(load(amount=9, till=9), State.UNDONE),
        done(load(amount=20, till=20), at=AT + timedelta(days=1)),
    ]
    first = reconcile(entries, DAY, float_in=10_000, counted=10_300, float_out=10_000)
    assert first.totals[Method.CASH][Group.LOADS] == Total(2, 5_300, 5_300)
    assert first.settled_later == tuple(entries[1:5])
    assert (first.settled_today, first.cash_for_earlier_days) == ((), 0)
    assert (first.entries, reconcile(entries, NEXT_DAY).entries) == (5, 5)
    assert (first.cash_in_later_tills, first.expected, first.over) == (4_000, 10_300, 0)
    assert (first.handed_in, first.clean) == (300, True)
    second = reconcile(entries, NEXT_DAY, float_in=10_000, counted=14_020)
    assert second.totals[Method.CASH][Group.LOADS] == Total(1, 20, 20)
    assert second.settled_today == tuple(entries[1:5])
    assert (second.settled_later, second.cash_in_later_tills) == ((), 0)
    assert (second.cash_for_earlier_days, second.expected, second.over) == (4_000, 14_020, 0)
    assert (second.amounts, second.clean) == (20, True)
    third = reconcile(entries, NEXT_DAY + timedelta(days=1))
    assert (third.settled_today, third.expected, third.entries) == ((), 0, 0)
    assert (third.float_in, third.float_out, third.counted) == (0, 0, None)


def test_seen_from_the_evening(load: Load) -> None:
    """The sheet as it was signed and the one that is printed later ask for the same cash."""
    open_ = Entry(load(), (Step(1, State.BEGUN, AT),)).moved(State.SENT, AT)
    signed = reconcile([done(load()), open_], DAY)
    reprinted = reconcile([done(load()), late(load())], DAY)
    assert signed.expected == reprinted.expected == 5_000


def test_a_remark_moves_no_cash(load: Load) -> None:
    """A TAC that is checked the next day changes nothing of either till."""
    remarked = done(load()).moved(State.DONE, AT + timedelta(days=1), {"tac_checked": True})
    assert reconcile([remarked], DAY).expected == 5_000
    assert reconcile([remarked], NEXT_DAY).settled_today == ()


def test_what_stays_and_what_is_handed_in(load: Load) -> None:
    """What is handed in is what was counted, whatever should have been there."""
    sheet = reconcile([done(load())], DAY, 100, 5_090, float_out=200)
    assert (sheet.expected, sheet.over, sheet.handed_in) == (5_100, -10, 4_890)
    assert reconcile([], DAY, float_out=200).handed_in is None


def test_open_money_by_method(load: Load) -> None:
    """How much cash may still come in or go out, and how much at the bank."""
    begun = Entry(load(), (Step(1, State.BEGUN, AT),))
    sent = begun.moved(State.SENT, AT)
    by_bank = Entry(load(method=Method.TRANSFER, till=300), (Step(1, State.BEGUN, AT),))
    totals = reconcile([begun, sent, by_bank], DAY).unfinished_totals
    assert totals == {
        Method.CASH: Total(2, 10_000, 10_000),
        Method.TRANSFER: Total(1, 5_000, 300),
        Method.NONE: Total(),
    }


def test_two_tills_on_one_journal(load: Load) -> None:
    """Each clerk answers for what they took; together they are the outlet's sheet."""
    entries = [
        done(load()),
        done(load(operator="08", amount=300, till=300)),
        late(load(operator="08")),
        Entry(load(operator="08"), (Step(1, State.BEGUN, AT),)),
    ]
    mine, theirs, all_ = (reconcile(entries, DAY, operator=each) for each in ("07", "08", None))
    assert (mine.operator, theirs.operator, all_.operator) == ("07", "08", None)
    assert (mine.expected, mine.clean) == (5_000, True)
    assert (theirs.expected, len(theirs.unfinished), len(theirs.settled_later)) == (300, 1, 1)
    assert all_.expected == mine.expected + theirs.expected
    assert reconcile(entries, NEXT_DAY, operator="07").expected == 0
    assert reconcile(entries, NEXT_DAY, operator="08").expected == 5_000


def test_what_was_not_checked(load: Load) -> None:
    """A load without a checked TAC is one the clearing centre may not pay."""
    refused = done(load(), tac_checked=False)
    never = Entry(load(amount=-1), (Step(1, State.BEGUN, AT), Step(2, State.DONE, AT)))
    assert reconcile([refused, never, done(load())], DAY).unchecked == (refused, never)


def test_checked_by_its_mac2(load: Load) -> None:
    """A SAM without a TAC key that took the card's MAC2 knows that the card paid."""
    pay = load(kind=Kind.PAYMENT, amount=-100, till=0)
    usual: Facts = {"balance_before": 100, "balance_after": 0, "mac2_checked": True}
    sent = Entry(pay, (Step(1, State.BEGUN, AT), Step(2, State.SENT, AT)))
    assert reconcile([sent.moved(State.DONE, AT, usual)], DAY).clean
    assert reconcile([sent.moved(State.DONE, AT, {**usual, "tac_checked": None})], DAY).clean
    wrong = sent.moved(State.DONE, AT, {**usual, "tac_checked": False})
    assert reconcile([wrong], DAY).unchecked == (wrong,)


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


def test_each_thing_that_is_left(load: Load) -> None:
    """One is enough: a till that agrees makes no unchecked or wrong entry good."""
    unchecked = reconcile([done(load(), tac_checked=False)], DAY)
    assert (unchecked.discrepancies, unchecked.clean) == ((), False)
    wrong = reconcile([done(load(), balance_after=100_001)], DAY)
    assert (wrong.unchecked, wrong.clean) == ((), False)


def test_balances_that_were_not_noted(load: Load) -> None:
    """Half a pair or a text is no balance; what moves no money on a card needs none."""
    first, last = Step(1, State.BEGUN, AT), partial(Step, 2, State.DONE, AT)
    half = [
        Entry(load(), (first, last({"tac_checked": True, **facts})))
        for facts in (
            {"balance_before": 100},
            {"balance_after": 100},
            {"balance_before": "100", "balance_after": "5100"},
        )
    ]
    sheet = reconcile(half, DAY)
    assert [(each.entry, each.change) for each in sheet.discrepancies] == [
        (each, None) for each in half
    ]
    sold = Entry(load(kind=Kind.PASS_SALE, amount=0), (first, last()))
    assert (reconcile([sold], DAY).discrepancies, reconcile([sold], DAY).card_change) == ((), 0)


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
    cash = [
        each.intention.till
        for each in entries
        if each.state is State.DONE
        and each.intention.method is Method.CASH
        and each.settled_at is not None
        and each.settled_at.astimezone(BEIJING).date() == DAY
    ]
    assert sheet.expected == float_in + sum(cash)
    assert sheet.over == counted - float_in - sum(cash)
    differ = sum(each.entry.intention.amount - (each.change or 0) for each in sheet.discrepancies)
    assert sheet.amounts - sheet.card_change == differ
    undone = [each for each in mine if each.state is State.UNDONE]
    assert len(mine) == len(finished) + len(sheet.unfinished) + len(undone)


def test_every_line_has_a_name() -> None:
    """A clerk reads words, in both languages, and the same ones as of the entries."""
    assert set(GROUPS) == set(Group)
    assert GROUPS[Group.REFUNDS].zh == KINDS[Kind.REFUND].zh
    assert GROUPS[Group.CLOSINGS].zh == KINDS[Kind.CLOSING].zh


def test_the_words_of_the_lines() -> None:
    """What reads the sheet as JSON knows its lines by these words."""
    words = "loads refunds corrections_up corrections_down payments closings passes"
    assert [each.value for each in Group] == words.split()
