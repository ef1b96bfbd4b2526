"""Events: each change exactly once, in order, whenever one looks, whatever goes and comes back."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stories import LATE, LIST, WAIT, A, B, C, Chip, Story

from emulator.pcsc import ScriptedPcsc
from terminal.errors import ServiceFailed, ServiceRefused
from terminal.readers.monitor import (
    SETTLE_MILLISECONDS,
    CardInserted,
    CardRemoved,
    Event,
    ReaderArrived,
    ReaderLeft,
    ReaderMonitor,
    ServiceBack,
    ServiceLost,
    _reckon,
)

# --- What is there, comes and goes ---------------------------------------------------------


def test_a_card_that_is_there_at_the_start_is_told() -> None:
    """Others miss exactly this one, and the clerk has to take the card out and in again."""
    story = Story(A, B)
    story.pcsc.insert(A, Chip(b"\x3b\x01\x02"))
    assert story.events() == [
        ReaderArrived(A),
        ReaderArrived(B),
        CardInserted(A, b"\x3b\x01\x02"),
    ]


def test_events_passed_before_the_start_are_not_told() -> None:
    """The daemon counts from its own start, not from ours."""
    story = Story(A)
    story.pcsc.set_counter(A, 77)
    assert story.events() == [ReaderArrived(A)]


def test_cards_come_and_go() -> None:
    """The plainest story there is."""
    story = Story(A, B)
    pcsc = story.pcsc
    story.then(
        lambda: pcsc.insert(A, Chip()),
        lambda: pcsc.insert(B, Chip()),
        lambda: pcsc.remove(A),
    )
    assert story.events()[2:] == [
        CardInserted(A, b"\x3b\x00"),
        CardInserted(B, b"\x3b\x00"),
        CardRemoved(A),
    ]


def test_readers_come_and_go() -> None:
    """A reader that leaves with its card in it takes the card along."""
    story = Story(A)
    pcsc = story.pcsc
    story.then(
        lambda: pcsc.add_reader(B),
        lambda: pcsc.insert(B, Chip()),
        lambda: pcsc.remove_reader(B),
        lambda: pcsc.remove_reader(A),
        lambda: pcsc.add_reader(A),
    )
    assert story.events() == [
        ReaderArrived(A),
        ReaderArrived(B),
        CardInserted(B, b"\x3b\x00"),
        CardRemoved(B),
        ReaderLeft(B),
        ReaderLeft(A),
        ReaderArrived(A),
    ]


def test_without_any_reader_one_is_waited_for() -> None:
    """An empty counter is a state, not an error."""
    story = Story()
    story.then(lambda: story.pcsc.add_reader(A))
    assert story.events() == [ReaderArrived(A)]


def test_a_reader_that_leaves_between_listing_and_waiting() -> None:
    """The wait fails for all readers because of one; the others lose nothing by it."""
    story = Story(A, B)
    pcsc = story.pcsc
    pcsc.insert(B, Chip())
    waits = itertools.count()
    pcsc.before = lambda call: call == WAIT and next(waits) == 0 and pcsc.remove_reader(A)
    assert story.events() == [
        ReaderArrived(A),
        ReaderArrived(B),
        ReaderLeft(A),
        CardInserted(B, b"\x3b\x00"),
    ]


@pytest.mark.parametrize("counted", [0, 1, 5, 65_535])
def test_a_reader_that_leaves_while_waited_for_is_no_storm(counted: int) -> None:
    """Its state comes without a count; taken for one, it was thousands of events."""
    story = Story(A, B)
    pcsc = story.pcsc
    pcsc.insert(A, Chip())
    pcsc.set_counter(A, counted)
    story.then(lambda: pcsc.remove_reader(A))
    assert story.events()[2:] == [CardInserted(A, b"\x3b\x00"), CardRemoved(A), ReaderLeft(A)]


def test_a_reader_plugged_in_again_between_two_looks() -> None:
    """The same name, a count from 0: another reader, not 65,533 events."""
    story = Story(A, B)
    pcsc = story.pcsc
    pcsc.insert(A, Chip(b"\x3b\x01"))
    pcsc.set_counter(A, 3)

    def replug() -> None:
        pcsc.remove_reader(A)
        pcsc.add_reader(A)
        pcsc.insert(A, Chip(b"\x3b\x02"))

    assert story.then(replug).events()[2:] == [
        CardInserted(A, b"\x3b\x01"),
        CardRemoved(A),
        ReaderLeft(A),
        ReaderArrived(A),
        CardInserted(A, b"\x3b\x02"),
    ]


def test_a_reader_plugged_in_again_between_waiting_and_listing() -> None:
    """The wait said that it left; that the list has it again does not undo this."""
    story = Story(A, B)
    pcsc = story.pcsc
    pcsc.before = lambda call: call == LIST and A not in pcsc.readers and pcsc.add_reader(A)
    story.then(lambda: pcsc.remove_reader(A))
    assert story.events()[2:] == [ReaderLeft(A), ReaderArrived(A)]


def test_a_reader_that_is_out_of_order_and_recovers() -> None:
    """It stays listed, without a word about its card; asking on and on would burn a processor."""
    story = Story(A)
    pcsc = story.pcsc
    pcsc.insert(A, Chip())
    pcsc.set_counter(A, 9)
    story.then(lambda: pcsc.break_reader(A), lambda: pcsc.break_reader(A, broken=False))
    assert story.events() == [
        ReaderArrived(A),
        CardInserted(A, b"\x3b\x00"),
        CardRemoved(A),
        CardInserted(A, b"\x3b\x00"),
    ]
    assert pcsc.calls[WAIT] < 8


def test_a_reader_that_comes_between_listing_and_waiting_is_seen_soon() -> None:
    """The daemon notifies only of those that come while one waits; slots come in groups."""
    story = Story(A)
    pcsc = story.pcsc
    patience: list[int] = []
    wait = type(pcsc.establish()).wait

    def spying(self, known, milliseconds):
        patience.append(milliseconds)
        return wait(self, known, milliseconds)

    waits = itertools.count()
    pcsc.before = lambda call: call == WAIT and next(waits) == 1 and pcsc.add_reader(B)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(pcsc.establish()), "wait", spying)
        assert story.events() == [ReaderArrived(A), ReaderArrived(B)]
    unseen_in = patience[1]
    assert unseen_in == SETTLE_MILLISECONDS
    assert patience[-1] == 60_000, "at rest nothing is polled"


def test_sixteen_readers_leave_no_room_for_the_notification() -> None:
    """The daemon refuses a seventeenth name, and a full counter would have no events at all."""
    names = [f"Reader {number:02X} 00" for number in range(16)]
    story = Story(*names[:15])
    pcsc = story.pcsc
    story.then(
        lambda: pcsc.add_reader(names[15]),
        lambda: pcsc.insert(names[15], Chip()),
        lambda: pcsc.remove_reader(names[3]),
        lambda: pcsc.add_reader(names[3]),
    )
    assert story.events()[15:] == [
        ReaderArrived(names[15]),
        CardInserted(names[15], b"\x3b\x00"),
        ReaderLeft(names[3]),
        ReaderArrived(names[3]),
    ]
    assert pcsc.calls[WAIT] < 20


# --- The daemon's count --------------------------------------------------------------------


@pytest.mark.parametrize("start", [0, 1, 40_000, 65_533, 65_534, 65_535])
@pytest.mark.parametrize("jump", [1, 2, 3, 4, 255])
@pytest.mark.parametrize("present", [False, True])
def test_what_happened_between_two_looks_is_told(present: bool, jump: int, start: int) -> None:
    """Forty quick taps are forty events, and the count goes round at 65,535."""
    story = Story(A)
    pcsc = story.pcsc
    if present:
        pcsc.insert(A, Chip())
    pcsc.set_counter(A, start)

    def many() -> None:
        for _ in range(jump):
            if pcsc.readers[A].card is None:
                pcsc.insert(A, Chip())
            else:
                pcsc.remove(A)

    told = story.then(many).events()[1 + present :]
    kinds = itertools.cycle([CardRemoved, CardInserted] if present else [CardInserted, CardRemoved])
    assert [type(each) for each in told] == list(itertools.islice(kinds, jump))
    read = [each.atr for each in told[:-1] if isinstance(each, CardInserted)]
    assert not any(read), "a card that left again was never read"


def test_a_card_changed_while_its_predecessor_is_worked_on() -> None:
    """A count of 0 does not wake the waiter, so the second customer's card would not be seen."""
    story = Story(A)
    pcsc = story.pcsc
    pcsc.insert(A, Chip(b"\x3b\x01"))
    pcsc.set_counter(A, 0)
    events = story.monitor.events()
    assert [next(events), next(events)] == [ReaderArrived(A), CardInserted(A, b"\x3b\x01")]
    pcsc.remove(A)
    pcsc.insert(A, Chip(b"\x3b\x02"))
    assert [next(events), next(events)] == [CardRemoved(A), CardInserted(A, b"\x3b\x02")]
    assert story._rests == 0, "at once, not when a time is out"
    events.close()


