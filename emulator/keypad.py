"""A reader's own keypad, as PC/SC part 10 has it, and the person in front of it.

Written from the tables alone (reference counter-devices.md §1.1–1.3; bits of the format bytes:
CCID 1.1 §6.1.11), by offsets, so that what a terminal sends is read by somebody else than who wrote
it. It knows what a service PIN needs and refuses everything else with 6B80, as strict readers do.

    keypad = ScriptedKeypad("123456")              # digits, then OK
    keypad = ScriptedKeypad("123456", "654321", "654321")   # old, new, new again
    keypad = ScriptedKeypad(Press.CANCEL)
    pcsc.fit_keypad("Reader 00 00", keypad)

The control codes are its own choice: they have to be asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

GET_FEATURES = 0x42000D48
VERIFY, MODIFY, PIN_PROPERTIES, TLV_PROPERTIES = 0x06, 0x07, 0x0A, 0x12
CODES: Mapping[int, int] = {
    VERIFY: 0x42000C31,
    MODIFY: 0x42000C17,
    PIN_PROPERTIES: 0x42000C5A,
    TLV_PROPERTIES: 0x42000C09,
}

TIMED_OUT, CANCELLED, DIFFER = b"\x64\x00", b"\x64\x01", b"\x64\x02"
WRONG_LENGTH, BAD_PARAMETER = b"\x64\x03", b"\x6b\x80"

_VERIFY_HEADER, _MODIFY_HEADER = 19, 24
_BCD_LEFT_BYTES = 0x81
_APDU_HEADER = 5


class Press(Enum):
    """Name what a person does instead of entering digits."""

    CANCEL = "cancel"
    NOTHING = "nothing"


class _Ended(Exception):
    """End the entry with the reader's own status word."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(answer.hex())
        self.answer = answer


@dataclass(frozen=True, slots=True)
class _Rules:
    """Hold how digits are asked for and written."""

    most: int
    least: int
    entered: int
    block: int

    @property
    def holds_most(self) -> bool:
        """Tell whether the longest PIN fits the block, two digits a byte."""
        return self.most <= 2 * self.block


