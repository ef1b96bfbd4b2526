"""What was proved to the card, and how: challenges, keys, the service PIN, blocking.

Reference social-security-card.md §3 (commands, status words), §5 (PIN), §8 (keys). A challenge
is good for one proof and the last one wins; key proofs end with the application, the PIN's with
the power.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from apdu.cipher import FACTOR, MAC, family
from apdu.command import Command
from apdu.commands import (
    BlockApplication,
    BlockCard,
    ChangePin,
    ExternalAuthenticate,
    GetChallenge,
    InternalAuthenticate,
    UnblockMode,
    UnblockPin,
    Verify,
)
from apdu.declare import Declared, Refused
from apdu.response import Response
from apdu.status import SW
from card_profiles import social_security as ssse
from card_profiles.model import PIN, Application, Key, KeyUse, Profile, Proof
from emulator.memory import Memory
from emulator.personalise import (
    CARD_BLOCKED_CELL,
    PIN_CELL,
    PIN_TRIES_CELL,
    blocked_cell,
    key_cell,
)
from emulator.randomness import Randomness

CHALLENGE_SIZES = frozenset({4, 8, 16})
PIN_SIZES = range(2, 9)
PIN_DIGITS = 4
"""Fewest digits of a PIN (§5)."""
FIRST_VERSIONS = frozenset({b"", b"\x00", b"\x01"})
"""What names a key's first version; another has a cell of its own (§8.1)."""


