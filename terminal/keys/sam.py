"""The SAM key service: a PSAM card in a reader of its own computes, and no key leaves it.

Reference social-security-card.md §8.2 to §8.4. On T=0 a SAM takes six TPDUs once (environment,
application, card data, terminal number), then three for authentication data or a MAC (derive,
CRYPT, GET RESPONSE) and five for a PIN reload. Computing changes nothing in it, so what was lost
with a connection is asked again once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from apdu.cipher import FACTOR, MAC, RESULT, Algorithm, family, pad_always, pad_if_needed
from apdu.commands import ReadBinary, Select, SelectBy
from apdu.declare import Declared
from apdu.errors import EncodingError, LayoutError
from apdu.response import Response, parse_response
from apdu.sam_commands import MOST_LEVELS, Crypt, CryptStep, DeriveSession, InitEnvironment
from apdu.status import SW, Family, meaning
from card_profiles import sam as profile
from card_profiles import social_security as ssse
from card_profiles.model import ElementaryFile
from card_profiles.sam import SamKeyId
from terminal.config import Readers
from terminal.config import Sam as SamSettings
from terminal.errors import (
    CardBabbles,
    CardError,
    CardReset,
    CardTorn,
    GuitaiError,
    KeyMissing,
    ReaderError,
    SamMissing,
    SamRefused,
    SamReplaced,
)
from terminal.keys.derivation import factors_below
from terminal.keys.service import CardIdentity, CardKey
from terminal.readers.connection import CardConnection
from terminal.readers.identity import choose
from terminal.readers.port import Pcsc
from terminal.readers.session import CardSession
from terminal.readers.survey import survey
from terminal.service_pin import ServicePin
from terminal.texts import Text

T = TypeVar("T")

ROLE = "sam"
"""The reader's role in ``[readers.roles]``."""
_KEY_MISSING = frozenset({SW.KEY_NOT_FOUND, SW.KEY_INDEX_NOT_FOUND})
_NO_FACTORS = (bytes(FACTOR),) * MOST_LEVELS
"""Stands for a card's factors where a SAM is only asked whether it has a key."""


@dataclass(frozen=True, slots=True)
class SamIdentity:
    """Hold who a SAM is: serial (20 hex digits), terminal number (12), whether of test keys."""

    serial: str
    terminal: str
    test_keys: bool


