"""The service PIN 服务密码, a type of its own: no text, no bank PIN, and traces of it nowhere.

Reference social-security-card.md §5. It comes from a PIN source (terminal/devices) and goes to
one place, the social security environment of the card. The digits stand in one bytearray that
is wiped after use; what Python and the driver copy on the way is best effort (docs/security.md).
"""

from __future__ import annotations

import hmac
from datetime import date
from types import TracebackType
from typing import final

from card_profiles import social_security
from card_profiles.model import Application
from terminal.errors import PinLength
from terminal.texts import Text

LEAST_DIGITS = 4
MOST_DIGITS = 12
_FILLER = 0x0F
_ID_LENGTH = 18


@final
class ServicePin:
    """Hold the digits of a service PIN; use it as a context manager, it is wiped at the end.

    ``digits`` are ASCII digits; the object takes them over and wipes the bytearray it was given.
    Raises PinLength where they are not 4 to 12 digits.
    """

    __slots__ = ("_digits",)

    def __init__(self, digits: bytearray) -> None:
        self._digits = bytearray(digits)
        _wipe(digits)
        if not LEAST_DIGITS <= len(self._digits) <= MOST_DIGITS or not self._digits.isdigit():
            self.wipe()
            raise PinLength(least=LEAST_DIGITS, most=MOST_DIGITS)

    def __enter__(self) -> ServicePin:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.wipe()

    def wipe(self) -> None:
        """Overwrite the digits; afterwards there is no PIN any more."""
        _wipe(self._digits)
        self._digits = bytearray()

    def coded(self, receiver: Application) -> bytearray:
        """Write the PIN as the card wants it: BCD, an odd one padded with F (§5).

        ``receiver`` is the application it is for. There is one that may have it; any other is a
        mistake of this program, raised as ValueError. Whoever asks wipes what it gets.
        """
        if receiver.fid != social_security.FID or receiver.foreign:
            raise ValueError(f"the service PIN is not for {receiver.name}")
        if not self._digits:
            raise ValueError("this PIN was wiped")
        nibbles = [digit - 0x30 for digit in self._digits]
        if len(nibbles) % 2:
            nibbles.append(_FILLER)
        return bytearray(
            high << 4 | low for high, low in zip(nibbles[::2], nibbles[1::2], strict=True)
        )

    def same_as(self, other: ServicePin) -> bool:
        """Compare two entries in a time that does not depend on where they differ."""
        return hmac.compare_digest(self._digits, other._digits)

    def weakness(self, id_number: str | None, born: date | None) -> Text | None:
        """Say why the PIN is too easy to guess, None where it is not.

        Weak are 123456, one repeated digit, the holder's birth date and the tail of the id number;
        nothing else. A check letter X at the number's end is no digit and does not count.
        """
        digits = self._digits
        if digits == b"123456":
            return Text("123456 是人人都会先试的密码", "123456 is what everybody tries first")
        if len(set(digits)) == 1:
            return Text("密码只由一个数字重复而成", "It is one digit repeated")
        if any(bytes(digits) in _spelled(day) for day in (born, _born_by(id_number)) if day):
            return Text("密码是持卡人的出生日期", "It is the holder's birth date")
        tail = (id_number or "").rstrip("Xx").encode("ascii", "replace")
        if tail.endswith(digits):
            return Text(
                "密码是社会保障号码（身份证号）的末几位",
                "It is the tail of the social security (id) number",
            )
        return None

    def __len__(self) -> int:
        return len(self._digits)

    def __repr__(self) -> str:
        return "ServicePin(****)"

    def __reduce__(self) -> str:
        raise TypeError("a PIN is not pickled")

    def __copy__(self) -> ServicePin:
        raise TypeError("a PIN is not copied")

    def __deepcopy__(self, memo: object) -> ServicePin:
        raise TypeError("a PIN is not copied")


def _born_by(id_number: str | None) -> date | None:
    """Read the birth date from an id number of 18 characters (GB 11643), None where none is."""
    digits = (id_number or "")[6:14]
    if len(id_number or "") != _ID_LENGTH or not (digits.isascii() and digits.isdecimal()):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _spelled(day: date) -> tuple[bytes, bytes]:
    """Write a day in eight and in six digits: YYYYMMDD, YYMMDD."""
    whole = f"{day.year:04}{day:%m%d}".encode("ascii")
    return whole, whole[2:]


def _wipe(data: bytearray) -> None:
    data[:] = bytes(len(data))
