"""Prove keys to a card, and let the card prove itself: each once a session.

Reference social-security-card.md §4.2 (order of challenges), §8.1 (key ids), §8.3. A key proof
lasts as long as its application stays selected (§8.3); who selects another says so by
:meth:`Prover.entered`. No proof is ever tried a second time here: a try could be spent twice.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import NoReturn

from apdu.cipher import FACTOR, RESULT
from apdu.commands import ExternalAuthenticate, GetChallenge, InternalAuthenticate
from apdu.declare import Declared
from apdu.response import Response
from apdu.status import SW, tries_left
from card_profiles import social_security as profile
from card_profiles.model import Application, Key
from terminal.cards.exchange import exchange, refused
from terminal.cards.notes import Notes
from terminal.errors import (
    CardBabbles,
    ChallengeStale,
    KeysDoNotFit,
    KeyVersionUnknown,
    MacRejected,
    ProofLocked,
    ProofRejected,
)
from terminal.keys.service import CardIdentity, CardKey, KeyService
from terminal.logs import event
from terminal.readers.connection import CardConnection
from terminal.texts import Text

Protect = Callable[[CardIdentity, CardKey, bytes], bytes]
"""Make a command's protected data for a card, by a key, over the card's challenge."""

_IRK = CardKey(profile.ENVIRONMENT.name, "IRK")
_NOT_NAMED = Text("（没有写明）", "(none named)")
_FAILED = 0x6300
"""A wrong proof of a key that does not lock (§8.3)."""
_MAC_WRONG = frozenset({SW.WRONG_MAC, SW.WRONG_PURSE_MAC})


class Prover:
    """Use the counter's keys on one card, for one session.

    ``internal_check`` lets the card prove itself before the first proof: four TPDUs more, and
    wrong keys cost no try. Services always make it with test keys, which must not spend a real
    card's tries.
    """

    def __init__(
        self,
        connection: CardConnection,
        keys: KeyService,
        identity: CardIdentity,
        notes: Notes,
        *,
        internal_check: bool = True,
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._identity = identity
        self._notes = notes
        self._check_wanted = internal_check
        self._proved: set[int] = set()
        self._absent: set[CardKey] = set()

    def holds(self, application: Application, key: Key) -> bool:
        """Tell whether the counter has a key, and the card is not known to lack it."""
        named = CardKey(application.name, key.name)
        return named not in self._absent and self._keys.holds(self._identity, named)

    @property
    def proved(self) -> frozenset[int]:
        """Give the ids of the keys proved in the application that is selected."""
        return frozenset(self._proved)

    def entered(self) -> None:
        """Take note that an application was selected: the card has forgotten key proofs."""
        self._proved.clear()

    def prove(self, application: Application, key: Key) -> None:
        """Prove a key to the card, once (§4.2): the last challenge is the factor.

        Raises KeysDoNotFit before a try is spent, ProofRejected with the tries left, ProofLocked,
        ChallengeStale, KeyVersionUnknown.
        """
        if key.id in self._proved:
            return
        self.check_card()
        named = CardKey(application.name, key.name)
        original, factor = self.challenge(), self.challenge()
        proof = self._keys.authentication_data(self._identity, named, factor, original)
        version = self._keys.version(named)
        answer = exchange(
            self._connection,
            ExternalAuthenticate(
                key.id, proof, original, b"" if version is None else bytes((version,))
            ),
        )
        if not answer.ok:
            self._rejected(named, version, answer.sw)
        self._proved.add(key.id)
        event("key.proved", key=str(named))

    def _rejected(self, key: CardKey, version: int | None, sw: int) -> NoReturn:
        left = tries_left(sw)
        if left is not None or sw == _FAILED:
            raise ProofRejected(key=key.name, left="?" if left is None else left)
        if sw == SW.BLOCKED:
            raise ProofLocked(key=key.name)
        if sw == SW.REFERENCE_INVALID:
            raise ChallengeStale
        if sw == SW.KEY_NOT_FOUND:
            self._absent.add(key)
            raise _no_version(key, version)
        raise refused("EXTERNAL AUTHENTICATE", sw)

    def check_card(self) -> None:
        """Let the card prove IRK, once a session: the first challenge is the original.

        Raises KeysDoNotFit; no try is spent by it.
        """
        if not self._check_wanted:
            return
        original, factor = self.challenge(), self.challenge()
        version = self._keys.version(_IRK)
        answer = exchange(
            self._connection,
            InternalAuthenticate(factor, original, b"" if version is None else bytes((version,))),
        )
        if answer.sw == SW.KEY_NOT_FOUND and (version is not None or self._keys.test_keys):
            raise _no_version(_IRK, version)
        if answer.sw in {SW.UNKNOWN_INS, SW.KEY_NOT_FOUND} and not self._keys.test_keys:
            # The check is optional (§11); test keys must not try their luck on a real card.
            self._notes.add("no_internal_check", f"{answer.sw:04X}")
        elif not answer.ok:
            raise refused("INTERNAL AUTHENTICATE", answer.sw)
        else:
            right = self._keys.authentication_data(self._identity, _IRK, factor, original)
            if not hmac.compare_digest(right, answer.data[:RESULT]):
                raise KeysDoNotFit
            event("card.proved")
        self._check_wanted = False

    def send_with_mac(
        self,
        application: Application,
        key: Key,
        header: bytes,
        make: Callable[[bytes], Declared],
        protect: Protect | None = None,
    ) -> None:
        """Send a command whose data is a MAC by a key, made over a fresh challenge (§8.3).

        ``header`` is CLA INS P1 P2; ``make`` builds the command from the protected data;
        ``protect`` makes that data where it is more than a MAC. Raises MacRejected, where nothing
        was changed, ChallengeStale, KeyVersionUnknown.
        """
        self.check_card()
        named = CardKey(application.name, key.name)
        factor = self.challenge()
        protected = (
            self._keys.mac(self._identity, named, factor, header)
            if protect is None
            else protect(self._identity, named, factor)
        )
        command = make(protected)
        answer = exchange(self._connection, command)
        event("mac.sent", command=command.NAME, key=str(named), sw=f"{answer.sw:04X}")
        if answer.ok:
            return
        if answer.sw in _MAC_WRONG:
            raise MacRejected(step=command.NAME, sw=f"{answer.sw:04X}")
        if answer.sw in {SW.BLOCKED, SW.REFERENCE_INVALID, SW.KEY_NOT_FOUND}:
            self._rejected(named, None, answer.sw)
        raise refused(command.NAME, answer.sw)

    @property
    def keys(self) -> KeyService:
        """Give the key service, for what is more than a MAC."""
        return self._keys

    def challenge(self) -> bytes:
        """Ask the card for 8 random bytes; the last ones are its process factor."""
        answer: Response = exchange(self._connection, GetChallenge(FACTOR))
        if not answer.ok:
            raise refused("GET CHALLENGE", answer.sw)
        if len(answer.data) != FACTOR:
            raise CardBabbles(detail=f"challenge of {len(answer.data)} bytes")
        return answer.data


def _no_version(key: CardKey, version: int | None) -> KeyVersionUnknown:
    return KeyVersionUnknown(key=key.name, version=_NOT_NAMED if version is None else version)
