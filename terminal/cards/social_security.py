"""The social security application: find it, authenticate, read card and holder.

Reference social-security-card.md §4 (sequences), §11 (checklist, tolerance). On a card of
standard layout generation 2 takes four TPDUs and generation 3 eleven; a card that refuses
the short way is read file by file and record by record. Every deviation that was tolerated is
a warning in the result.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from apdu import tlv
from apdu.atr import Atr
from apdu.cipher import Algorithm
from apdu.command import SHORT_ANSWER_LIMIT
from apdu.commands import (
    Select,
    SelectBy,
)
from apdu.errors import EncodingError, TlvError
from apdu.response import Response
from apdu.status import SW
from card_profiles import social_security as profile
from card_profiles.model import Application, Key
from terminal.cards.exchange import exchange
from terminal.cards.file_reader import FileReader
from terminal.cards.holder import CardData, Holder, read_card_data, read_holder
from terminal.cards.notes import Notes
from terminal.cards.proving import Prover
from terminal.errors import (
    CardBlocked,
    CardRefused,
    DataDamaged,
    KeyMissing,
    NotSocialSecurity,
)
from terminal.keys.service import CardIdentity, KeyService
from terminal.readers.connection import CardConnection
from terminal.texts import Text

_BANK = Text("（看起来是银行卡）", " (it looks like a bank card)")
_TRANSIT = Text("（看起来是交通卡）", " (it looks like a transit card)")
_LIKELY = (
    (b"2PAY.SYS.DDF01", _BANK),
    (b"1PAY.SYS.DDF01", _BANK),
    (bytes.fromhex("A000000632010105"), _TRANSIT),
)
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_NOTHING = Application("", "", 0, None)
"""What is selected before anything was."""
_LOCAL_KEY = 0x80
"""Bit of a key id that says: a key of the current application (§8.1)."""
_PADDING = bytes(16)
"""So many zero bytes at the end of a block are padding and no picture."""


@dataclass(frozen=True, slots=True)
class CardReading:
    """Hold what was read of a card: itself, its holder, and what was odd about it.

    ``holder`` is None where it was not asked for.
    """

    atr: bytes
    contactless: bool
    generation: int
    algorithm: Algorithm
    card: CardData
    holder: Holder | None
    notes: Notes


class SocialSecurityCard:
    """Use the social security application of the card behind a connection.

    One object a card session: it knows what is selected and what was proved. What it is built of
    stands beside it: files.py (protected data), pin.py (the service PIN), blocking.py.
    """

    def __init__(self, connection: CardConnection) -> None:
        self.connection = connection
        self.notes = Notes()
        self.pin_verified = False
        """Whether the service PIN was verified since the card was powered (pin.py sets it)."""
        self.application = _NOTHING
        self.reader = FileReader(connection, self.notes)
        self._named_algorithm: int | None = None
        self._card: CardData | None = None
        self._holder: Holder | None = None
        self._keys: KeyService | None = None
        self._internal_check = True
        self._prover: Prover | None = None
        self.generation = 0
        """1 to 3, known once the card is identified."""
        self.contactless = False
        self.historical = b""
        self._read_atr()

    def read(
        self,
        keys: KeyService | None = None,
        *,
        with_holder: bool = True,
        internal_check: bool = True,
    ) -> CardReading:
        """Read the card's and the holder's data.

        ``keys`` is wanted for generation 3 only. ``internal_check`` lets the card prove itself
        first: four TPDUs more, and wrong keys cost no try. Raises NotSocialSecurity, ContentError,
        ProofError and CardError leaves; never a part of a holder as if it were whole.
        """
        card = self.identify()
        if keys is not None:
            self.use(keys, internal_check=internal_check)
        return CardReading(
            atr=self.connection.atr,
            contactless=self.contactless,
            generation=self.generation,
            algorithm=self.algorithm(card),
            card=card,
            holder=self.holder() if with_holder else None,
            notes=self.notes,
        )

    def identify(self) -> CardData:
        """Select the environment and read EF05, once a session."""
        if self._card is None:
            self.enter(profile.ENVIRONMENT)
            self._card = self.read_card()
            self.generation = self._generation(self._card)
        return self._card

    def holder(self) -> Holder:
        """Read EF06, once a session, with a proof where the generation or the card wants one."""
        if self._holder is None:
            self.identify()
            self.enter(profile.ENVIRONMENT)
            self._holder = self._prove_and_read(self.generation)
        return self._holder

    def _prove_and_read(self, generation: int) -> Holder:
        proved = generation == 3 and self._keys is not None
        if proved:
            self.prove(profile.RK)
        try:
            return self.read_holder(generation)
        except CardRefused as refusal:
            if proved or refusal.facts["sw"] != f"{SW.SECURITY_STATUS:04X}":
                raise
        # The card wants the key, of whatever generation it says it is.
        self.prove(profile.RK)
        return self.read_holder(generation)

    # --- Finding the application -----------------------------------------------------------

    def select(self) -> None:
        """Select the environment: by name, by FID DDF1, or as the master file (§11).

        A card may show DDF1 from the master file only, so it is tried again from there. Raises
        NotSocialSecurity, CardBlocked.
        """
        fid = profile.FID.to_bytes(2, "big")
        below = (("DDF1", SelectBy.FILE_ID, fid), ("DDF1", SelectBy.CHILD_DF, fid))
        master = ("MF", SelectBy.FILE_ID, profile.MASTER_FILE.to_bytes(2, "big"))
        refusals = set()
        for way, by, name in (("", SelectBy.NAME, profile.NAME), *below, master, *below):
            answer = self._ask_select(by, name)
            if not answer.ok:
                refusals.add(answer.sw)
                continue
            # By another way than its name something else may be there.
            if way and not self.reader.has(profile.CARD_FILE):
                continue
            if way:
                self.notes.add("selected_otherwise", way)
            self._read_fci(answer.data)
            self._entered(profile.ENVIRONMENT)
            return
        if refusals == {SW.NOT_SUPPORTED}:
            # A blocked card answers 6A81 to everything (§3).
            raise CardBlocked(sw=f"{SW.NOT_SUPPORTED:04X}")
        raise self._unknown()

    def _ask_select(self, by: SelectBy, name: bytes) -> Response:
        """Send a SELECT; raises CardBlocked."""
        answer = exchange(self.connection, Select(by, name, le=self._select_le))
        if answer.sw in {SW.APPLICATION_BLOCKED, SW.FILE_INVALIDATED}:
            self._entered(_NOTHING)  # cards differ in whether it is selected all the same
            raise CardBlocked(sw=f"{answer.sw:04X}")
        return answer

    @property
    def _select_le(self) -> int | None:
        """Give Le for SELECT: T=0 has none; elsewhere a strict card gives no FCI without."""
        return None if self.connection.protocol == "T=0" else SHORT_ANSWER_LIMIT

    def _unknown(self) -> NotSocialSecurity:
        """Say what the card is not, and what it looks like."""
        looks_like = (
            likely
            for name, likely in _LIKELY
            if exchange(self.connection, Select(SelectBy.NAME, name)).ok
        )
        atr = self.connection.atr.hex().upper()
        return NotSocialSecurity(atr=atr, likely=next(looks_like, Text("", "")))

    def _read_atr(self) -> None:
        raw = self.connection.atr
        try:
            atr = Atr.decode(raw)
        except EncodingError as error:
            self.notes.add("odd_atr", str(error))
            # The usual layout (§7): 3B 6n 00 00 and n historical bytes.
            self.historical = raw[4 : 4 + (raw[1] & 0x0F)] if raw[1:] else b""
            return
        self.contactless = atr.contactless
        self.historical = atr.historical

    def _read_fci(self, fci: bytes) -> None:
        """Take the algorithm from tag 86 inside 9F0C (§1.3); an odd FCI is noted.

        Cards were seen to put 86 straight into A5, and to leave bytes behind.
        """
        try:
            objects = tlv.parse(fci)
        except TlvError as error:
            self.notes.add("odd_fci", str(error))
            objects = _salvaged(fci)
        if not fci:
            self.notes.add("odd_fci", "0 bytes")
        named = _algorithm_object(objects)
        if named is not None and len(named.value) == 1:
            self._named_algorithm = named.value[0]

    # --- What is on the card ---------------------------------------------------------------

    def read_card(self) -> CardData:
        """Read EF05, free on every generation."""
        return read_card_data(self.reader.read(profile.CARD_FILE), self.notes)

    def read_holder(self, generation: int) -> Holder:
        """Read EF06; generation 3 wants RKSSSE proved before."""
        file = profile.HOLDER_FILE_V1 if generation == 1 else profile.HOLDER_FILE_V2
        return read_holder(self.reader.read(file), file, self.notes)

    def read_photo(self) -> bytes | None:
        """Read the photo (EF08) without its padding; None where there is none.

        A JPEG ends at its last end mark; thumbnails inside have marks of their own.
        """
        collected = self.reader.read_transparent(
            profile.PHOTO_FILE, lambda so_far: so_far.endswith(_PADDING)
        )
        if collected.startswith(_JPEG_START) and _JPEG_END in collected:
            return collected[: collected.rindex(_JPEG_END) + len(_JPEG_END)]
        stripped = collected.rstrip(b"\x00").rstrip(b"\xff")
        return stripped or None

    def algorithm(self, card: CardData) -> Algorithm:
        """Decide the algorithm by tag 86, else by the region in the card id (§1.3)."""
        try:
            return profile.algorithm_of(self._named_algorithm, card.card_id_bytes)
        except ValueError:
            self.notes.add("unknown_algorithm", f"{self._named_algorithm:02X}")
            return profile.algorithm_of(None, card.card_id_bytes)

    def _generation(self, card: CardData) -> int:
        version = card.specification_version
        generation = profile.generation_of(version)
        if generation is None or (not version and self._named_algorithm is not None):
            # 9F0C came with generation 3 (§4.4).
            generation = 2 if self._named_algorithm is None else 3
            self.notes.add("unknown_version", card.specification_version or "")
        return generation

    # --- Proving ---------------------------------------------------------------------------

    def use(self, keys: KeyService, *, internal_check: bool = True) -> None:
        """Take the counter's keys for this session.

        ``internal_check`` lets the card prove itself first: four TPDUs more, and wrong keys cost
        no try (terminal/cards/proving.py).
        """
        self._keys = keys
        self._internal_check = internal_check
        self._prover = None

    def prover(self) -> Prover | None:
        """Give what proves keys to this card, None where the counter has no keys."""
        if self._prover is None and self._keys is not None:
            card = self.identify()
            identity = CardIdentity(
                self._region(card), self.historical, self.algorithm(card), card.card_id_bytes
            )
            if identity.algorithm is Algorithm.SSF33:
                self.notes.add("substitute_algorithm", "SSF33")
            self._prover = Prover(
                self.connection,
                self._keys,
                identity,
                self.notes,
                internal_check=self._internal_check,
            )
        return self._prover

    def prove(self, key_id: int) -> Prover:
        """Prove a key of the selected application, or a global one, once (§4.2).

        Raises KeyMissing where the counter has no keys, and what Prover.prove raises.
        """
        owner, key = key_of(self.application, key_id)
        prover = self.prover()
        if prover is None:
            raise KeyMissing(key=f"{owner.name}/{key.name}")
        prover.prove(owner, key)
        return prover

    def enter(self, application: Application) -> bool:
        """Select an application by AID, else by file id, unless it is; False where it is not there.

        The card forgets key proofs with it (§8.3). A file id may be known from the environment
        only, so it is tried from there too. Raises CardBlocked.
        """
        if application.name == self.application.name:
            return True
        if application.fid == profile.FID:
            self.select()
            return True
        if application.aid is not None and self._ask_select(SelectBy.NAME, application.aid).ok:
            self._entered(application)
            return True
        if self._enter_by_fid(application):
            return True
        if self.application.fid != profile.FID:
            self.select()
            return self._enter_by_fid(application)
        return False

    def _enter_by_fid(self, application: Application) -> bool:
        """Select by file id in the two forms that are seen (§1.2)."""
        fid = application.fid.to_bytes(2, "big")
        for by in (SelectBy.FILE_ID, SelectBy.CHILD_DF):
            if self._ask_select(by, fid).ok:
                self._entered(application)
                return True
        return False

    def elsewhere(self) -> CardConnection:
        """Give the connection for another institution's application on the chip.

        What is selected is not known afterwards, and key proofs are gone; the PIN's is not.
        """
        self._entered(_NOTHING)
        return self.connection

    def _entered(self, application: Application) -> None:
        self.application = application
        self.reader.entered()
        if self._prover is not None:
            self._prover.entered()

    def _region(self, card: CardData) -> str:
        """Give the issuing region, from the card id, else the four digits of the ATR (§7)."""
        if card.region is not None:
            return card.region
        digits = self.historical[7:9].hex()
        if not digits.isdecimal():
            raise DataDamaged(item=Text("卡识别码", "card id"), detail="tag 01")
        self.notes.add("region_from_atr", digits)
        return digits + "00"


def key_of(application: Application, key_id: int) -> tuple[Application, Key]:
    """Find a key by its id: the application's own, or a global one of the environment (§8.1)."""
    owner = application if key_id & _LOCAL_KEY else profile.ENVIRONMENT
    return owner, next(each for each in owner.keys if each.id == key_id)


def _salvaged(fci: bytes) -> tuple[tlv.Tlv, ...]:
    """Give what can be read of a broken FCI: before the break, and inside a 6F of wrong length."""
    objects: tuple[tlv.Tlv, ...] = ()
    for data in (fci, fci[2:]):
        try:
            objects += tlv.parse(data)
        except TlvError as error:
            with contextlib.suppress(TlvError):
                objects += tlv.parse(data[: error.offset])
    return objects


def _algorithm_object(objects: tuple[tlv.Tlv, ...]) -> tlv.Tlv | None:
    """Find tag 86 in 9F0C, in A5, or in either inside 6F."""
    for path in ((0x6F, 0xA5), (0xA5,)):
        named = tlv.find(objects, *path, 0x9F0C)
        if named is not None:
            with contextlib.suppress(TlvError):
                return tlv.find(tlv.parse(named.value), 0x86)
        bare = tlv.find(objects, *path, 0x86)
        if bare is not None:
            return bare
    return None
