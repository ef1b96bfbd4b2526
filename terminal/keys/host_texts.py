"""The texts between counter and cipher host: requests made, answers parsed; pure functions.

Reference card-interface-functions.md §4. A request knows how its answer is read, so that a caller
may carry both texts itself. Fields end with a bar; in answers a missing or an extra one is
accepted. Bytes are upper-case hex, challenges 16 digits: a short one is padded with zeros, as the
session key's rule does (reference social-security-card.md §8.3).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from apdu.cipher import FACTOR, MAC, RESULT, Algorithm, family
from apdu.secret import Secret
from card_profiles import social_security as ssse
from card_profiles.key_addresses import KeyAddress
from terminal.errors import HostAnswerWrong, KeysDoNotFit
from terminal.keys.service import CardIdentity
from terminal.service_pin import ServicePin
from terminal.texts import Text

T = TypeVar("T")

BAR = "|"
_PROOF_DIGITS = 2 * (RESULT + FACTOR)


@dataclass(frozen=True, slots=True)
class HostRequest(Generic[T]):
    """Hold the text for the host, a Secret where a PIN stands in it, and what reads the answer.

    ``answer`` raises HostAnswerWrong, which never quotes what the host sent.
    """

    text: str | Secret
    answer: Callable[[str], T]


@dataclass(frozen=True, slots=True)
class Challenge:
    """Hold what a proof is made over: the process factor (the last challenge), the original."""

    factor: bytes
    original: bytes

    @property
    def fields(self) -> tuple[str, str]:
        """Write both as fields."""
        return _challenge(self.factor), _challenge(self.original)


@dataclass(frozen=True, slots=True)
class BasicReadProofs:
    """Hold the host's two proofs; ``external`` is None where none was asked for."""

    internal: bytes
    external: bytes | None

    def check_card(self, answered: bytes) -> None:
        """Compare with the card's own answer to INTERNAL AUTHENTICATE; raises KeysDoNotFit."""
        if not hmac.compare_digest(self.internal, answered):
            raise KeysDoNotFit


def basic_read(
    card: CardIdentity,
    internal: Challenge,
    external: Challenge | None = None,
    *,
    terminal: str | None = None,
) -> HostRequest[BasicReadProofs]:
    """Ask for the proofs of a basic read (§4.1): IRK, and RKSSSE on generation 3.

    ``terminal`` adds the ninth field of one family of callers, the terminal number.
    """
    region, historical, card_id = _identity(card)
    text = _joined(
        region,
        historical,
        _algorithm(card.algorithm),
        card_id,
        *internal.fields,
        *(external.fields if external else ("", "")),
        *(() if terminal is None else (terminal,)),
    )
    return HostRequest(text, partial(parse_basic_read, internal=internal, external=external))


def parse_basic_read(
    text: str, *, internal: Challenge, external: Challenge | None
) -> BasicReadProofs:
    """Read the answer to a basic read: ``32 hex|32 hex|``, the second empty where not asked."""
    wanted = [each for each in (internal, external) if each is not None]
    given = text.strip().rstrip(BAR).split(BAR)
    if len(given) != len(wanted):
        raise _wrong(
            f"应为 {len(wanted)} 段，实为 {len(given)} 段", f"{len(given)} parts, not {len(wanted)}"
        )
    proofs = [_proof(part, each) for part, each in zip(given, wanted, strict=True)]
    return BasicReadProofs(proofs[0], proofs[1] if external else None)


def key_proof(
    algorithm: Algorithm, address: KeyAddress, challenge: Challenge, *, with_id: bool = False
) -> HostRequest[bytes]:
    """Ask for the proof of one key (§4.2): read, write, step 1 of reload and unblock."""
    text = _joined(_algorithm(algorithm), address.text(with_id=with_id), *challenge.fields)
    return HostRequest(text, partial(parse_proof, challenge=challenge))


def parse_proof(text: str, *, challenge: Challenge) -> bytes:
    """Read the answer to a key proof: ``32 hex``, the proof (8 bytes) and the original again."""
    return _proof(text.strip().rstrip(BAR), challenge)


