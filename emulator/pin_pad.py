"""A PIN pad 密码键盘 of the SZZT ZT588/ZT598 family in software.

Reference counter-devices.md §3.2, outline in §3.2.8. Bytes go in by :meth:`SoftwarePinPad.feed` and
out by :meth:`SoftwarePinPad.take`; emulator/on_pty.py puts both on a pseudo-terminal.
Somebody's fingers are a script: each entry that is opened is given the next key presses. What
the reference leaves open is our own choice and said where it is made.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from apdu.zt598 import KeyByte
from apdu.zt598_fields import Letter
from apdu.zt598_frames import Frame, FrameReader, frame
from apdu.zt598_switches import Model, Switches, switches_of
from emulator import pin_pad_faults as faults
from emulator.pin_pad_entry import Keypad, Mode, shown
from emulator.pin_pad_firmware import Firmware
from emulator.pin_pad_keys import KeyStore
from emulator.randomness import Randomness

Press = str | bytes | int


class SoftwarePinPad:
    """Be a pad. ``script`` holds the key presses of each entry that will be opened, in turn.

    ``switches`` are those of the model unless others are given. ``log`` is told of commands by
    their letter and of keys, digits as the mask byte. ``on_output`` is told when there is
    something to take. All methods may be called from any thread.
    """

    def __init__(
        self,
        model: str = "zt598",
        *,
        switches: Switches | None = None,
        script: Iterable[bytes] = (),
        clock: Callable[[], float] = time.monotonic,
        randomness: Randomness | None = None,
        log: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.firmware = Firmware(
            Model(model),
            switches or switches_of(model, {}),
            clock,
            randomness or Randomness(),
            beep=lambda: log("beep"),
        )
        self.received: list[bytes] = []
        """The bodies of the commands that were heard."""
        self.on_output: Callable[[], None] = lambda: None
        self._faults = faults.Faults()
        self._script = iter(script)
        self._clock = clock
        self._log = log
        self._reader = FrameReader()
        self._output: deque[bytes] = deque()
        self._lock = threading.RLock()

    @property
    def keypad(self) -> Keypad:
        """Give the keypad inside."""
        return self.firmware.keypad

    @property
    def keys(self) -> KeyStore:
        """Give the keys inside."""
        return self.firmware.keys

    # --- The line -----------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Take bytes from the terminal; what is no whole frame is not heard."""
        with self._lock:
            for event in self._reader.feed(data):
                if isinstance(event, Frame):
                    self._hear(event.body)

    def take(self) -> bytes:
        """Give the next piece that leaves; nothing where there is none, and for a pause."""
        with self._lock:
            self.tick()
            return self._output.popleft() if self._output else b""

    def tick(self) -> None:
        """Notice that an entry has taken too long."""
        with self._lock:
            if self.keypad.overdue(self._clock()):
                self.hold_key()

    # --- Fingers ------------------------------------------------------------------------------

    def press(self, *keys: Press) -> None:
        """Press keys: digits as text, others as KeyByte, several as bytes."""
        with self._lock:
            for key in _each(keys):
                self.tick()
                if key == KeyByte.HELD:
                    self.hold_key()
                    continue
                self._log(f"key {shown(key)}")
                self._send(self.keypad.press(key))

    def cancel(self) -> None:
        """Press CANCEL."""
        self.press(KeyByte.CANCEL)

    def hold_key(self) -> None:
        """Hold a key too long, which ends the entry as its time-out does."""
        with self._lock:
            if self.keypad.mode is not Mode.CLOSED:
                self.keypad.close()
                self._log(f"key {KeyByte.HELD.name}")
                self._send(bytes((KeyByte.HELD,)))

    # --- Faults -------------------------------------------------------------------------------

    def silence(self, times: int = 1) -> None:
        """Do not hear the next commands."""
        self._faults.deaf += times

    def drop_reply(self, times: int = 1) -> None:
        """Carry out the next commands and lose the replies."""
        self._faults.add(faults.drop, times)

    def corrupt_lrc(self, times: int = 1) -> None:
        """Send the next replies with a wrong LRC."""
        self._faults.add(faults.corrupt, times)

    def split_reply(self, at: int, *, late: bool = False) -> None:
        """Send the next reply in two pieces, with a pause between where ``late``."""
        self._faults.add(faults.split(at, late=late))

    def half_frame(self, at: int = 3) -> None:
        """Send the first bytes of the next reply only."""
        self._faults.add(faults.cut(at))

    def wrong_length(self, by: int = 1) -> None:
        """Send the next reply with another length than it has."""
        self._faults.add(faults.miscount(by))

    def noise(self, data: bytes = b"AT\r") -> None:
        """Send something that is nothing."""
        with self._lock:
            self._send(data)

    def refuse(self, code: int, times: int = 1) -> None:
        """Answer the next commands with an error."""
        self._faults.refusals.extend([code] * times)

    def tamper(self) -> None:
        """Open the case: keys and entry are gone, and every command is refused."""
        with self._lock:
            self.firmware.tampered = True
            self.keypad.close()
            self.keys.wipe()

    def drain_battery(self) -> None:
        """Let the battery run low: the status says so, the rest goes on (our own choice)."""
        self.firmware.battery_low = True

    # --- Inside -------------------------------------------------------------------------------

    def _hear(self, body: bytes) -> None:
        if self._faults.deaf:
            self._faults.deaf -= 1
            return
        self.tick()
        self.received.append(body)
        before = self.keypad.entries
        code, data = self._faults.refused() or self.firmware.answer(body)
        shown_body = body if body[0] == Letter.CONTROL else body[:1]
        self._log(f"{shown_body.decode('ascii', 'replace')} -> {code:02X}")
        for piece in self._faults.shaped(frame(bytes((code,)) + data)):
            self._output.append(piece)
        self.on_output()
        if self.keypad.entries > before:
            self.press(next(self._script, b""))

    def _send(self, data: bytes) -> None:
        if data:
            self._output.append(data)
            self.on_output()


def _each(keys: tuple[Press, ...]) -> Iterator[int]:
    for key in keys:
        if isinstance(key, int):
            yield key
        else:
            yield from key.encode("ascii") if isinstance(key, str) else key
