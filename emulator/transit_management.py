"""The purse's management: challenges, PIN, authentication, blocking.

Reference transit-purse.md §3.4, §4.3. A challenge is good for the next command only; three wrong
MACs under the maintenance key, where a file is written or a block taken back, block for ever.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from apdu import secure_messaging, tdes
from apdu.cipher import FACTOR, MAC
from apdu.command import Command
from apdu.commands import BlockCard, ChangePin, GetChallenge, Verify
from apdu.declare import Declared, Refused
from apdu.purse_commands import (
    AuthenticateTerminal,
    Blocking,
    BlockPurse,
    Computation,
    Compute,
    ReloadPin,
    UnblockPurse,
    UnblockTransitPin,
)
from apdu.response import Response
from apdu.secure_messaging import ProtectionError
from apdu.status import SW
from card_profiles import transit
from emulator.personalise import CARD_BLOCKED_CELL
from emulator.purse_habits import Padding, UnblockForm
from emulator.purse_state import (
    KEY_TRIES,
    KEY_TYPES,
    PIN_TRIES,
    Block,
    PurseState,
    block_cell,
    key_cell,
    pin_cell,
)

PIN_SIZES = range(2, 7)
_COMPUTING = {Computation.ENCRYPT: 0x30, Computation.DECRYPT: 0x31, Computation.MAC: 0x32}
"""Key types of INTERNAL AUTHENTICATE; a card in the field has none of them."""
_PIN_UNBLOCK = frozenset({0x0C, 0x14})
"""Lc of PIN UNBLOCK: one or two blocks and the MAC."""


class Management:
    """Prove, verify and block for one application."""

    def __init__(self, state: PurseState) -> None:
        self._state = state

    def instructions(self) -> dict[type[Declared], Callable[[Command], Response]]:
        """Give what is done for each command."""
        return {
            GetChallenge: self._get_challenge,
            Verify: self._verify,
            ChangePin: self._set_pin,
            UnblockTransitPin: self._unblock_pin,
            AuthenticateTerminal: self._authenticate,
            Compute: self._compute,
            BlockPurse: self._block,
            UnblockPurse: self._unblock,
            BlockCard: self._block_card,
        }

    # --- Challenges and MACs ---------------------------------------------------------------

    def _get_challenge(self, command: Command) -> Response:
        asked = GetChallenge.parse(command)
        if asked.le not in self._state.habits.challenge_sizes:
            raise Refused(SW.WRONG_LENGTH, "no challenge of this length")
        challenge = self._state.randomness.take(asked.le)
        self._state.challenge = challenge
        return Response(challenge, SW.OK)

    def _take_challenge(self) -> bytes:
        if self._state.challenge is None:
            raise Refused(SW.REFERENCE_INVALID, "no challenge was asked for just before")
        return self._state.challenge

    def unprotected(
        self, command: Command, kind: int = transit.MAINTENANCE, *, encrypted: bool = False
    ) -> Command:
        """Check and take off a command's protection; raises Refused."""
        key = self._state.key(kind)
        challenge = self._demand_mac(command)
        try:
            bare = secure_messaging.unprotect(command, key, challenge, encrypted=encrypted)
        except ProtectionError as error:
            raise Refused(SW(error.sw), str(error)) from error
        if encrypted:
            self._demand_padding(key, bare.data, command.data[:-MAC])
        return bare

    def _demand_mac(self, command: Command) -> bytes:
        """Demand that there is a MAC and a challenge for it; raises Refused (6987, 6984)."""
        if len(command.data) < MAC:
            raise Refused(SW.MAC_MISSING, "the command has no MAC")
        return self._take_challenge()

    def _demand_padding(self, key: bytes, plain: bytes, enciphered: bytes) -> None:
        padding = self._state.habits.padding
        if padding is Padding.EITHER:
            return
        always = padding is Padding.ALWAYS
        if secure_messaging.encrypt(key, plain, pad_aligned=always) != enciphered:
            raise Refused(SW.WRONG_DATA, "padding that this card does not take")

    def tried(self, command: Command) -> Command:
        """Check a MAC under the maintenance key; the third wrong one blocks for ever (9303)."""
        state = self._state
        self._demand_mac(command)  # who sends none has not guessed
        cell = key_cell(state.name, transit.MAINTENANCE) + ".tries"
        with state.attempt(cell, KEY_TRIES) as attempt:
            try:
                bare = self.unprotected(command)
            except Refused as refused:
                if refused.sw is SW.WRONG_MAC and not attempt.left:
                    state.memory.write(block_cell(state.name), bytes((Block.PERMANENT,)))
                    raise Refused(SW.APPLICATION_BLOCKED, "the third wrong MAC") from refused
                raise
            attempt.succeeded = True
        return bare

    # --- PIN -------------------------------------------------------------------------------

    def _demand_reference(self, reference: int) -> None:
        self._state.demand_index(reference, SW.KEY_NOT_FOUND)

    def _verify(self, command: Command) -> Response:
        asked = Verify.parse(command)
        if len(asked.pin) not in PIN_SIZES:
            raise Refused(SW.WRONG_LENGTH, "a PIN has 2 to 6 bytes")
        self._demand_reference(asked.reference)
        return self._compare(asked.pin)

    def _compare(self, given: bytes) -> Response:
        cell = pin_cell(self._state.name)
        stored = self._state.memory.read(cell)
        if stored is None:
            raise Refused(SW.KEY_NOT_FOUND, "no PIN is set")
        with self._state.attempt(f"{cell}.tries", PIN_TRIES) as attempt:
            attempt.succeeded = hmac.compare_digest(stored, given)
        self._state.verified = attempt.succeeded
        if attempt.succeeded:
            return Response(b"", SW.OK)
        return Response(b"", SW.TRIES_LEFT | attempt.left)

    def _set_pin(self, command: Command) -> Response:
        """Answer CHANGE PIN and RELOAD PIN, one instruction told apart by P1."""
        if command.p1 == 0:
            return self._reload_pin(command)
        asked = ChangePin.parse(command)
        old, separator, new = asked.old_and_new.partition(b"\xff")
        if not separator or len(old) not in PIN_SIZES or len(new) not in PIN_SIZES:
            raise Refused(SW.WRONG_DATA, "old PIN, FF, new PIN")
        self._demand_reference(asked.reference)
        answer = self._compare(old)
        if answer.ok:
            self._state.memory.write(pin_cell(self._state.name), new)
        return answer

    def _reload_pin(self, command: Command) -> Response:
        asked = ReloadPin.parse(command)
        pin, mac = asked.pin_and_mac[:-MAC], asked.pin_and_mac[-MAC:]
        if len(pin) not in PIN_SIZES:
            raise Refused(SW.WRONG_LENGTH, "a PIN of 2 to 6 bytes and a MAC")
        self._demand_reference(asked.key_id)
        kind = KEY_TYPES[transit.DRPK]
        key = self._state.key(kind)
        with self._state.attempt(self._tries(kind), KEY_TRIES) as attempt:
            attempt.succeeded = hmac.compare_digest(secure_messaging.reload_mac(key, pin), mac)
        if not attempt.succeeded:
            raise Refused(SW.WRONG_MAC, "the MAC is wrong")
        self._renew_pin(pin)
        return Response(b"", SW.OK)

    def _unblock_pin(self, command: Command) -> Response:
        asked = UnblockTransitPin.parse(command)
        if len(asked.protected) not in _PIN_UNBLOCK:
            raise Refused(SW.WRONG_LENGTH, "one or two blocks and a MAC")
        if self._state.habits.pin_unblock is UnblockForm.TABLE:
            reference, rest, wanted = asked.first, asked.second, 0
        else:
            reference, rest, wanted = asked.first, asked.second, 1
        if rest != wanted or (wanted and reference):
            raise Refused(SW.WRONG_P1P2, "this card names the PIN in another way")
        self._demand_reference(reference)
        kind = KEY_TYPES[transit.DPUK]
        self._take_challenge()
        with self._state.attempt(self._tries(kind), KEY_TRIES) as attempt:
            pin = self.unprotected(command, kind, encrypted=True).data
            attempt.succeeded = True
        if len(pin) not in PIN_SIZES:
            raise Refused(SW.WRONG_DATA, "a PIN has 2 to 6 bytes")
        self._renew_pin(pin)
        return Response(b"", SW.OK)

    def _renew_pin(self, pin: bytes) -> None:
        cell = pin_cell(self._state.name)
        with self._state.memory.transaction():
            self._state.memory.write(cell, pin)
            self._state.memory.write(f"{cell}.tries", bytes((PIN_TRIES,)))
        self._state.verified = False

    def _tries(self, kind: int) -> str:
        return key_cell(self._state.name, kind) + ".tries"

    # --- Authentication --------------------------------------------------------------------

    def _authenticate(self, command: Command) -> Response:
        asked = AuthenticateTerminal.parse(command)
        self._demand_reference(asked.key_id)
        kind = KEY_TYPES[transit.DEAK]
        key = self._state.key(kind)
        right = secure_messaging.cryptogram(key, self._take_challenge())
        with self._state.attempt(self._tries(kind), KEY_TRIES) as attempt:
            attempt.succeeded = hmac.compare_digest(right, asked.cryptogram)
        # No file of a transit card asks for this proof: there is nothing to remember.
        return Response(b"", SW.OK if attempt.succeeded else SW.TRIES_LEFT | attempt.left)

    def _compute(self, command: Command) -> Response:
        asked = Compute.parse(command)
        self._demand_reference(asked.key_id)
        key = self._state.key(_COMPUTING[asked.what])
        if asked.what is Computation.MAC:
            return Response(secure_messaging.mac(key, bytes(FACTOR), asked.content), SW.OK)
        if not asked.content or len(asked.content) % tdes.BLOCK:
            raise Refused(SW.WRONG_LENGTH, "whole blocks")
        work = tdes.encrypt if asked.what is Computation.ENCRYPT else tdes.decrypt
        return Response(work(key, asked.content), SW.OK)

    # --- Blocking --------------------------------------------------------------------------

    def _block(self, command: Command) -> Response:
        asked = BlockPurse.parse(command)
        self.unprotected(command)
        how = Block.PERMANENT if asked.how is Blocking.PERMANENT else Block.TEMPORARY
        self._state.memory.write(block_cell(self._state.name), bytes((how,)))
        return Response(b"", SW.OK)

    def _unblock(self, command: Command) -> Response:
        UnblockPurse.parse(command)
        if self._state.block is None:
            raise Refused(SW.CONDITIONS, "the application is not blocked")
        self.tried(command)
        self._state.memory.write(block_cell(self._state.name), None)
        return Response(b"", SW.OK)

    def _block_card(self, command: Command) -> Response:
        BlockCard.parse(command)
        self.unprotected(command)
        self._state.memory.write(CARD_BLOCKED_CELL, b"\1")
        return Response(b"", SW.OK)
