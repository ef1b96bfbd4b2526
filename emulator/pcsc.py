"""A PC/SC in process: readers, cards and other programs as a test wants them.

`ScriptedPcsc` is to the resource manager what a scripted card is to a card. It behaves like
pcsc-lite 1.9.9 where programs trip over it: event counters in the high word, the pseudo-reader
for arrivals that knows only of those that come while one waits, no more than 16 names in a wait,
connects that wait for somebody's transaction, resets that others notice, the three signs of a
torn card. What no reader does on demand can be scripted: a result code, a call that hangs, a
service that goes and comes back.

It has the calls of a small port over PC/SC (contexts, handles) and raises the failures of that
port's owner: `failure` makes one of a call's name and its result code.

    pcsc = ScriptedPcsc("Reader 00 00", failure=PcscFailure)
    pcsc.insert("Reader 00 00", card)
    pcsc.fail_next("SCardConnect", 0x8010000B)

"Another program" is simply another context: ``pcsc.establish().connect(name, EXCLUSIVE)``.
All methods may be called from any thread.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, ClassVar, Protocol, TypeVar

from apdu.atr import Atr
from apdu.errors import EncodingError
from emulator.card import InsertedCard, Removed
from emulator.keypad import ScriptedKeypad
from emulator.memory import PowerCut

PNP = "\\\\?PnP?\\Notification"
MOST_STATES = 16
EXCLUSIVE, SHARED, DIRECT = 1, 2, 3
LEAVE, RESET, UNPOWER = 0, 1, 2

_CHANGED, _UNKNOWN, _UNAVAILABLE, _EMPTY = 0x02, 0x04, 0x08, 0x10
_PRESENT, _EXCLUSIVE, _IN_USE, _MUTE = 0x20, 0x80, 0x100, 0x200

_CANCELLED, _INVALID_HANDLE, _INVALID_PARAMETER = 0x80100002, 0x80100003, 0x80100004
_UNKNOWN_READER, _TIMEOUT, _SHARING = 0x80100009, 0x8010000A, 0x8010000B
_NO_CARD, _COMM_ERROR, _NOT_TRANSACTED = 0x8010000C, 0x80100013, 0x80100016
_UNAVAILABLE_READER, _NO_SERVICE, _UNSUPPORTED = 0x80100017, 0x8010001D, 0x8010001F
_UNPOWERED, _WAS_RESET, _WAS_REMOVED = 0x80100067, 0x80100068, 0x80100069


class Status(Protocol):
    """Be a dataclass with what is known of a reader: its name, state word and ATR."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def name(self) -> str:
        """Give the reader's name."""
        ...

    @property
    def word(self) -> int:
        """Give the state, with the event counter in the high half."""
        ...


S = TypeVar("S", bound=Status)


