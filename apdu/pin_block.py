"""PIN blocks as they are before encryption: ISO 9564-1 format 0, and the 16-byte one for SM4.

Reference counter-devices.md §3.7. One byte says how many digits, the digits follow, F fills up;
XORed with twelve digits of the account, right-aligned in zeros. Encrypting is the pad's part: one
3DES block, or one SM4 block.
"""

from __future__ import annotations

from enum import Enum

from apdu.errors import EncodingError

ACCOUNT_DIGITS = 12
LEAST_DIGITS = 4
MOST_DIGITS = 12
FILLER = 0xF


class BlockForm(Enum):
    """Name the forms; the value is the block's size in bytes."""

    ISO_0 = 8
    SM4 = 16


def account_part(number: str) -> bytes:
    """Take the twelve digits before the check digit of an account number (PAN).

    Raises EncodingError for what has fewer than 13 digits.
    """
    digits = number.encode("ascii", "replace")
    if not digits.isdigit() or len(digits) <= ACCOUNT_DIGITS:
        raise EncodingError(f"an account number has {ACCOUNT_DIGITS + 1} digits or more")
    return digits[-ACCOUNT_DIGITS - 1 : -1]


def build(form: BlockForm, pin: bytes, account: bytes, filler: int = FILLER) -> bytes:
    """Make a block from a PIN of 4 to 12 ASCII digits and twelve digits of the account.

    Raises EncodingError for another length or what is no digit.
    """
    if not LEAST_DIGITS <= len(pin) <= MOST_DIGITS or not pin.isdigit():
        raise EncodingError(f"a PIN has {LEAST_DIGITS} to {MOST_DIGITS} digits")
    nibbles = [0, len(pin), *(digit - 0x30 for digit in pin)]
    nibbles += [filler] * (2 * form.value - len(nibbles))
    return _xor(_packed(nibbles), _account_side(form, account))


def open_block(form: BlockForm, block: bytes, account: bytes, filler: int = FILLER) -> bytearray:
    """Undo :func:`build`: give the PIN's ASCII digits, to be wiped by whoever asks.

    Raises EncodingError for a block that is none of this form and account; it shows no digit.
    """
    if len(block) != form.value:
        raise EncodingError(f"a block of this form has {form.value} bytes, this one {len(block)}")
    plain = _xor(block, _account_side(form, account))
    nibbles = [half for byte in plain for half in (byte >> 4, byte & 0xF)]
    control, count, *rest = nibbles
    digits, fill = rest[:count], rest[count:]
    if (
        control
        or not LEAST_DIGITS <= count <= MOST_DIGITS
        or any(digit > 9 for digit in digits)
        or any(each != filler for each in fill)
    ):
        raise EncodingError("no PIN block of this form, key and account")
    return bytearray(0x30 + digit for digit in digits)


def _account_side(form: BlockForm, account: bytes) -> bytes:
    if len(account) != ACCOUNT_DIGITS or not account.isdigit():
        raise EncodingError(f"the account's part has {ACCOUNT_DIGITS} digits")
    return bytes.fromhex(account.decode("ascii")).rjust(form.value, b"\0")


def _packed(nibbles: list[int]) -> bytes:
    return bytes(high << 4 | low for high, low in zip(nibbles[::2], nibbles[1::2], strict=True))


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