def test_a_state_that_changes_before_its_count_is_one_event() -> None:
    """The daemon sets the state first; a look between the two saw three events in one."""
    story = Story(A)
    pcsc = story.pcsc

    def torn_first() -> None:
        pcsc.insert(A, Chip())
        pcsc.set_counter(A, 7)

    def count_follows() -> None:
        pcsc.set_counter(A, 8)
        pcsc.changed.notify_all()

    pcsc.set_counter(A, 7)
    story.then(torn_first, count_follows, lambda: pcsc.remove(A))
    assert story.events()[1:] == [CardInserted(A, b"\x3b\x00"), CardRemoved(A)]


@pytest.mark.parametrize(
    ("count", "changed", "told"),
    [
        (0, 0, 0),
        (1, 1, 1),
        (2, 0, 2),
        (3, 1, 3),
        (0, 1, 1),  # the state came first
        (1, 0, 0),  # its count follows
        (2, 1, 1),  # its count follows, and one more
        (3, 0, 2),  # its count follows, and two more
    ],
)
def test_count_and_state_are_reckoned(count: int, changed: int, told: int) -> None:
    """Told is what fits the states, so that a change and its late count are one event."""
    assert _reckon(count, changed) == told


@given(st.integers(0, 40), st.integers(0, 1))
def test_what_is_told_always_fits_the_states(count: int, changed: int) -> None:
    """An odd number of changes cannot leave things as they were."""
    told = _reckon(count, changed)
    assert told % 2 == changed
    assert count - 1 <= told <= max(count, 1)