class _Reader:
    """A reader as the daemon keeps it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.card: InsertedCard | None = None
        self.keypad: ScriptedKeypad | None = None
        self.counter = 0
        self.broken = False
        self.handles: list[ScriptedHandle] = []
        self.lock: ScriptedHandle | None = None

    @property
    def word(self) -> int:
        if self.broken:
            return _UNAVAILABLE
        word = self.counter << 16
        if self.card is None:
            return word | _EMPTY
        word |= _PRESENT | (0 if self.card.atr else _MUTE)
        if any(each.exclusive for each in self.handles):
            return word | _EXCLUSIVE
        return word | (_IN_USE if self.handles else 0)

    def tell(self, result: int, *, but: ScriptedHandle | None = None) -> None:
        """Let every connection find out at its next call."""
        for each in self.handles:
            if each is not but:
                each.event = result


class ScriptedPcsc:
    """Be a resource manager with these readers, all empty.

    `before` is called with each call's name before it does anything, outside of all locks: the
    place to let something happen between two calls. `idle` is called where a wait would block;
    True says that something happened and the wait looks again, False that its time is out.
    `calls` counts the calls by name.
    """

    def __init__(self, *readers: str, failure: Callable[[str, int], Exception]) -> None:
        self.failure = failure
        self.calls: defaultdict[str, int] = defaultdict(int)
        self.before: Callable[[str], object] = lambda _: None
        self.idle: Callable[[], bool] | None = None
        self.changed = threading.Condition(threading.RLock())
        self.alive = True
        self.readers: dict[str, _Reader] = {name: _Reader(name) for name in readers}
        self.contexts: list[ScriptedContext] = []
        self._failures: defaultdict[str, deque[int]] = defaultdict(deque)
        self._hanging: defaultdict[str, deque[threading.Event]] = defaultdict(deque)

    # --- What a test does to it ------------------------------------------------------------

    def add_reader(self, name: str) -> None:
        """Plug a reader in; its counter begins at 0."""
        with self.changed:
            self.readers[name] = _Reader(name)
            self.changed.notify_all()

    def remove_reader(self, name: str) -> None:
        """Unplug a reader with what is in it."""
        with self.changed:
            reader = self.readers.pop(name)
            reader.tell(_UNAVAILABLE_READER)
            reader.lock = None
            if reader.card is not None:
                reader.card.power_off()
            self.changed.notify_all()

    def insert(self, name: str, card: InsertedCard) -> None:
        """Put a card in; one with an empty ATR is mute."""
        with self.changed:
            self.readers[name].card = card
            card.power_on()
            self._count(name)

    def remove(self, name: str) -> None:
        """Take the card out."""
        with self.changed:
            reader = self.readers[name]
            if reader.card is None:
                raise ValueError(f"no card in {name}")
            reader.card.power_off()
            reader.card = None
            reader.tell(_WAS_REMOVED)
            self._count(name)

    def fit_keypad(self, name: str, keypad: ScriptedKeypad) -> None:
        """Give a reader a keypad of its own."""
        with self.changed:
            self.readers[name].keypad = keypad

    def reset(self, name: str) -> None:
        """Reset the card as another program would, whoever has a transaction."""
        with self.changed:
            reader = self.readers[name]
            if reader.card is not None:
                reader.card.reset()
            reader.tell(_WAS_RESET)

    def break_reader(self, name: str, *, broken: bool = True) -> None:
        """Let a reader be listed and not work, or work again."""
        with self.changed:
            self.readers[name].broken = broken
            self.changed.notify_all()

    def set_counter(self, name: str, value: int) -> None:
        """Set a reader's event counter without a word to anybody."""
        with self.changed:
            self.readers[name].counter = value & 0xFFFF

    def lose_service(self) -> None:
        """Let the daemon crash: waits break off, contexts are dead for good."""
        with self.changed:
            self.alive = False
            for context in self.contexts:
                context.dead = True
            for reader in self.readers.values():
                reader.handles, reader.lock, reader.counter = [], None, 0
            self.contexts = []
            self.changed.notify_all()

    def bring_service_back(self) -> None:
        """Start the daemon again; it finds the readers and cards that are there."""
        with self.changed:
            self.alive = True
            self.changed.notify_all()

    def fail_next(self, call: str, *results: int) -> None:
        """Let the next calls of this name fail with these codes; 0 lets one succeed."""
        self._failures[call].extend(results)

    def hang_next(self, call: str) -> threading.Event:
        """Let the next call of this name hang until the event is set that is given back."""
        event = threading.Event()
        self._hanging[call].append(event)
        return event

    # --- What it does itself ---------------------------------------------------------------

    def establish(self) -> ScriptedContext:
        """Make a context."""
        self.enter("SCardEstablishContext")
        with self.changed:
            if not self.alive:
                raise self.failure("SCardEstablishContext", _NO_SERVICE)
            context = ScriptedContext(self)
            self.contexts.append(context)
            return context

    def enter(self, call: str) -> None:
        """Begin a call: count it, then do what was scripted for it."""
        self.before(call)
        self.calls[call] += 1
        if self._hanging[call]:
            self._hanging[call].popleft().wait()
        if self._failures[call] and (result := self._failures[call].popleft()):
            raise self.failure(call, result)

    def _count(self, name: str) -> None:
        reader = self.readers[name]
        reader.counter = (reader.counter + 1) & 0xFFFF
        self.changed.notify_all()