class SamKeys:
    """Compute with the keys of the SAM behind a session, which is closed with this object.

    ``serial`` is the one that is configured, empty to take the SAM there is; from then on it is
    the one. ``keys`` says how the SAM names keys, where it does otherwise than
    card_profiles/sam.py.
    Raises SamMissing, SamReplaced, SamRefused, KeyMissing, CardBabbles (the user card's identity
    does not derive), and ServiceError leaves.
    """

    def __init__(
        self,
        session: CardSession,
        *,
        serial: str = "",
        keys: Mapping[tuple[str, str], SamKeyId] | None = None,
    ) -> None:
        self._session = session
        self._expected = serial.replace(" ", "").upper()
        self._names = {**profile.KEYS, **(keys or {})}
        self._levels: dict[tuple[Algorithm, CardKey], int] = {}
        """How many levels lie below a key, once the SAM has accepted it."""
        self._likely = MOST_LEVELS
        # What is known of the SAM behind the connection that is there now.
        self._connection: CardConnection | None = None
        self._environment: Algorithm | None = None
        self._identity: SamIdentity | None = None

    # --- KeyService ------------------------------------------------------------------------

    @property
    def test_keys(self) -> bool:
        """Tell whether the SAM's key type byte says test keys (KeyService)."""
        return self.identity().test_keys

    def holds(self, card: CardIdentity, key: CardKey) -> bool:
        """Ask the SAM once whether it derives from a key of this name (KeyService)."""
        if (card.algorithm, key) in self._levels:
            return True
        if (key.application, key.name) not in self._names:
            return False
        return self._with(
            card.algorithm,
            lambda connection: self._derived(
                connection, card.algorithm, key, _NO_FACTORS, bytes(FACTOR)
            ),
        )

    def version(self, key: CardKey) -> int | None:  # noqa: ARG002  the card's own choice
        """Name no version (KeyService)."""
        return None

    def authentication_data(
        self, card: CardIdentity, key: CardKey, factor: bytes, original: bytes
    ) -> bytes:
        """Make authentication data (KeyService): SM4's two halves are folded here (§8.3)."""
        block = family(card.algorithm).block

        def compute(connection: CardConnection) -> bytes:
            padded = original.ljust(block, b"\0")
            return _folded(_crypt(connection, CryptStep.ENCRYPT, padded, block))

        return self._with_key(card, key, factor, compute)

    def mac(self, card: CardIdentity, key: CardKey, factor: bytes, header: bytes) -> bytes:
        """Make the MAC of a command without data (KeyService)."""
        block = family(card.algorithm).block
        message = header + bytes((MAC,))
        return self._with_key(
            card, key, factor, lambda connection: _mac(connection, message, block)
        )

    def reload_pin(
        self, card: CardIdentity, key: CardKey, factor: bytes, header: bytes, pin: ServicePin
    ) -> bytes:
        """Encipher a new PIN and make the MAC over it (KeyService); the terminal pads."""
        block = family(card.algorithm).block

        def compute(connection: CardConnection) -> bytes:
            coded = pin.coded(ssse.ENVIRONMENT)
            try:
                plain = pad_if_needed(bytes((len(coded),)) + coded, block)
                enciphered = _crypt(connection, CryptStep.ENCRYPT, plain, len(plain))
            finally:
                coded[:] = bytes(len(coded))
            length = bytes((len(enciphered) + MAC,))
            return enciphered + _mac(connection, header + length + enciphered, block)

        return self._with_key(card, key, factor, compute)

    def close(self) -> None:
        """Let go of the SAM's reader (KeyService)."""
        with contextlib.suppress(GuitaiError):
            self._session.close()

    # --- Who the SAM is --------------------------------------------------------------------

    def identity(self) -> SamIdentity:
        """Tell who the SAM is, reading it where that was not done yet."""
        if self._identity is None:
            self._with(None, lambda _: None)
        assert self._identity is not None, "read when the application was entered"
        return self._identity

    def _enter(self, connection: CardConnection, algorithm: Algorithm | None) -> None:
        """Select environment and application unless they are, and check who the SAM is."""
        if connection is not self._connection:
            self._connection = connection
            self._environment = self._identity = None
            self._levels.clear()  # it may be the same SAM, loaded anew
        if algorithm is not None and algorithm is not self._environment:
            self._environment = None
            self._select_environment(connection, algorithm)
            self._environment = algorithm
        elif self._identity is None and algorithm is None:
            # Whatever environment is current after a reset: all say the same of the card.
            self._select_application(connection)
        if self._identity is None:
            self._identity = self._identified(connection)

    def _select_environment(self, connection: CardConnection, algorithm: Algorithm) -> None:
        name = profile.ENVIRONMENTS[algorithm].aid or b""
        answer = exchange(connection, Select(SelectBy.NAME, name))
        # Without the environment it may still be a SAM, of other algorithms.
        self._select_application(connection)
        if not answer.ok:
            raise refused(f"SELECT {algorithm.label}", answer.sw)

    def _select_application(self, connection: CardConnection) -> None:
        aid = profile.PSAM.aid or b""
        answer = exchange(connection, Select(SelectBy.NAME, aid))
        if not answer.ok:
            raise SamMissing(
                detail=Text(
                    f"SAM 卡槽里的卡不是社会保障 PSAM 卡（{answer.sw:04X}）",
                    f"What is in the SAM's slot is no social security PSAM ({answer.sw:04X})",
                ),
            )

    def _identified(self, connection: CardConnection) -> SamIdentity:
        """Read serial and terminal number; raises SamReplaced where it is another SAM."""
        card = read_file(connection, profile.CARD_DATA_FILE)
        serial = card["serial"]
        if self._expected and serial != self._expected:
            raise SamReplaced(expected=self._expected, found=serial)
        terminal = read_file(connection, profile.TERMINAL_FILE)
        self._expected = serial
        return SamIdentity(serial, terminal, card["key_type"] == profile.TEST_KEYS)

    # --- Keys ------------------------------------------------------------------------------

    def _with_key(
        self,
        card: CardIdentity,
        key: CardKey,
        challenge: bytes,
        compute: Callable[[CardConnection], T],
    ) -> T:
        """Compute with a card's session key, derived in the SAM by this challenge."""
        factors = factors_below("national", card)
        if (key.application, key.name) not in self._names:
            raise KeyMissing(key=str(key))

        def run(connection: CardConnection) -> T | None:
            if not self._derived(connection, card.algorithm, key, factors, challenge):
                return None
            return compute(connection)

        result = self._with(card.algorithm, run)
        if result is None:
            raise KeyMissing(key=str(key))
        return result

    def _derived(
        self,
        connection: CardConnection,
        algorithm: Algorithm,
        key: CardKey,
        factors: Sequence[bytes],
        challenge: bytes,
    ) -> bool:
        """Derive a session key in the SAM; False where it lacks the key.

        Where the root stands only the SAM knows: a count of levels that does not fit is refused
        with 6A80, then another is tried, and the one accepted is remembered (§8.2).
        """
        name = self._names[key.application, key.name]
        known = self._levels.get((algorithm, key))
        others = (self._likely, *range(MOST_LEVELS, 0, -1))
        for levels in dict.fromkeys(others) if known is None else (known,):
            command = DeriveSession.of(name.type, name.id, factors[-levels:], challenge)
            answer = exchange(connection, command)
            if answer.sw == SW.CONDITIONS and exchange(connection, InitEnvironment()).ok:
                # §8.4 has this command and not who wants it: it is sent where it is asked for.
                answer = exchange(connection, command)
            if answer.ok:
                self._levels[algorithm, key] = self._likely = levels
                return True
            if answer.sw in _KEY_MISSING:
                return False
            if answer.sw != SW.WRONG_DATA:
                break
        raise refused(command.NAME, answer.sw)

    # --- The session -----------------------------------------------------------------------

    def _with(self, algorithm: Algorithm | None, operation: Callable[[CardConnection], T]) -> T:
        """Run an operation in the SAM's application; the SAM may have been away in between."""

        def run(connection: CardConnection) -> T:
            self._enter(connection, algorithm)
            return operation(connection)

        try:
            try:
                return self._session.run(run)
            except (CardTorn, CardReset):
                return self._session.run(run)
        except (CardError, ReaderError) as error:
            # What the reader says of this card is about the SAM, not about the holder's card.
            raise missing(error) from error


