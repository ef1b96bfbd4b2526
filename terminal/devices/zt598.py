"""The driver of the SZZT ZT588/ZT598 PIN pads (reference counter-devices.md §3.2).

Nothing here writes a log: what crosses the line may be a PIN or a key. The pad is told to close
its input when the line is opened and after every entry, however that ended.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from apdu.errors import EncodingError
from apdu.pin_block import ACCOUNT_DIGITS, BlockForm
from apdu.secret import Secret
from apdu.zt598 import (
    ASK_INFO,
    ASK_INSTALLED,
    ASK_STATUS,
    Act,
    BlockFormat,
    ClearKey,
    Control,
    GetPinBlock,
    GetSm4Block,
    KeyByte,
    Setting,
    StartCipherEntry,
)
from apdu.zt598_fields import Command
from apdu.zt598_frames import Frame, Key, Noise
from apdu.zt598_keys import (
    KeyType,
    LoadPlainKey,
    LoadWrappedKey,
    Sm4MasterKey,
    Sm4WorkKey,
)
from apdu.zt598_replies import (
    BATTERY_LOW,
    ENTRY_TIMEOUT,
    LEAST_HEX_CHECK,
    TAMPERED,
    BlockReply,
    Info,
    InfoFlag,
    decode_check_value,
)
from apdu.zt598_switches import (
    NO_UID,
    PUBLIC_UID,
    CheckValue,
    Control3,
    Model,
    Switches,
    SwitchWrong,
    switches_of,
)
from terminal import config
from terminal.devices.pin_pad import Ends, Health, KeyKind, KeyUse, PadInfo, PinPad, Progress
from terminal.devices.serial_line import Device, Line, SerialLine
from terminal.devices.zt598_commands import PadCommands, refusal, refused
from terminal.devices.zt598_entry import Entry
from terminal.devices.zt598_link import PATIENCE, PadLink
from terminal.errors import (
    ClearEntryForbidden,
    ConfigWrong,
    FileTrouble,
    GuitaiError,
    PinCancelled,
    PinPadGarbled,
    PinPadGone,
    PinPadMissing,
    PinPadRefused,
    PinPadSilent,
    PinTimedOut,
)
from terminal.private_files import read_private
from terminal.service_pin import LEAST_DIGITS, MOST_DIGITS, ServicePin
from terminal.texts import Text

PAD = Device(lambda port, detail: PinPadMissing(port=port, detail=detail), PinPadGone)
"""What a serial line says of a pad."""
_ZERO_SLOT = 0x00
"""The slot of the all-zero key, under which the UID is proved before a first key is loaded."""
_MOST_SECONDS = 255
_FILLER = 0xFF
_LISTEN_SECONDS = 0.1
"""How soon a running entry notices that it is cancelled."""
_USES = {KeyUse.PIN: KeyType.PIN, KeyUse.MAC: KeyType.MAC, KeyUse.DATA: KeyType.DATA}


class Zt598:
    """Drive a pad of the family; see the port, :class:`terminal.devices.pin_pad.PinPad`.

    ``open_line`` makes an open line and is called again after the pad went. ``clear_key`` is what
    CLEAR does in an entry. The pad's own time-out and ours are the same ``seconds``; whichever
    is first ends the entry.
    """

    has_display = False
    """The family has no public command for one, so the pad beeps where others show a text."""

    def __init__(
        self,
        open_line: Callable[[], Line],
        model: Model,
        switches: Switches,
        *,
        clear_entry: bool,
        seconds: float,
        clear_key: ClearKey = ClearKey.ALL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._close_input = Control(Setting.ACT, Act.CLOSE_INPUT).encode(switches)
        self._link = PadLink(open_line, self._close_input, clock, switches.speed, PATIENCE[model])
        self._commands = PadCommands(self._link, switches)
        self._model = model
        self._switches = switches
        self._clear_entry = clear_entry
        self._seconds = seconds
        self._clear_key = clear_key
        self._clock = clock
        self._cancelled = threading.Event()
        self._lock = threading.RLock()

    # --- The pad itself -----------------------------------------------------------------------

    def info(self) -> PadInfo:
        """Ask which pad it is (command ``3``)."""
        with self._lock:
            info = _info(self._commands.send(ASK_INFO))
        return PadInfo(info.model, info.hardware, info.firmware, info.date, info.serial)

    def self_test(self) -> Health:
        """Ask how it is; status and installation are questions to a ZT598 only."""
        questions = [ASK_INFO]
        if self._model is Model.ZT598:
            questions += [ASK_STATUS, ASK_INSTALLED]
        replies: dict[bytes, Frame] = {}
        battery_low = False
        with self._lock:
            for question in questions:
                reply = self._link.exchange(question)
                if reply.code in TAMPERED:
                    return Health(tampered=True)
                if reply.code == BATTERY_LOW:
                    battery_low = True
                elif refused(reply):
                    raise refusal(question, reply.code)
                else:
                    replies[question] = reply
        master_key = installed = None
        if ASK_INFO in replies:
            master_key = InfoFlag.NO_IMK not in _info(replies[ASK_INFO].data).flags
        if ASK_INSTALLED in replies:
            installed = replies[ASK_INSTALLED].data[2:3] != b"1"
        return Health(False, battery_low, master_key, installed)

    def reset(self) -> None:
        """End whatever it does (``5030``)."""
        with self._lock:
            self._commands.act(Act.RESET)

    def display(self, text: Text) -> bool:  # noqa: ARG002  there is nothing to show it on
        """Beep: the family has no display that a program can write to."""
        with self._lock:
            self._commands.act(Act.BEEP)
        return False

    def close(self) -> None:
        """End a running entry and give the port back."""
        self.cancel()
        with self._lock:
            self._link.close()

    # --- Keys ---------------------------------------------------------------------------------

    def load_master_key(self, slot: int, kind: KeyKind, key: Secret, check: bytes) -> None:
        """Load a master key in clear (``1``, ``b`` for SM4)."""
        _check_size(kind, len(key))
        command: Command
        if kind is KeyKind.SM4:
            command = Sm4MasterKey(slot, key.reveal())
            self._load(command, None, check, CheckValue.HEX)
        else:
            command = LoadPlainKey(slot, KeyType.TMK, key.reveal())
            self._load(command, _ZERO_SLOT, check, self._switches.check_value)

    def load_work_key(
        self, slot: int, under: int, use: KeyUse, kind: KeyKind, wrapped: bytes, check: bytes
    ) -> None:
        """Load a key encrypted under a master key (``2``, ``c`` for SM4, which knows no use)."""
        if slot == under:
            raise ValueError("a work key in its own master's slot would overwrite it")
        _check_size(kind, len(wrapped))
        command: Command
        if kind is KeyKind.SM4:
            command = Sm4WorkKey(under, slot, wrapped)
            self._load(command, None, check, CheckValue.HEX)
        else:
            command = LoadWrappedKey(under, slot, _USES[use], wrapped)
            self._load(command, under, check, self._switches.check_value)

    def _load(
        self, command: Command, proved_under: int | None, check: bytes, form: CheckValue
    ) -> None:
        """Load a key and compare as many bytes of its check value as the pad gives (§3.2.2)."""
        if len(check) < LEAST_HEX_CHECK:
            raise ValueError(f"a check value has {LEAST_HEX_CHECK} bytes or more")
        body = command.encode(self._switches)
        with self._lock:
            data = self._commands.send(body, proved_under)
        try:
            found = decode_check_value(data, form)
        except EncodingError as error:
            raise PinPadGarbled(detail=str(error)) from error
        compared = min(len(found), len(check))
        if found[:compared] != check[:compared]:
            raise PinPadRefused(
                step=chr(body[0]),
                meaning=Text("装入的密钥校验值不符", "the check value of the loaded key differs"),
                error=f"KCV {found.hex().upper()}",
            )

    # --- Entries ------------------------------------------------------------------------------

    def enter_service_pin(
        self, least: int, most: int, progress: Progress, *, ends: Ends = Ends.ENTER
    ) -> ServicePin:
        """Take a service PIN in clear (``5033``), where the outlet allows it (§3.0)."""
        if not self._clear_entry:
            raise ClearEntryForbidden
        _check_limits(least, most)
        entry = Entry(least, most, progress, clear=True, ends=ends, clear_key=self._clear_key)
        with self._lock, entry:
            with self._input_closed_after():
                self._prepare_entry(least, most)
                self._commands.act(Act.OPEN_PLAIN)
                progress(0)
                self._collect(entry)
            return ServicePin(entry.digits)

    def enter_pin_block(
        self,
        slot: int,
        form: BlockForm,
        account: bytes,
        least: int,
        most: int,
        progress: Progress,
        *,
        ends: Ends = Ends.ENTER,
    ) -> bytes:
        """Take a PIN that leaves the pad as a block (``6``, then ``7``, ``o`` for SM4).

        Nothing in Guitai asks for a bank PIN: this is what the device can do, for the bank's own
        software.
        """
        _check_limits(least, most)
        if len(account) != ACCOUNT_DIGITS or not account.isdigit():
            raise ValueError(f"the account's part has {ACCOUNT_DIGITS} digits")
        entry = Entry(least, most, progress, clear=False, ends=ends, clear_key=self._clear_key)
        start = StartCipherEntry(self._clear_key, slot, BlockFormat.ISO_0, most, account)
        with self._lock, entry, self._input_closed_after():
            self._prepare_entry(least, most)
            if self._switches.control_3 is Control3.MASK:
                self._commands.control(Control(Setting.MASK_OR_FILL, KeyByte.MASK))
            self._commands.send(start.encode(self._switches))
            progress(0)
            self._collect(entry)
            return self._block(slot, form, account)

    def cancel(self) -> None:
        """End a running entry from another thread."""
        self._cancelled.set()

    def _prepare_entry(self, least: int, most: int) -> None:
        """Set time-out, limits and sound; what CLEAR does is a ZT598's setting only (§3.2.2)."""
        self._cancelled.clear()
        if self._model is Model.ZT598:
            self._commands.control(Control(Setting.CLEAR, self._clear_key))
        seconds = min(math.ceil(self._seconds), _MOST_SECONDS)
        self._commands.control(Control(Setting.SECONDS, seconds))
        self._commands.control(Control.limit(Setting.LEAST, least, self._switches))
        self._commands.control(Control.limit(Setting.MOST, most, self._switches))
        self._commands.act(Act.SOUND_ON)

    @contextlib.contextmanager
    def _input_closed_after(self) -> Iterator[None]:
        """Have the pad take no keys afterwards; an error on the way is told before one of that."""
        try:
            yield
        except PinPadSilent:
            # Asking again and again would keep the holder waiting as long once more.
            with contextlib.suppress(GuitaiError):
                self._link.tell(self._close_input)
            raise
        except BaseException:
            with contextlib.suppress(GuitaiError):
                self._commands.act(Act.CLOSE_INPUT)
            raise
        self._commands.act(Act.CLOSE_INPUT)

    def _collect(self, entry: Entry) -> None:
        """Take keys until the entry is complete, cancelled or out of time."""
        until = self._clock() + self._seconds
        while True:
            if self._cancelled.is_set():
                raise PinCancelled
            left = until - self._clock()
            if left <= 0:
                raise PinTimedOut
            for event in self._link.listen(min(left, _LISTEN_SECONDS)):
                if isinstance(event, Key):
                    if entry.press(event.byte):
                        return
                elif isinstance(event, Noise):
                    raise PinPadGarbled(detail=Text("按键之间有乱码", "noise between the keys"))
                elif event.code == ENTRY_TIMEOUT:
                    raise PinTimedOut
                elif refused(event):
                    raise refusal(b"", event.code)

    def _block(self, slot: int, form: BlockForm, account: bytes) -> bytes:
        """Fetch the block; the pad keeps it until its input is closed, so this may be repeated."""
        if self._switches.control_3 is Control3.FILL:
            self._commands.control(Control(Setting.MASK_OR_FILL, _FILLER))
        if form is BlockForm.SM4:
            data = self._commands.send(GetSm4Block(slot, account).encode(self._switches))
        else:
            command = GetPinBlock(slot, BlockFormat.ISO_0, account)
            data = self._commands.send(command.encode(self._switches), slot)
        try:
            block = BlockReply.decode(data).block
        except EncodingError as error:
            raise PinPadGarbled(detail=str(error)) from error
        if len(block) != form.value:
            raise PinPadGarbled(detail=f"a PIN block of {len(block)} bytes")
        return block