class ScriptedContext:
    """A program's context."""

    def __init__(self, pcsc: ScriptedPcsc) -> None:
        self._pcsc = pcsc
        self.dead = False
        self._waiting = False
        self._cancelled = False

    def readers(self) -> list[str]:
        """List reader names."""
        self._enter("SCardListReaders")
        return list(self._pcsc.readers)

    def wait(self, known: list[S], milliseconds: int) -> list[S]:
        """Wait until a state differs from what is known; the states now."""
        call = "SCardGetStatusChange"
        self._enter(call)
        pcsc = self._pcsc
        with pcsc.changed:
            if len(known) > MOST_STATES:
                raise pcsc.failure(call, _INVALID_PARAMETER)
            if any(each.name not in pcsc.readers and each.name != PNP for each in known):
                raise pcsc.failure(call, _UNKNOWN_READER)
            count = len(pcsc.readers)
            self._waiting, self._cancelled = True, False
            try:
                while True:
                    now = [self._now(each, count) for each in known]
                    if any(each.word & _CHANGED for each in now):
                        return now
                    again = self._block(milliseconds / 1000)
                    if self.dead or self._cancelled or not again:
                        result = _CANCELLED if self._cancelled else _TIMEOUT
                        raise pcsc.failure(call, _COMM_ERROR if self.dead else result)
            finally:
                self._waiting = False

    def connect(self, reader: str, share: int) -> ScriptedHandle:
        """Connect; waits for the end of another program's transaction, as pcscd does."""
        call = "SCardConnect"
        self._enter(call)
        pcsc = self._pcsc
        with pcsc.changed:
            found = pcsc.readers.get(reader)
            if found is None:
                raise pcsc.failure(call, _UNKNOWN_READER)
            alone = not found.handles or share != EXCLUSIVE
            if any(each.exclusive for each in found.handles) or not alone:
                raise pcsc.failure(call, _SHARING)
            pcsc.changed.wait_for(lambda: found.lock is None)
            if found.broken or share != DIRECT:
                self._check_card(found)
            handle = ScriptedHandle(pcsc, self, found, exclusive=share == EXCLUSIVE)
            found.handles.append(handle)
            pcsc.changed.notify_all()
            return handle

    def cancel(self) -> None:
        """Wake a blocked wait; one that begins later is not concerned."""
        with self._pcsc.changed:
            self._cancelled = self._waiting
            self._pcsc.changed.notify_all()

    def release(self) -> None:
        """Give the context back, with its connections."""
        with self._pcsc.changed:
            self.dead = True
            if self in self._pcsc.contexts:
                self._pcsc.contexts.remove(self)
            for reader in self._pcsc.readers.values():
                for handle in [each for each in reader.handles if each.context is self]:
                    handle.drop()

    def _enter(self, call: str) -> None:
        self._pcsc.enter(call)
        if self.dead:
            raise self._pcsc.failure(call, _NO_SERVICE)

    def _now(self, known: S, count: int) -> S:
        """Give a reader's state now, marked where it differs from what is known."""
        reader = self._pcsc.readers.get(known.name)
        if known.name == PNP:
            word, differs = 0, len(self._pcsc.readers) != count
        elif reader is None:
            word, differs = _UNKNOWN | _UNAVAILABLE, True
        else:
            word = reader.word
            counted = known.word >> 16 != 0 and known.word >> 16 != word >> 16
            differs = known.word & 0xFFFF != word & 0xFFFF or counted
        atr = reader.card.atr if reader is not None and reader.card is not None else b""
        return dataclasses.replace(known, word=word | _CHANGED * differs, atr=atr)

    def _block(self, seconds: float) -> bool:
        if self._pcsc.idle is not None:
            return self._pcsc.idle()
        return self._pcsc.changed.wait(seconds)

    def _check_card(self, reader: _Reader) -> None:
        if reader.broken:
            raise self._pcsc.failure("SCardConnect", _UNAVAILABLE_READER)
        if reader.card is None:
            raise self._pcsc.failure("SCardConnect", _NO_CARD)
        if not reader.card.atr:
            raise self._pcsc.failure("SCardConnect", _UNPOWERED)