def test_a_daemon_that_does_not_count_is_believed_by_its_states() -> None:
    """Older ones have no count; their events must not pile up as a debt."""
    story = Story(A)
    pcsc = story.pcsc

    def uncounted(act: Callable[[], None]) -> Callable[[], None]:
        def step() -> None:
            act()
            pcsc.set_counter(A, 0)

        return step

    for _ in range(3):
        story.then(uncounted(lambda: pcsc.insert(A, Chip())), uncounted(lambda: pcsc.remove(A)))
    assert [type(each) for each in story.events()[1:]] == [CardInserted, CardRemoved] * 3


# --- The service ---------------------------------------------------------------------------


def test_the_service_goes_and_comes_back() -> None:
    """The monitor lives on, says so, and tells anew what is there: others' threads just end."""
    story = Story(A)
    pcsc = story.pcsc
    pcsc.insert(A, Chip())
    pcsc.set_counter(A, 11)
    story.then(pcsc.lose_service, lambda: None, pcsc.bring_service_back, lambda: pcsc.remove(A))
    assert story.events() == [
        ReaderArrived(A),
        CardInserted(A, b"\x3b\x00"),
        CardRemoved(A),
        ReaderLeft(A),
        ServiceLost(),
        ServiceBack(),
        ReaderArrived(A),
        CardInserted(A, b"\x3b\x00"),
        CardRemoved(A),
    ]
    assert pcsc.contexts == []


def test_a_service_that_is_not_there_at_the_start_is_said_once() -> None:
    """Then it is looked for quietly until it comes."""
    story = Story(A)
    story.pcsc.lose_service()
    story.then(*[lambda: None] * 5, story.pcsc.bring_service_back)
    assert story.events() == [ServiceLost(), ServiceBack(), ReaderArrived(A)]


@pytest.mark.parametrize("call", [LIST, WAIT])
@pytest.mark.parametrize("result", [0x80100003, 0x80100013, 0x8010001D, 0x8010001E, 0x8010006A])
def test_every_sign_of_a_lost_service_is_one(call: str, result: int) -> None:
    """Which one comes depends on the moment; first 80100013, later 8010001D."""
    story = Story(A)
    story.pcsc.fail_next(call, 0, result)
    story.then(lambda: None)
    assert Counter(type(each) for each in story.events()) == {
        ReaderArrived: 2,
        ReaderLeft: 1,
        ServiceLost: 1,
        ServiceBack: 1,
    }


def test_a_service_that_refuses_is_not_lost() -> None:
    """Looking for it again and again helps nobody who lacks the permission."""
    story = Story(A)
    story.pcsc.fail_next("SCardEstablishContext", *[0x8010006A] * 5)
    story.then(*[lambda: None] * 5)
    with pytest.raises(ServiceRefused):
        story.events()


def test_a_service_that_ends_in_its_greeting_is_lost_and_not_refusing() -> None:
    """The library says "security violation" to that as well."""
    story = Story(A)
    story.pcsc.fail_next("SCardEstablishContext", *[0x8010006A, 0x8010001D] * 5, *[0x8010006A] * 4)
    story.then(*[lambda: None] * 20)
    assert story.events() == [ServiceLost(), ServiceBack(), ReaderArrived(A)]