class Proofs:
    """Keep the security state of one card; ``given`` is what has been proved.

    ``verified_answers_ok`` is a card's habit (card_os.py).
    """

    def __init__(
        self,
        profile: Profile,
        memory: Memory,
        randomness: Randomness,
        *,
        verified_answers_ok: bool = False,
    ) -> None:
        self._verified_answers_ok = verified_answers_ok
        self._profile = profile
        self._memory = memory
        self._randomness = randomness
        self._cipher = family(profile.algorithm)
        self.forget()

    def forget(self) -> None:
        """Forget everything: power is gone."""
        self.given: frozenset[Proof] = frozenset()
        self._challenge: bytes | None = None

    def leave_application(self) -> None:
        """Forget keys and challenge; the PIN stays known (§8.3)."""
        self.given &= {PIN}
        self._challenge = None

    def instructions(self) -> dict[type[Declared], Callable[[Command, Application], Response]]:
        """Give what is done for each command, in the current application."""
        return {
            GetChallenge: self._get_challenge,
            InternalAuthenticate: self._internal_authenticate,
            ExternalAuthenticate: self._external_authenticate,
            Verify: self._verify,
            ChangePin: self._change_pin,
            UnblockPin: self._unblock_pin,
            BlockApplication: self._block_application,
            BlockCard: self._block_card,
        }

    # --- Challenges and keys ---------------------------------------------------------------

    def _get_challenge(self, command: Command, _current: Application) -> Response:
        asked = GetChallenge.parse(command)
        if asked.le not in CHALLENGE_SIZES:
            raise Refused(SW.WRONG_LENGTH, "a challenge has 4, 8 or 16 bytes")
        self._challenge = self._randomness.take(asked.le)
        return Response(self._challenge, SW.OK)

    def _take_challenge(self) -> bytes:
        """Give the process factor and use it up."""
        challenge, self._challenge = self._challenge, None
        if challenge is None:
            raise Refused(SW.REFERENCE_INVALID, "no challenge was asked for")
        return challenge[:FACTOR]

    def _key(
        self, current: Application, key_id: int, version: bytes = b""
    ) -> tuple[Application, Key, bytes]:
        owner = current if key_id & 0x80 else self._profile.environment
        key = next((each for each in owner.keys if each.id == key_id), None)
        if len(version) > 1:
            raise Refused(SW.WRONG_LENGTH, "a key version has one byte")
        cell = key_cell(owner, key_id)
        value = self._memory.read(
            cell if version in FIRST_VERSIONS else f"{cell}.version.{version.hex().upper()}"
        )
        if key is None or value is None:
            raise Refused(SW.KEY_NOT_FOUND, f"no key {key_id:02X} of this version")
        return owner, key, value

    def _internal_authenticate(self, command: Command, current: Application) -> Response:
        asked = InternalAuthenticate.parse(command)
        _, key, value = self._key(current, asked.key_id, asked.version)
        if key.use is not KeyUse.INTERNAL:
            raise Refused(SW.KEY_NOT_FOUND, f"{key.name} does not prove the card")
        session = self._cipher.session_key(value, asked.factor)
        return Response(self._cipher.authentication_data(session, asked.original), SW.OK)

    def _external_authenticate(self, command: Command, current: Application) -> Response:
        asked = ExternalAuthenticate.parse(command)
        owner, key, value = self._key(current, asked.key_id, asked.version)
        if key.use is KeyUse.INTERNAL:
            # What the card itself answers with this key would prove it to the card.
            raise Refused(SW.KEY_NOT_FOUND, f"{key.name} proves the card, and nobody else")
        session = self._cipher.session_key(value, self._take_challenge())
        right = self._cipher.authentication_data(session, asked.original)
        with self._attempt(key_cell(owner, key.id) + ".tries", key.tries) as attempt:
            attempt.succeeded = hmac.compare_digest(right, asked.cryptogram)
        self.given = self.given | {key.id} if attempt.succeeded else self.given - {key.id}
        return Response(b"", attempt.sw)

    @contextmanager
    def _attempt(self, cell: str, most: int | None) -> Iterator[_Attempt]:
        """Spend a try before the comparison and give it back after a success.

        Whoever tears the card in between has lost the try: it can't be had for nothing.
        """
        attempt = _Attempt()
        if most is None:
            yield attempt
            attempt.sw = SW.OK if attempt.succeeded else 0x6300
            return
        left = (self._memory.read(cell) or b"\0")[0]
        if left == 0:
            raise Refused(SW.BLOCKED, "no tries left")
        self._memory.write(cell, bytes((left - 1,)))
        yield attempt
        if attempt.succeeded:
            self._memory.write(cell, bytes((most,)))
            attempt.sw = SW.OK
        else:
            attempt.sw = SW.TRIES_LEFT | (left - 1)

    # --- The service PIN -------------------------------------------------------------------

    def _verify(self, command: Command, _current: Application) -> Response:
        asked = Verify.parse(command)
        if asked.reference:
            raise Refused(SW.WRONG_P1P2, "there is one PIN")
        if not asked.pin:
            return Response(b"", self._tries_status())
        if len(asked.pin) not in PIN_SIZES:
            raise Refused(SW.WRONG_LENGTH, "a PIN has 2 to 8 bytes")
        return self._compare_pin(asked.pin)

    def _tries_status(self) -> int:
        """Answer a status query: 9000 no PIN, 63Cx tries left, 6983 none left (§5)."""
        if self._memory.read(PIN_CELL) is None:
            return SW.OK
        if self._verified_answers_ok and PIN in self.given:
            return SW.OK
        left = (self._memory.read(PIN_TRIES_CELL) or b"\0")[0]
        return SW.TRIES_LEFT | left if left else SW.BLOCKED

    def _compare_pin(self, given: bytes) -> Response:
        stored = self._memory.read(PIN_CELL)
        if stored is None:
            raise Refused(SW.REFERENCE_INVALID, "no PIN is set")
        with self._attempt(PIN_TRIES_CELL, self._profile.pin_tries) as attempt:
            attempt.succeeded = hmac.compare_digest(stored, given)
        self.given = self.given | {PIN} if attempt.succeeded else self.given - {PIN}
        return Response(b"", attempt.sw)

    def _change_pin(self, command: Command, _current: Application) -> Response:
        asked = ChangePin.parse(command)
        if asked.reference:
            raise Refused(SW.WRONG_P1P2, "there is one PIN")
        old, separator, new = asked.old_and_new.partition(b"\xff")
        if not separator or len(old) not in PIN_SIZES or len(new) not in PIN_SIZES:
            raise Refused(SW.WRONG_DATA, "old PIN, FF, new PIN")
        if not _is_pin(new):
            raise Refused(SW.WRONG_DATA, "a PIN is at least four digits")
        answer = self._compare_pin(old)
        if answer.ok:
            self._memory.write(PIN_CELL, new)
        return answer

    def _unblock_pin(self, command: Command, current: Application) -> Response:
        """Give the tries back, or set a new PIN too; PUK was proved before (§3, §5)."""
        asked = UnblockPin.parse(command)
        if ssse.PUK not in self.given:
            raise Refused(SW.SECURITY_STATUS, "PUK was not proved")
        blocks = (0,) if asked.mode is UnblockMode.UNBLOCK else (1, 2)
        if len(asked.protected) not in {each * self._cipher.block + MAC for each in blocks}:
            raise Refused(SW.WRONG_LENGTH, "a MAC alone, or whole blocks and a MAC")
        body = asked.protected[:-MAC]
        _, _, puk = self._key(current, ssse.PUK)
        session = self._cipher.session_key(puk, self._take_challenge())
        self._check_mac(session, asked, body, asked.protected[-MAC:])
        cells = {PIN_TRIES_CELL: bytes((self._profile.pin_tries,))}
        if asked.mode is UnblockMode.RELOAD:
            cells[PIN_CELL] = self._deciphered(session, body)
        elif self._memory.read(PIN_CELL) is None:
            raise Refused(SW.CONDITIONS, "there is no PIN to unblock")
        with self._memory.transaction():
            for cell, value in cells.items():
                self._memory.write(cell, value)
        self.given -= {PIN}
        return Response(b"", SW.OK)

    def _deciphered(self, session: bytes, enciphered: bytes) -> bytes:
        try:
            new = self._cipher.decrypt(session, enciphered)
        except ValueError as error:
            raise Refused(SW.WRONG_DATA, "no length and padding") from error
        if len(new) not in PIN_SIZES or not _is_pin(new):
            raise Refused(SW.WRONG_DATA, "a PIN is at least four digits")
        return new

    # --- Blocking --------------------------------------------------------------------------

    def _block_application(self, command: Command, current: Application) -> Response:
        """Block the current application; its maintenance key makes the MAC and never locks."""
        asked = BlockApplication.parse(command)
        key = next((each for each in current.keys if each.use is KeyUse.MAINTENANCE), None)
        if key is None:
            raise Refused(SW.KEY_NOT_FOUND, f"{current.name} has no maintenance key")
        self._demand_mac(current, key.id, asked, asked.mac)
        self._memory.write(blocked_cell(current), b"\1")
        return Response(b"", SW.OK)

    def _block_card(self, command: Command, current: Application) -> Response:
        asked = BlockCard.parse(command)
        self._demand_mac(current, ssse.BK, asked, asked.mac)
        self._memory.write(CARD_BLOCKED_CELL, b"\1")
        return Response(b"", SW.OK)

    def _demand_mac(self, current: Application, key_id: int, command: Declared, mac: bytes) -> None:
        _, _, value = self._key(current, key_id)
        session = self._cipher.session_key(value, self._take_challenge())
        self._check_mac(session, command, b"", mac)

    def _check_mac(self, session: bytes, command: Declared, body: bytes, mac: bytes) -> None:
        """Compare a MAC over header, Lc (which counts it) and data; raises Refused (6988)."""
        message = command.header() + bytes((len(body) + MAC,)) + body
        if not hmac.compare_digest(self._cipher.mac(session, message), mac):
            raise Refused(SW.WRONG_MAC, "the MAC is wrong")


@dataclass(slots=True)
class _Attempt:
    """Hold how a comparison ended while its try is spent."""

    succeeded: bool = False
    sw: int = 0


def _is_pin(coded: bytes) -> bool:
    """Tell whether bytes are BCD digits, at least four, an odd one padded with F (§5)."""
    nibbles = coded.hex()
    digits = nibbles[:-1] if nibbles.endswith("f") else nibbles
    return len(digits) >= PIN_DIGITS and digits.isdecimal()
