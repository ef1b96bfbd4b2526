"""One entry at a ZT588/ZT598: what each key does to the digits there are.

Reference counter-devices.md §3.2.5. In clear entry the digits are those of the service PIN; in
cipher entry each is the byte that stands for one, and only their number means something.
"""

from __future__ import annotations

from apdu.zt598 import DIGITS, DOUBLE_ZEROS, MASKS, ClearKey, KeyByte
from terminal.devices.pin_pad import Ends, Progress
from terminal.errors import PinCancelled, PinLength, PinPadGarbled, PinTimedOut
from terminal.texts import Text

_WITHOUT_EFFECT = frozenset(
    {KeyByte.NOTHING, KeyByte.BLANK, KeyByte.DOT, *range(KeyByte.F1, KeyByte.F8 + 1)}
)


class Entry:
    """Collect digits; use it as a context manager, they are wiped at the end."""

    def __init__(
        self,
        least: int,
        most: int,
        progress: Progress,
        *,
        clear: bool,
        ends: Ends,
        clear_key: ClearKey,
    ) -> None:
        self.digits = bytearray()
        self._least = least
        self._most = most
        self._progress = progress
        self._taken = DIGITS if clear else MASKS
        self._double_zeros = DOUBLE_ZEROS if clear else frozenset()
        self._ends = ends
        self._clear_key = clear_key

    def __enter__(self) -> Entry:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._shorten(0)

    def press(self, key: int) -> bool:
        """Take a key; tell whether the entry is complete.

        Raises PinCancelled, PinTimedOut, PinLength, and PinPadGarbled for a byte that is no key.
        """
        if key in self._taken:
            self._add(key)
        elif key in self._double_zeros:
            self._add(0x30)
            self._add(0x30)
        elif key == KeyByte.ENTER:
            if len(self.digits) < self._least:
                raise self._wrong_length()
            return True
        elif key == KeyByte.CLEAR:
            left = len(self.digits) - 1 if self._clear_key is ClearKey.BACKSPACE else 0
            self._shorten(max(left, 0))
            self._progress(len(self.digits))
        elif key == KeyByte.CANCEL:
            raise PinCancelled
        elif key == KeyByte.HELD:
            raise PinTimedOut
        elif key not in _WITHOUT_EFFECT:
            raise PinPadGarbled(detail=Text("收到不是按键的字节", "a byte that is no key"))
        return self._ends is Ends.ENTER_OR_LENGTH and len(self.digits) == self._most

    def _add(self, digit: int) -> None:
        """Add a digit; the pad keeps the limit, so one more is refused, not dropped."""
        if len(self.digits) == self._most:
            raise self._wrong_length()
        self.digits.append(digit)
        self._progress(len(self.digits))

    def _shorten(self, left: int) -> None:
        self.digits[left:] = bytes(len(self.digits) - left)
        del self.digits[left:]

    def _wrong_length(self) -> PinLength:
        return PinLength(least=self._least, most=self._most)