def open_pin_pad(settings: config.PinPad, source: str = "") -> PinPad:
    """Give the pad of a configuration from ``source``; the port is opened when first needed.

    A value of the switch ``uid`` that is no word is a file the UID stands in, in hex: it is a
    secret, and the configuration is shown. Raises ConfigWrong and FileTrouble.
    """
    overrides = dict(settings.switches)
    if overrides.get("uid", NO_UID) not in (NO_UID, PUBLIC_UID):
        overrides["uid"] = _first_line(Path(overrides["uid"]))
    try:
        switches = switches_of(settings.model, overrides)
    except SwitchWrong as wrong:
        raise ConfigWrong(
            path=source,
            detail=Text(f"[pin_pad.switches] {wrong.zh}", f"[pin_pad.switches] {wrong}"),
        ) from None
    return Zt598(
        lambda: SerialLine(settings.port, switches.speed, PAD),
        Model(settings.model),
        switches,
        clear_entry=settings.clear_entry,
        seconds=settings.timeout_seconds,
    )


def _first_line(path: Path) -> str:
    try:
        return read_private(path).decode("ascii").strip()
    except UnicodeDecodeError:
        detail = Text("里面不是十六进制", "it does not hold hex")
        raise FileTrouble(path=path, detail=detail) from None


def _info(data: bytes) -> Info:
    try:
        return Info.decode(data)
    except EncodingError as error:
        raise PinPadGarbled(detail=str(error)) from error


def _check_size(kind: KeyKind, size: int) -> None:
    if size != kind.size:
        raise ValueError(f"a key of this kind has {kind.size} bytes, this one {size}")


def _check_limits(least: int, most: int) -> None:
    if not LEAST_DIGITS <= least <= most <= MOST_DIGITS:
        raise ValueError(f"a PIN has {LEAST_DIGITS} to {MOST_DIGITS} digits")