class ScriptedKeypad:
    """Be a keypad at which these entries are made, one after another; then nobody is there.

    ``least`` and ``most`` are the digits it can take, ``lines`` those of its display. ``sets_lc``
    False makes it one that leaves Lc as it was in a template without data. ``structures`` keeps
    what it was told, ``sent`` what it sent to the card.
    """

    def __init__(
        self,
        *entries: str | Press,
        codes: Mapping[int, int] = CODES,
        least: int = 4,
        most: int = 12,
        lines: int = 2,
        sets_lc: bool = True,
    ) -> None:
        self.entries: deque[str | Press] = deque(entries)
        self.codes = codes
        self.structures: list[bytes] = []
        self.sent: list[bytes] = []
        self._least = least
        self._most = most
        self._lines = lines
        self._sets_lc = sets_lc

    def control(self, code: int, data: bytes, send: Callable[[bytes], bytes]) -> bytes | None:
        """Answer a control code, None for one it does not know; ``send`` reaches the card."""
        if code == GET_FEATURES:
            entries = self.codes.items()
            return b"".join(bytes((tag, 4)) + each.to_bytes(4, "big") for tag, each in entries)
        feature = {each: tag for tag, each in self.codes.items()}.get(code)
        if feature == PIN_PROPERTIES:
            return bytes((16 if self._lines else 0, self._lines, 0x07, 0x00))
        if feature == TLV_PROPERTIES:
            layout = bytes((1, 2, 16 if self._lines else 0, self._lines))
            return layout + bytes((2, 1, 0x07, 6, 1, self._least, 7, 1, self._most))
        if feature not in {VERIFY, MODIFY}:
            return None
        self.structures.append(data)
        try:
            apdu = self._verify(data) if feature == VERIFY else self._modify(data)
        except _Ended as ended:
            return ended.answer
        self.sent.append(apdu)
        return send(apdu)

    def _verify(self, told: bytes) -> bytes:
        """Read a PIN_VERIFY_STRUCTURE (§1.2) and let the PIN be entered."""
        _demand(len(told) > _VERIFY_HEADER)
        _demand(int.from_bytes(told[15:19], "little") == len(told) - _VERIFY_HEADER)
        _demand(told[8] in {0x00, 0x01, 0xFF})
        rules = self._rules(told, most=told[5], least=told[6], entered=told[7])
        apdu = _template(told[_VERIFY_HEADER:])
        _demand(apdu[4] == rules.block and (rules.block == 0 or rules.holds_most))
        pin = _bcd(self._entry(rules))
        if rules.block:
            _place(apdu, pin, 0)
        elif self._sets_lc:
            apdu[4:] = bytes((len(pin),)) + pin
        return bytes(apdu)

    def _modify(self, told: bytes) -> bytes:
        """Read a PIN_MODIFY_STRUCTURE (§1.3) and let the PINs be entered."""
        _demand(len(told) > _MODIFY_HEADER)
        _demand(int.from_bytes(told[20:24], "little") == len(told) - _MODIFY_HEADER)
        _demand(told[11] in {0x00, 0x01, 0x02, 0x03, 0xFF} and told[9] <= 0x03)
        rules = self._rules(told, most=told[7], least=told[8], entered=told[10])
        apdu = _template(told[_MODIFY_HEADER:])
        old_at, new_at, confirm = told[5], told[6], told[9]
        _demand(rules.holds_most and new_at + rules.block == apdu[4])
        _demand(not confirm & 0x02 or old_at + rules.block <= new_at)
        if confirm & 0x02:
            _place(apdu, _bcd(self._entry(rules)), old_at)
        new = self._entry(rules)
        if confirm & 0x01 and self._entry(rules) != new:
            raise _Ended(DIFFER)
        _place(apdu, _bcd(new), new_at)
        return bytes(apdu)

    def _rules(self, told: bytes, *, most: int, least: int, entered: int) -> _Rules:
        """Read bytes 2 to 4, which both structures have, and what differs in its place."""
        _demand(told[2] == _BCD_LEFT_BYTES)
        _demand(told[3] >> 4 == 0 and told[4] == 0)  # no length of the PIN in the command
        _demand(self._least <= least <= most <= self._most and 0x01 <= entered <= 0x07)
        return _Rules(most, least, entered, told[3] & 0x0F)

    def _entry(self, rules: _Rules) -> str:
        """Let the person enter something; raises _Ended with what the reader makes of it."""
        entry = self.entries.popleft() if self.entries else Press.NOTHING
        if entry is Press.CANCEL:
            raise _Ended(CANCELLED)
        if entry is Press.NOTHING or not isinstance(entry, str):
            raise _Ended(TIMED_OUT)
        if not rules.entered & 0x02 and not (rules.entered & 0x01 and len(entry) == rules.most):
            raise _Ended(TIMED_OUT)  # the OK key does nothing
        if not rules.least <= len(entry) <= rules.most:
            raise _Ended(WRONG_LENGTH)
        return entry


def _demand(condition: bool) -> None:
    if not condition:
        raise _Ended(BAD_PARAMETER)


def _template(command: bytes) -> bytearray:
    """Take the template: a header with Lc, and as many bytes as Lc says."""
    _demand(len(command) >= _APDU_HEADER and command[4] == len(command) - _APDU_HEADER)
    return bytearray(command)


def _bcd(digits: str) -> bytes:
    """Write digits, F behind an odd one."""
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


def _place(apdu: bytearray, pin: bytes, at: int) -> None:
    """Put a PIN into its block behind Lc; what it does not fill stays as in the template."""
    first = _APDU_HEADER + at
    apdu[first : first + len(pin)] = pin
