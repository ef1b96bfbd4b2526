"""Duties: what is owed to others is not forgotten, not done twice, and not asked for too often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from registry import Bench, bench
from sqlalchemy.exc import IntegrityError

from terminal.registry import duties
from terminal.registry.duties import (
    DUTY_STATES,
    FIRST_WAIT,
    LONGEST_WAIT,
    Duty,
    DutyState,
    NewDuty,
    wait,
)
from terminal.texts import Text

ACCOUNT = "6222020200112233445"
STOP = NewDuty("bank", "stop_financial", "stop_financial", {"account": ACCOUNT}, at_once=True)
SAID = Text("对方已确认", "confirmed")


@pytest.fixture
def counter(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def owe(counter: Bench, new: NewDuty = STOP, key: str = "key-0001.1") -> Duty:
    with counter.registry.writing() as tx:
        return duties.get(tx, duties.add(tx, new, key))


def due(counter: Bench, most: int = 50) -> list[str]:
    with counter.registry.reading() as tx:
        return [duties.get(tx, duty_id).key for duty_id, _ in duties.due(tx, most)]


def look(counter: Bench, duty: Duty) -> Duty:
    with counter.registry.reading() as tx:
        return duties.get(tx, duty.id)


def fail(counter: Bench, duty: Duty) -> Duty:
    with counter.registry.writing() as tx:
        assert duties.note_failed(tx, duty, Text("无应答", "no answer"))
    return look(counter, duty)


def test_what_is_owed_is_read_back(counter: Bench) -> None:
    """Whoever delivers it weeks later has everything that it takes."""
    duty = owe(counter)
    assert (duty.party, duty.call, duty.arguments) == ("bank", "stop_financial", STOP.arguments)
    assert (duty.state, duty.attempts, duty.at_once) == (DutyState.DUE, 0, True)
    with counter.registry.reading() as tx:
        assert duties.by_key(tx, duty.key) == duty
        assert duties.by_key(tx, "none") is None
        assert duties.open_ones(tx) == (duty.id,)
    assert due(counter) == [duty.key]


def test_one_key_is_one_duty(counter: Bench) -> None:
    """The other side does once what comes twice under a key, and so do we."""
    owe(counter)
    with pytest.raises(IntegrityError):
        owe(counter)


def test_a_party_that_does_not_answer_is_left_in_peace_longer_each_time(counter: Bench) -> None:
    """A bank that is down for a day is not asked three thousand times, nor forgotten for a week."""
    duty, waits = owe(counter), []
    for _ in range(12):
        asked = counter.now
        duty = fail(counter, duty)
        waits.append(duty.next_at - asked)
        counter.now = duty.next_at - timedelta(microseconds=1)
        assert due(counter) == []
        counter.now = duty.next_at
        assert due(counter) == [duty.key]
    assert waits[:7] == [FIRST_WAIT * 2**number for number in range(7)]
    assert waits[7:] == [LONGEST_WAIT] * 5
    assert duty.attempts == 12
    assert sum(waits, timedelta()) < timedelta(days=1)


def test_the_wait_has_an_end_however_often_it_failed(counter: Bench) -> None:
    """Doubling four thousand times must not overflow anything."""
    duty = owe(counter)
    object.__setattr__(duty, "attempts", 4096)
    assert wait(duty) == LONGEST_WAIT


def test_what_was_delivered_is_not_due_and_not_open(counter: Bench) -> None:
    """Done is done, with its moment and what the other side said."""
    duty = owe(counter)
    with counter.registry.writing() as tx:
        assert duties.note_done(tx, duty, SAID)
    done = look(counter, duty)
    assert (done.state, done.detail, done.attempts) == (DutyState.DONE, SAID, 1)
    assert done.settled_at == counter.now.astimezone(UTC)
    assert due(counter) == []
    with counter.registry.reading() as tx:
        assert duties.open_ones(tx) == ()


def test_a_refusal_waits_for_people(counter: Bench) -> None:
    """A party that says no is not asked again; it stays on the list until people settle it."""
    duty = owe(counter)
    with counter.registry.writing() as tx:
        assert duties.note_refused(tx, duty, Text("账户不存在", "no such account"))
    refused = look(counter, duty)
    counter.later(days=30)
    assert due(counter) == []
    with counter.registry.reading() as tx:
        assert duties.open_ones(tx) == (refused.id,)
        assert refused.settled_at is None
    with counter.registry.writing() as tx:
        assert duties.note_decided(tx, refused, Text("已电话处理", "settled by telephone"))
        assert duties.open_ones(tx) == ()


def test_of_two_that_deliver_it_one_notes_how_it_ended(counter: Bench) -> None:
    """Two counters may ask the bank at once; a late "no answer" must not undo a "done"."""
    duty = owe(counter)
    with counter.registry.writing() as tx:
        assert duties.note_done(tx, duty, SAID)
        assert not duties.note_failed(tx, duty, Text("无应答", "no answer"))
        assert not duties.note_refused(tx, duties.get(tx, duty.id), SAID)
    assert look(counter, duty).state is DutyState.DONE


def test_r_fin_6m_a_reminder_waits_for_its_day(counter: Bench) -> None:
    """What is owed in six months is not owed to anybody before (Rules Art. 19)."""
    day = datetime(2026, 9, 3, tzinfo=counter.now.tzinfo)
    owe(counter, NewDuty("bank", "remind", "remind", {}, not_before=day))
    counter.now = day - timedelta(microseconds=1)
    assert due(counter) == []
    counter.now = day
    assert due(counter) == ["key-0001.1"]


def test_a_party_may_name_its_day(counter: Bench) -> None:
    """Clearing of a dead card takes days: it is asked again when it said, not every hour."""
    duty, day = owe(counter), counter.now + timedelta(days=7)
    with counter.registry.writing() as tx:
        assert duties.put_off(tx, duty, day, SAID)
    assert due(counter) == []
    counter.now = day
    assert due(counter) == [duty.key]


def test_the_longest_waiting_comes_first_and_no_more_than_asked_for(counter: Bench) -> None:
    """A thousand duties after an outage are worked off in order, a few at a time."""
    for number in range(5):
        owe(counter, key=f"key-{number}")
        counter.later(seconds=1)
    assert due(counter, 3) == ["key-0", "key-1", "key-2"]
    assert due(counter, 0) == []


def test_r_secret_arguments_are_sealed_and_details_fit(counter: Bench) -> None:
    """Accounts and names travel in arguments: they are sealed, and an answer may be any length."""
    duty = owe(counter)
    assert ACCOUNT not in repr(duty) + repr(STOP)
    with counter.registry.writing() as tx:
        assert duties.note_refused(tx, duty, Text("很" * 5000, "x" * 5000))
    assert look(counter, duty).detail == Text("很" * 300, "x" * 300)
    counter.registry.close()
    files = b"".join(each.read_bytes() for each in counter.path.parent.glob("registry.db*"))
    assert ACCOUNT.encode() not in files


def test_every_state_has_its_words() -> None:
    """The list of what is owed is read by people."""
    assert DUTY_STATES.keys() == set(DutyState)
