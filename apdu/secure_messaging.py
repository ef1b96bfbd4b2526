"""Secure messaging of the purse family: a MAC over each command, data enciphered where wanted.

Reference transit-purse.md §4.3 (MAC, encryption), §3.4 (RELOAD PIN, EXTERNAL AUTHENTICATE). Keys
of 16 bytes make the retail MAC, keys of 8 the plain one. The social security card's own rules are
others (apdu/cipher.py).
"""

from __future__ import annotations

import hmac
from dataclasses import replace

from apdu import tdes
from apdu.cipher import FACTOR, MAC, TDES, pad_always, pad_if_needed
from apdu.command import Command
from apdu.errors import ApduError, EncodingError
from apdu.response import Response
from apdu.status import SW

MOST_DATA = 255
PROTECTED = 0x04
"""The bit of CLA that says so."""
_HALF = 8


class ProtectionError(ApduError):
    """Refuse a message whose protection is missing or wrong; ``sw`` is a card's word for it.

    6987 no MAC, 6988 a wrong one, 6A80 data that does not decipher (§3.3).
    """

    def __init__(self, sw: int, why: str) -> None:
        super().__init__(f"{why} ({sw:04X})")
        self.sw = sw


def initial_vector(challenge: bytes) -> bytes:
    """Make the initial vector: four bytes are filled with 00, eight taken whole.

    Raises ValueError for any other length.
    """
    if len(challenge) not in {4, tdes.BLOCK}:
        raise ValueError(f"a challenge has 4 or 8 bytes, this one {len(challenge)}")
    return challenge.ljust(tdes.BLOCK, b"\0")


def chain(key: bytes, data: bytes, initial: bytes) -> bytes:
    """Chain whole blocks under the key's first half; the last block is what the next part needs."""
    return tdes.encrypt_cbc(key[:_HALF], data, initial)[-tdes.BLOCK :]


def finish(key: bytes, last: bytes) -> bytes:
    """Make the MAC of the last chained block; the second half of a long key comes in here only."""
    if len(key) > _HALF:
        last = tdes.encrypt(key[:_HALF], tdes.decrypt(key[_HALF:], last))
    return last[:MAC]


def mac(key: bytes, challenge: bytes, message: bytes) -> bytes:
    """Make the 4-byte MAC over a message, always padded, with the challenge as initial vector."""
    padded = pad_always(message, tdes.BLOCK)
    return finish(key, chain(key, padded, initial_vector(challenge)))


def encrypt(key: bytes, plain: bytes, *, pad_aligned: bool = False) -> bytes:
    """Encipher data: length byte ‖ data, padded, ECB.

    ``pad_aligned`` adds a whole block of padding to what is aligned already: the manual says no,
    one tool does it, and no published sample decides (§10, 5).
    """
    if pad_aligned:
        block = pad_always(bytes((len(plain),)) + plain, tdes.BLOCK)
        return tdes.encrypt(key, block)
    return TDES.encrypt(key, plain)


def decrypt(key: bytes, enciphered: bytes) -> bytes:
    """Undo :func:`encrypt`, whichever its padding; raises ValueError where there is none."""
    if not enciphered or len(enciphered) % tdes.BLOCK:
        raise ValueError("enciphered data is no whole blocks")
    padded = tdes.decrypt(key, enciphered)
    body = padded[: 1 + padded[0]]
    if len(body) != 1 + padded[0] or padded not in {
        pad_if_needed(body, tdes.BLOCK),
        pad_always(body, tdes.BLOCK),
    }:
        raise ValueError("deciphered data has no valid length and padding")
    return body[1:]


def protect(
    command: Command,
    key: bytes,
    challenge: bytes,
    *,
    encrypted: bool = False,
    pad_aligned: bool = False,
) -> Command:
    """Protect a command: CLA says so, the data is enciphered if wanted, the MAC stands behind it.

    The MAC covers CLA INS P1 P2 Lc ‖ data as sent; Lc counts the MAC, Le is not covered.
    Raises EncodingError where data and MAC do not fit a short command.
    """
    data = encrypt(key, command.data, pad_aligned=pad_aligned) if encrypted else command.data
    bare = replace(command, cla=command.cla | PROTECTED, data=data)
    return replace(bare, data=data + mac(key, challenge, _covered(bare)))


def unprotect(
    command: Command, key: bytes, challenge: bytes, *, encrypted: bool = False
) -> Command:
    """Check and take off the protection of a command, as a card does; raises ProtectionError."""
    if not command.cla & PROTECTED or len(command.data) < MAC:
        raise ProtectionError(SW.MAC_MISSING, "the command has no MAC")
    if len(command.data) > MOST_DATA:
        raise ProtectionError(SW.WRONG_LENGTH, "the command is no short one")
    bare = replace(command, data=command.data[:-MAC])
    if not hmac.compare_digest(mac(key, challenge, _covered(bare)), command.data[-MAC:]):
        raise ProtectionError(SW.WRONG_MAC, "the command's MAC is wrong")
    plain = bare.data
    if encrypted:
        try:
            plain = decrypt(key, plain)
        except ValueError as error:
            raise ProtectionError(SW.WRONG_DATA, str(error)) from error
    return replace(bare, cla=command.cla & ~PROTECTED, data=plain)


def protect_answer(answer: Response, key: bytes, challenge: bytes) -> Response:
    """Protect an answer: the MAC over its data, by the command's challenge, behind it."""
    return Response(answer.data + mac(key, challenge, answer.data), answer.sw)


def unprotect_answer(answer: Response, key: bytes, challenge: bytes) -> Response:
    """Check and take off the protection of an answer; raises ProtectionError."""
    if len(answer.data) < MAC:
        raise ProtectionError(SW.MAC_MISSING, "the answer has no MAC")
    data = answer.data[:-MAC]
    if not hmac.compare_digest(mac(key, challenge, data), answer.data[-MAC:]):
        raise ProtectionError(SW.WRONG_MAC, "the answer's MAC is wrong")
    return Response(data, answer.sw)


def cryptogram(key: bytes, challenge: bytes) -> bytes:
    """Make the 8 bytes of EXTERNAL AUTHENTICATE: the challenge, filled with 00, enciphered."""
    return tdes.encrypt(key, initial_vector(challenge))


def folded(key: bytes) -> bytes:
    """Fold a 16-byte key to the 8 bytes that make TACs and reload PINs: left ⊕ right."""
    return bytes(a ^ b for a, b in zip(key[:_HALF], key[_HALF:], strict=True))


def reload_mac(key: bytes, pin: bytes) -> bytes:
    """Make the MAC of RELOAD PIN: over the PIN bytes alone, by the folded key, no challenge."""
    return mac(folded(key), bytes(FACTOR), pin)


def _covered(bare: Command) -> bytes:
    """Give what the MAC covers of a command whose data has no MAC yet."""
    length = len(bare.data) + MAC
    if length > MOST_DATA:
        raise EncodingError(f"{len(bare.data)} bytes and a MAC are no short command")
    return bytes((bare.cla, bare.ins, bare.p1, bare.p2, length)) + bare.data