def test_what_nothing_explains_is_an_error_of_the_catalogue() -> None:
    """A clerk never sees a traceback, also not from ``guitai watch``."""
    story = Story(A)
    story.pcsc.fail_next(WAIT, 0x80100001)
    with pytest.raises(ServiceFailed):
        story.events()
    assert story.pcsc.contexts == []


@pytest.mark.parametrize("result", [0x80100002, 0x80100009, 0x8010000A, 0x80100012, 0x80100017])
def test_results_that_only_mean_look_again(result: int) -> None:
    """None of them is an event, and none an end."""
    story = Story(A)
    story.pcsc.fail_next(WAIT, result)
    story.then(lambda: story.pcsc.insert(A, Chip()))
    assert story.events() == [ReaderArrived(A), CardInserted(A, b"\x3b\x00")]


# --- Stopping ------------------------------------------------------------------------------


def running(pcsc: ScriptedPcsc) -> tuple[ReaderMonitor, threading.Thread, list[Event]]:
    """Start a monitor on a thread of its own."""
    monitor = ReaderMonitor(pcsc)
    events: list[Event] = []
    thread = threading.Thread(target=lambda: events.extend(monitor.events()))
    thread.start()
    return monitor, thread, events


@pytest.fixture
def _long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no wait end by itself."""
    monkeypatch.setattr("terminal.readers.monitor.SETTLE_MILLISECONDS", 60_000)


@pytest.mark.usefixtures("_long_waits")
def test_stop_ends_a_blocked_wait(pcsc: ScriptedPcsc) -> None:
    """The program's end must not take the minute that a wait takes."""
    blocked = threading.Event()
    pcsc.before = lambda call: call == WAIT and pcsc.calls[WAIT] == 1 and blocked.set()
    monitor, thread, events = running(pcsc)
    assert blocked.wait(LATE)
    monitor.stop()
    thread.join(LATE)
    assert not thread.is_alive()
    assert [type(each) for each in events] == [ReaderArrived] * 2
    assert pcsc.contexts == []


@pytest.mark.usefixtures("_long_waits")
def test_stop_ends_a_wait_that_has_not_begun(pcsc: ScriptedPcsc) -> None:
    """A cancel that comes a moment before the wait is lost, and once is not enough."""
    stopping, cancelled = threading.Event(), threading.Event()
    context = type(pcsc.establish())
    cancel = context.cancel

    def spying(self) -> None:
        cancel(self)
        cancelled.set()

    def late(call: str) -> None:
        if call == WAIT and pcsc.calls[WAIT] == 1:
            stopping.set()
            assert cancelled.wait(LATE), "the first cancel comes while nothing waits"

    pcsc.before = late
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context, "cancel", spying)
        monitor, thread, _ = running(pcsc)
        assert stopping.wait(LATE)
        monitor.stop()
        thread.join(LATE)
    assert not thread.is_alive()


def test_stop_before_the_first_look(pcsc: ScriptedPcsc) -> None:
    """Nothing is begun that was called off."""
    monitor = ReaderMonitor(pcsc)
    monitor.stop()
    assert list(monitor.events()) == []
    assert sum(pcsc.calls.values()) == 0


def test_stop_from_within_the_iteration(pcsc: ScriptedPcsc) -> None:
    """``for event in …: monitor.stop()`` must not wait for itself."""
    monitor = ReaderMonitor(pcsc)
    seen = []
    for event in monitor.events():
        seen.append(event)
        monitor.stop()
    assert seen[0] == ReaderArrived("Reader 00 00")
    assert pcsc.contexts == []


def test_an_iteration_that_is_dropped_gives_its_context_back(pcsc: ScriptedPcsc) -> None:
    """``guitai watch --count 1`` ends in the middle."""
    events = ReaderMonitor(pcsc).events()
    next(events)
    assert len(pcsc.contexts) == 1
    events.close()
    assert pcsc.contexts == []


def test_stop_gives_up_on_a_daemon_that_hangs(
    pcsc: ScriptedPcsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stops the monitor must not hang with it."""
    monkeypatch.setattr("terminal.readers.monitor._STOP_TRIES", 5)
    go = pcsc.hang_next(WAIT)
    entered = threading.Event()
    pcsc.before = lambda call: call == WAIT and entered.set()
    monitor, thread, _ = running(pcsc)
    assert entered.wait(LATE)
    monitor.stop()
    assert thread.is_alive()
    pcsc.before = lambda call: None
    go.set()
    # Let go, the wait begins after all: nobody cancels it any more but ourselves.
    monitor._context.cancel()
    with pcsc.changed:
        pcsc.add_reader(C)
    thread.join(LATE)
    assert not thread.is_alive()