def command_mac(
    algorithm: Algorithm,
    address: KeyAddress,
    factor: bytes,
    header: bytes,
    *,
    with_id: bool = False,
) -> HostRequest[bytes]:
    """Ask for the MAC of a command without data (§4.3): PIN unblock.

    ``header`` is CLA INS P1 P2. Application and card block in the same form are project-defined.
    """
    whole = header + bytes((MAC,))
    text = _joined(
        _algorithm(algorithm), address.text(with_id=with_id), _challenge(factor), _hex(whole), ""
    )
    return HostRequest(text, partial(parse_command, header=whole))


def pin_reload(
    algorithm: Algorithm,
    address: KeyAddress,
    factor: bytes,
    header: bytes,
    pin: ServicePin,
    *,
    with_id: bool = False,
) -> HostRequest[bytes]:
    """Ask for the data of PIN RELOAD (§4.3); the new PIN stands in clear in this text.

    The text lives until it was sent; a Secret, it is not shown, and never logged.
    """
    # Twelve digits and their length byte fill one block in every family.
    whole = header + bytes((family(algorithm).block + MAC,))
    coded = pin.coded(ssse.ENVIRONMENT)
    digits = coded.hex().rstrip("f")
    coded[:] = bytes(len(coded))
    text = _joined(
        _algorithm(algorithm),
        address.text(with_id=with_id),
        _challenge(factor),
        _hex(whole),
        digits,
    )
    return HostRequest(Secret(text.encode()), partial(parse_command, header=whole))


def parse_command(text: str, *, header: bytes) -> bytes:
    """Read the answer with a command's data: header ‖ cipher ‖ MAC, or header ‖ MAC; hex.

    ``header`` is CLA INS P1 P2 Lc; 18 digits come back for unblock, 34 or 50 for reload. A host of
    the SM4 family may leave the header out, which its callers put before (§4.3). Gives the data
    alone.
    """
    given = text.strip().rstrip(BAR)
    if len(given) == 2 * header[-1]:
        return _bytes(given, 2 * header[-1])
    whole = _bytes(given, 2 * (len(header) + header[-1]))
    if whole[: len(header)] != header:
        raise _wrong("命令头与请求不符", "its command header is not the one that was sent")
    return whole[len(header) :]


def named(card: CardIdentity, request: HostRequest[T]) -> HostRequest[T]:
    """Name the card to the host on a line before: ``region|historical bytes|card id|``.

    Project-defined: the texts of §4.2 and §4.3 do not say which card they are about, for there
    the caller's own host knows. A host without memory needs it to derive the card's keys.
    """
    line = _joined(*_identity(card)) + "\n"
    if isinstance(request.text, Secret):
        return HostRequest(Secret(line.encode() + request.text.reveal()), request.answer)
    return HostRequest(line + request.text, request.answer)


# --- Fields --------------------------------------------------------------------------------


def _joined(*fields: str) -> str:
    """Join fields, each ended by a bar."""
    return "".join(each + BAR for each in fields)


def _hex(value: bytes) -> str:
    return value.hex().upper()


def _challenge(value: bytes) -> str:
    return _hex(value.ljust(FACTOR, b"\0"))


def _algorithm(algorithm: Algorithm) -> str:
    return f"{algorithm.value:02X}"


def _identity(card: CardIdentity) -> tuple[str, str, str]:
    return card.region, _hex(card.historical), _hex(card.card_id)


def _proof(digits: str, challenge: Challenge) -> bytes:
    whole = _bytes(digits, _PROOF_DIGITS)
    if whole[RESULT:] != challenge.original.ljust(FACTOR, b"\0"):
        raise _wrong("它答的是另一个随机数", "it answers another challenge")
    return whole[:RESULT]


def _bytes(digits: str, expected: int) -> bytes:
    if len(digits) != expected:
        raise _wrong(
            f"应为 {expected} 位十六进制，实为 {len(digits)} 个字符",
            f"{len(digits)} characters, not {expected} hex digits",
        )
    try:
        if digits.isalnum():  # fromhex would pass over blanks
            return bytes.fromhex(digits)
    except ValueError:
        pass
    raise _wrong("不是十六进制", "it is no hex")


def _wrong(zh: str, en: str) -> HostAnswerWrong:
    return HostAnswerWrong(detail=Text(zh, en))