def from_settings(pcsc: Pcsc, readers: Readers, settings: SamSettings) -> SamKeys:
    """Make the service on the reader that plays the role ``sam``; the SAM itself is asked later.

    Raises SamMissing where no reader plays it, ServiceError leaves.
    """
    return SamKeys(open_session(pcsc, readers), serial=settings.serial)


def open_session(pcsc: Pcsc, readers: Readers) -> CardSession:
    """Give a session on the reader of role ``sam``; raises SamMissing, ServiceError leaves."""
    names = [view.name for view in survey(pcsc)]
    if ROLE not in readers.roles:
        raise SamMissing(
            detail=Text(
                "配置 [readers.roles] 中没有登记 sam",
                "The configuration has no role sam under [readers.roles]",
            ),
        )
    try:
        reader = choose(names, ROLE, roles=readers.roles)
    except ReaderError as error:
        raise missing(error) from error
    return CardSession(pcsc, reader, deadline=readers.deadline_seconds)


def missing(error: GuitaiError) -> SamMissing:
    """Say of the SAM what was said of a reader and a card."""
    return SamMissing(
        detail=Text(
            f"{error.message('zh')}：{error.cause('zh')}",
            f"{error.message('en')}: {error.cause('en')}",
        ),
    )


def exchange(connection: CardConnection, command: Declared) -> Response:
    """Send a command to a SAM; raises CardBabbles."""
    try:
        return parse_response(connection.transmit(command.encode()))
    except EncodingError as error:
        raise CardBabbles(detail=str(error)) from error


def expect(connection: CardConnection, command: Declared, size: int) -> bytes:
    """Exchange and demand an answer of a size; raises SamRefused, CardBabbles."""
    answer = exchange(connection, command)
    if not answer.ok:
        raise refused(command.NAME, answer.sw)
    if len(answer.data) != size:
        raise CardBabbles(detail=f"{len(answer.data)} bytes to {command.NAME}")
    return answer.data


def _crypt(connection: CardConnection, step: CryptStep, content: bytes, size: int) -> bytes:
    return expect(connection, Crypt(step, content), size)


def _folded(whole: bytes) -> bytes:
    """Fold two halves to one; a block of the DES family is one already (§8.3)."""
    if len(whole) == RESULT:
        return whole
    return bytes(a ^ b for a, b in zip(whole[:RESULT], whole[RESULT:], strict=True))


def _mac(connection: CardConnection, message: bytes, block: int) -> bytes:
    """Let the SAM make a MAC at once: a zero block as initial vector, then the padded message."""
    content = bytes(block) + pad_always(message, block)
    return _crypt(connection, CryptStep.MAC_ONLY, content, MAC)


def read_file(connection: CardConnection, file: ElementaryFile) -> Any:
    """Read a file of the application that is selected; raises SamRefused, CardBabbles."""
    raw = expect(connection, ReadBinary.of_file(file.sfi, 0, file.size), file.size)
    try:
        return file.items[0].field.decode(raw)
    except LayoutError as error:
        raise CardBabbles(detail=str(error)) from error


def refused(step: str, sw: int) -> SamRefused:
    """Make the error for a command that the SAM refused."""
    known = meaning(sw, Family.PURSE)
    return SamRefused(
        step=step,
        sw=f"{sw:04X}",
        meaning=Text(
            known.zh if known else "未知状态字", known.en if known else "unknown status word"
        ),
    )
