"""The service PIN on the card: its status, and verifying, changing, unblocking, setting it.

Reference social-security-card.md §5, and §4.2 (the order of a reset). A try is never spent without
knowing that it is not the last one, and no command that may have spent one is ever sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import partial

from apdu.commands import ChangePin, UnblockMode, UnblockPin, Verify
from apdu.declare import Declared
from apdu.response import Response
from apdu.status import SW, tries_left
from card_profiles import social_security as profile
from terminal.cards.exchange import ask, exchange, refused
from terminal.cards.proving import Protect, Prover
from terminal.cards.social_security import SocialSecurityCard
from terminal.errors import (
    CardBlocked,
    ContentError,
    DeviceError,
    KeypadFailed,
    PinBlocked,
    PinError,
    PinLastTry,
    PinNotSet,
    PinTriesUnknown,
    PinWrong,
    ProofError,
)
from terminal.keys.service import CardIdentity, CardKey
from terminal.logs import event
from terminal.readers.keypad import Keypad
from terminal.readers.part10 import ModifyStructure, VerifyStructure
from terminal.service_pin import ServicePin

_ENVIRONMENT = profile.ENVIRONMENT
_PUK = _ENVIRONMENT.key("PUK")
_QUERY = bytes.fromhex("0020000000")
"""The status query as field logs have it; P3 = 00 is "no data" on T=0 (§5)."""
_QUERY_WITHOUT_P3 = _QUERY[:4]
_SEPARATOR = b"\xff"


class PinState(Enum):
    """Name the state of the service PIN."""

    SET = "set"
    NOT_SET = "not_set"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    """The card does not answer the question."""


@dataclass(frozen=True, slots=True)
class PinStatus:
    """Hold the PIN's state and the tries left, None where there is nothing to count.

    ``sw`` is the card's answer to the question, None where it was not asked.
    """

    state: PinState
    tries_left: int | None
    sw: int | None

    @property
    def last_try(self) -> bool:
        """Tell whether one more wrong entry would block it."""
        return self.tries_left == 1


class CardPin:
    """Use the service PIN of one card, in one session."""

    def __init__(self, card: SocialSecurityCard) -> None:
        self._card = card
        self._status: PinStatus | None = None
        self._exists = False
        """Whether a PIN is known to be set, whatever an empty VERIFY answers after its proof."""
        self.unsettled = False
        """True from sending a command that writes a PIN until the card has answered it."""

    # --- Without spending a try ------------------------------------------------------------

    def status(self) -> PinStatus:
        """Ask for the tries left without spending one (§5).

        63Cx: set, x left; 9000: none set; 6983, or 63C0: blocked. Elsewhere than on T=0 the
        question is asked once more without its last byte where a card does not take it so. Once
        the PIN is verified 9000 may mean that (ISO/IEC 7816-4 §11.5.6), and nothing is counted.
        Raises CardBlocked.
        """
        self._at_home()
        sw = self._query(_QUERY)
        if self._card.connection.protocol != "T=0" and _state(sw) is PinState.UNKNOWN:
            sw = self._query(_QUERY_WITHOUT_P3)
        if sw == SW.APPLICATION_BLOCKED:
            raise CardBlocked(sw=f"{sw:04X}")
        if sw == SW.NOT_SUPPORTED:
            # A blocked card says so to everything (§3), also to its selection, which then raises.
            self._card.elsewhere()
            self._at_home()
        state = _state(sw)
        if state is PinState.NOT_SET and (self._card.pin_verified or self._exists):
            state = PinState.SET
        left = {PinState.SET: tries_left(sw), PinState.BLOCKED: 0}.get(state)
        self._status = PinStatus(state, left, sw)
        event("pin.status", state=state.value, tries_left=left)
        return self._status

    def _query(self, command: bytes) -> int:
        return ask(self._card.connection, command, Verify.NAME).sw

    def demand_try(self, *, last_try: bool) -> None:
        """Make sure that a try may be spent.

        Raises PinNotSet, PinBlocked, and PinLastTry or PinTriesUnknown unless ``last_try`` says
        that even the last one may be.
        """
        status = self._status or self.status()
        if status.state is PinState.NOT_SET:
            raise PinNotSet
        if status.state is PinState.BLOCKED:
            raise PinBlocked
        if status.last_try and not last_try:
            raise PinLastTry
        if status.state is PinState.UNKNOWN and not last_try:
            raise PinTriesUnknown(sw="" if status.sw is None else f"{status.sw:04X}")

    # --- Spending one ----------------------------------------------------------------------

    def verify(self, pin: ServicePin, *, last_try: bool = False) -> None:
        """Verify the PIN; it stays verified until the card loses power (§5).

        Raises PinWrong with the tries left, PinBlocked, and what :meth:`demand_try` raises.
        """
        self._prepare(last_try=last_try)
        coded = pin.coded(_ENVIRONMENT)
        try:
            answer = self._send(Verify(bytes(coded)))
        finally:
            _wipe(coded)
        self._judge("VERIFY", answer.sw)
        self._card.pin_verified = True

    def verify_at(
        self, keypad: Keypad, structure: VerifyStructure, *, last_try: bool = False
    ) -> None:
        """Let the reader's keypad take the PIN and verify it; it never comes to this machine."""
        before = (self._status or self.status()).tries_left
        self._prepare(last_try=last_try)
        sw = keypad.verify(structure)
        if tries_left(sw) == before and before is not None:
            # Not one try fewer: the reader asked for the tries and sent no PIN (part10.py).
            raise KeypadFailed(result=f"{sw:04X}")
        self._judge("VERIFY", sw)
        self._card.pin_verified = True

    def change(self, old: ServicePin, new: ServicePin, *, last_try: bool = False) -> None:
        """Change the PIN; needs no VERIFY before, and a wrong old one costs a try (§5)."""
        self._prepare(last_try=last_try)
        coded = bytearray()
        for part in (old.coded(_ENVIRONMENT), bytearray(_SEPARATOR), new.coded(_ENVIRONMENT)):
            coded += part
            _wipe(part)
        self.unsettled = True
        try:
            answer = self._send(ChangePin(bytes(coded)))
        finally:
            _wipe(coded)
        self.unsettled = False
        self._judge("CHANGE PIN", answer.sw)

    def change_at(
        self, keypad: Keypad, structure: ModifyStructure, *, last_try: bool = False
    ) -> None:
        """Let the reader's keypad take the old and the new PIN and change it."""
        self._prepare(last_try=last_try)
        self.unsettled = True
        try:
            sw = keypad.change(structure)
        except (PinError, DeviceError):
            self.unsettled = False  # the reader ended it before it came to the card
            raise
        self.unsettled = False
        self._judge("CHANGE PIN", sw)

    def _prepare(self, *, last_try: bool) -> None:
        """Make sure that a try may be spent; what was known of the tries is old after it."""
        self._at_home()
        self.demand_try(last_try=last_try)
        self._status = None

    def _send(self, command: Declared) -> Response:
        return exchange(self._card.connection, command)

    def _judge(self, step: str, sw: int) -> None:
        event("pin.tried", command=step, sw=f"{sw:04X}")
        if sw == SW.OK:
            self._exists = True
            return
        self._card.pin_verified = False
        left = tries_left(sw)
        if sw == SW.BLOCKED or left == 0:
            raise PinBlocked
        if left is not None:
            raise PinWrong(left=left)
        if sw == SW.REFERENCE_INVALID:
            raise PinNotSet
        raise refused(step, sw)

    # --- With PUK --------------------------------------------------------------------------

    def reload(self, new: ServicePin) -> None:
        """Set a new PIN and give the tries back, without the old one (§4.2).

        Proves PUK first. Raises MacRejected where nothing was changed, and Prover.prove's errors.
        """
        header = _header(UnblockMode.RELOAD)

        def protect(identity: CardIdentity, key: CardKey, factor: bytes) -> bytes:
            protected = prover.keys.reload_pin(identity, key, factor, header, new)
            self.unsettled = True  # the very next thing is to send it
            return protected

        prover = self._prove_puk()
        self._reset(prover, UnblockMode.RELOAD, protect)

    def unblock(self) -> None:
        """Give the tries back; the PIN stays as it was (§3)."""
        self._reset(self._prove_puk(), UnblockMode.UNBLOCK, None)

    def _prove_puk(self) -> Prover:
        self._at_home()
        return self._card.prove(profile.PUK)

    def _reset(self, prover: Prover, mode: UnblockMode, protect: Protect | None) -> None:
        self._status = None
        self._card.pin_verified = False
        make = partial(UnblockPin, mode)
        try:
            prover.send_with_mac(_ENVIRONMENT, _PUK, _header(mode), make, protect)
        except (ProofError, ContentError):
            self.unsettled = False  # the card has answered: it was not written
            raise
        self.unsettled = False
        self._exists = True

    def _at_home(self) -> None:
        """Select the environment: the PIN is sent nowhere else."""
        self._card.enter(_ENVIRONMENT)


def _state(sw: int) -> PinState:
    if sw == SW.OK:
        return PinState.NOT_SET
    if sw == SW.BLOCKED or tries_left(sw) == 0:
        return PinState.BLOCKED
    return PinState.UNKNOWN if tries_left(sw) is None else PinState.SET


def _header(mode: UnblockMode) -> bytes:
    return UnblockPin(mode, b"").header()


def _wipe(data: bytearray) -> None:
    data[:] = bytes(len(data))
