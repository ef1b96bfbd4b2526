"""Events of any story: whatever happens whenever, they tell how it ended."""

import itertools
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stories import LIST, WAIT, A, B, C, Chip, Story, replay

from emulator.pcsc import ScriptedPcsc
from terminal.readers.monitor import (
    CardInserted,
    CardRemoved,
    Event,
    ReaderMonitor,
)
from terminal.readers.port import PNP, PcscFailure, ReaderStatus

NAMES = (A, B, C)
ACTIONS = st.one_of(
    st.tuples(st.sampled_from(["tap", "tap", "tap", "plug"]), st.sampled_from(NAMES)),
    st.tuples(st.sampled_from(["service"]), st.just("")),
)
MOMENTS = st.sampled_from([LIST, WAIT, "idle", "idle"])


class Life:
    """Readers, cards and the service as they are, and what the daemon counted."""

    def __init__(self, pcsc: ScriptedPcsc) -> None:
        self.pcsc = pcsc
        self.counted: Counter[str] = Counter()

    def act(self, kind: str, name: str) -> None:
        pcsc = self.pcsc
        if kind == "service":
            (pcsc.lose_service if pcsc.alive else pcsc.bring_service_back)()
        elif kind == "plug":
            (pcsc.remove_reader if name in pcsc.readers else pcsc.add_reader)(name)
        elif name in pcsc.readers:
            self.counted[name] += 1
            if pcsc.readers[name].card is None:
                pcsc.insert(name, Chip())
            else:
                pcsc.remove(name)

    @property
    def state(self) -> dict[str, bool]:
        return {name: each.card is not None for name, each in self.pcsc.readers.items()}


def live(life: Life, script: list[tuple[str, tuple[str, str]]]) -> list[Event]:
    """Let a monitor watch while the script goes on at the moments it names."""
    pending = list(script)
    pcsc = life.pcsc
    rests = itertools.count()

    def at(moment: str) -> None:
        while pending and pending[0][0] == moment:
            life.act(*pending.pop(0)[1])

    def idle() -> bool:
        if pending:
            life.act(*pending.pop(0)[1])
            return True
        monitor._stopped = next(rests) >= 2
        return False

    def pause(_: float) -> None:
        if pending:
            life.act(*pending.pop(0)[1])
        elif not pcsc.alive:
            pcsc.bring_service_back()

    pcsc.before = at
    pcsc.idle = idle
    monitor = ReaderMonitor(pcsc, pause=pause)
    return list(monitor.events())


@given(st.lists(st.tuples(MOMENTS, ACTIONS), max_size=30), st.integers(0, 65_535))
def test_any_story_replays_to_how_it_ended(
    script: list[tuple[str, tuple[str, str]]], counter: int
) -> None:
    """Whatever happens while one looks, lists or waits: what was told is what is."""
    life = Life(ScriptedPcsc(A, B, failure=PcscFailure))
    for name in (A, B):
        life.pcsc.set_counter(name, counter)
    assert replay(live(life, script)) == life.state


@given(
    st.lists(st.tuples(MOMENTS, st.tuples(st.just("tap"), st.sampled_from([A, B]))), max_size=60),
    st.integers(1, 65_535),
)
def test_as_many_events_as_the_daemon_counted(
    script: list[tuple[str, tuple[str, str]]], counter: int
) -> None:
    """No change is lost and none is told twice, however many come between two looks."""
    # The first look is the beginning: what comes before it is not ours to tell.
    life = Life(ScriptedPcsc(A, B, failure=PcscFailure))
    for name in (A, B):
        life.pcsc.set_counter(name, counter)
    events = live(life, [("idle", ("none", "")), *script])
    cards = [each for each in events if isinstance(each, CardInserted | CardRemoved)]
    assert Counter(each.reader for each in cards) == +life.counted
    for name in (A, B):
        kinds = [type(each) for each in cards if each.reader == name]
        assert kinds == list(
            itertools.islice(itertools.cycle([CardInserted, CardRemoved]), len(kinds))
        )


def test_the_pseudo_reader_is_never_an_event() -> None:
    """It is asked for with the others, and is none."""
    asked: list[list[ReaderStatus]] = []
    story = Story(A)
    wait = type(story.pcsc.establish()).wait

    def spying(self, known, milliseconds) -> Iterator[ReaderStatus]:
        asked.append(known)
        return wait(self, known, milliseconds)

    story.then(lambda: story.pcsc.add_reader(B))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(story.pcsc.establish()), "wait", spying)
        events = story.events()
    assert all(known[-1].name == PNP for known in asked)
    assert {each.reader for each in events} == {A, B}