class ScriptedHandle:
    """A program's connection to a reader."""

    def __init__(
        self, pcsc: ScriptedPcsc, context: ScriptedContext, reader: _Reader, *, exclusive: bool
    ) -> None:
        self._pcsc = pcsc
        self.context = context
        self._reader = reader
        self.exclusive = exclusive
        self.event = 0
        self.protocol = _protocol(reader.card.atr) if reader.card is not None else "direct"

    @property
    def atr(self) -> bytes:
        """Give the card's answer to reset."""
        self._enter("SCardStatus")
        return b"" if self._reader.card is None else self._reader.card.atr

    def transmit(self, command: bytes) -> bytes:
        """Exchange a command for its answer; the card works outside of all locks."""
        call = "SCardTransmit"
        self._enter(call)
        try:
            return self._exchange(call, command)
        except (Removed, PowerCut):
            with self._pcsc.changed:
                self._pcsc.remove(self._reader.name)
                # Success without an answer now, this at the next call, "removed" from then on.
                self.event = _NOT_TRANSACTED
            return b""

    def _exchange(self, call: str, command: bytes) -> bytes:
        card, holder = self._reader.card, self._reader.lock
        if holder not in {None, self}:
            raise self._pcsc.failure(call, _SHARING)
        if card is None:
            raise self._pcsc.failure(call, _NO_CARD)
        return card.transmit(command)

    def begin(self) -> None:
        """Begin a transaction; waits while another program has one."""
        call = "SCardBeginTransaction"
        self._enter(call)
        with self._pcsc.changed:
            self._pcsc.changed.wait_for(lambda: self._reader.lock in {None, self} or self.event)
            self._check(call)
            self._reader.lock = self

    def end(self, disposition: int) -> None:
        """End the transaction."""
        self._enter("SCardEndTransaction")
        with self._pcsc.changed:
            if self._reader.lock is not self:
                raise self._pcsc.failure("SCardEndTransaction", _NOT_TRANSACTED)
            self._dispose(disposition)
            self._reader.lock = None
            self._pcsc.changed.notify_all()

    def control(self, code: int, data: bytes) -> bytes:
        """Talk to the reader itself, which has nothing to say unless it has a keypad."""
        call = "SCardControl"
        self._enter(call)
        keypad = self._reader.keypad
        answer = None
        try:
            if keypad is not None:
                answer = keypad.control(code, data, lambda apdu: self._exchange(call, apdu))
        except (Removed, PowerCut):
            # A driver that lost the card in the middle has no other word for it.
            self._pcsc.remove(self._reader.name)
            raise self._pcsc.failure(call, _NOT_TRANSACTED) from None
        if answer is None:
            raise self._pcsc.failure(call, _UNSUPPORTED)
        return answer

    def disconnect(self, disposition: int) -> None:
        """End the connection; one that does more than leave waits for others' transactions."""
        self._pcsc.enter("SCardDisconnect")
        with self._pcsc.changed:
            if self not in self._reader.handles:
                raise self._pcsc.failure("SCardDisconnect", _INVALID_HANDLE)
            if disposition != LEAVE:
                self._pcsc.changed.wait_for(lambda: self._reader.lock in {None, self})
            self._dispose(disposition)
            self.drop()

    def drop(self) -> None:
        """Forget the connection; the condition's lock is held."""
        self._reader.handles.remove(self)
        if self._reader.lock is self:
            self._reader.lock = None
        self._pcsc.changed.notify_all()

    def _enter(self, call: str) -> None:
        self._pcsc.enter(call)
        self._check(call)

    def _check(self, call: str) -> None:
        if self.context.dead:
            raise self._pcsc.failure(call, _NO_SERVICE)
        if self.event:
            result = self.event
            if result == _NOT_TRANSACTED:
                self.event = _WAS_REMOVED
            raise self._pcsc.failure(call, result)

    def _dispose(self, disposition: int) -> None:
        card = self._reader.card
        if card is not None and disposition != LEAVE:
            (card.reset if disposition == RESET else card.power_off)()
            self._reader.tell(_WAS_RESET, but=self)


def _protocol(atr: bytes) -> str:
    """Choose as pcscd does: T=1 where it is offered."""
    try:
        return f"T={max(set(Atr.decode(atr).protocols) & {0, 1}, default=0)}"
    except EncodingError:
        return "T=0"
