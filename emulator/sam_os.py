"""The SAM's operating system: what it does with each command.

Reference social-security-card.md §8.4, transit-purse.md §6. It sees whole commands; T=0 is
emulator/transmission.py's.
"""

from __future__ import annotations

from collections.abc import Callable

from apdu.cipher import FACTOR, TDES, Algorithm, family
from apdu.command import Command
from apdu.commands import ReadBinary, Select, SelectBy
from apdu.declare import Declared, Refused
from apdu.response import Response
from apdu.sam_commands import (
    CreditPurchase,
    Crypt,
    DeriveSession,
    InitEnvironment,
    InitPurchase,
    KeyType,
    PickKey,
    derivation_order,
)
from apdu.secure_messaging import folded
from apdu.status import SW
from card_profiles import sam as profile
from card_profiles.model import Application, ElementaryFile
from emulator.card_os import NAME_SIZES, Habits, fci
from emulator.memory import Memory
from emulator.personalise import file_cell
from emulator.sam_purse import Purchases
from emulator.sam_session import (
    ENCRYPTS,
    MAKES_MACS,
    Session,
    demand_factors,
    engine,
    stored_key,
)

ENVIRONMENTS_CELL = "environments"
"""Which algorithms this SAM has, one byte each as in tag 86."""

_Instructions = dict[tuple[int, int], Callable[[Command], Response]]


class SamOs:
    """Run one SAM: persistent cells in ``memory``, derived keys gone at power-off.

    After a reset the master file is current, which is the DES environment. ``demands_init`` is a
    habit that §8.4 leaves open: to derive nothing before BF EC in the application.
    """

    def __init__(self, memory: Memory, *, demands_init: bool = False) -> None:
        self.habits = Habits()
        self._demands_init = demands_init
        self._memory = memory
        self._file: ElementaryFile | None = None
        self._session: Session | None = None
        self._purchases = Purchases(memory)
        common = self._of({Select: self._select, ReadBinary: self._read_binary})
        begin = self._of({InitEnvironment: self._init_environment})
        crypt = self._of({Crypt: self._crypt})
        psam = self._of({DeriveSession: self._derive_session})
        purse = self._of(
            {
                PickKey: self._pick_key,
                InitPurchase: self._purchases.init,
                CreditPurchase: self._purchases.credit,
            }
        )
        self._every = common | begin | crypt | psam | purse
        self._elsewhere = common | begin
        self._sets = {
            profile.PSAM.name: common | begin | crypt | psam,
            profile.PURSE.name: common | crypt | purse,
        }
        self.reset()

    def reset(self) -> None:
        """Forget all that does not survive a reset; finish what a power cut left."""
        self.forget()
        self._memory.recover()

    def forget(self) -> None:
        """Forget all that does not survive without power."""
        self._algorithm = Algorithm.TDES
        self._enter(profile.MASTER_FILE)

    @property
    def position(self) -> ElementaryFile | None:
        """Hold the current file, to go back to where a command came to nothing."""
        return self._file

    @position.setter
    def position(self, position: ElementaryFile | None) -> None:
        self._file = position

    def execute(self, command: Command) -> Response:
        """Answer a command; never raises but for a power cut in a write."""
        called = command.cla, command.ins
        handler = self._sets.get(self._application.name, self._elsewhere).get(called)
        if handler is None:
            if called in self._every:
                return Response(b"", SW.CONDITIONS)
            known = any(ins == command.ins for _, ins in self._every)
            return Response(b"", SW.UNKNOWN_CLA if known else SW.UNKNOWN_INS)
        try:
            return handler(command)
        except Refused as refused:
            return Response(b"", refused.sw)

    @staticmethod
    def _of(handlers: dict[type[Declared], Callable[[Command], Response]]) -> _Instructions:
        return {(declared.CLA, declared.INS): each for declared, each in handlers.items()}

    # --- Selection and files ---------------------------------------------------------------

    def _select(self, command: Command) -> Response:
        asked = Select.parse(command)
        if asked.by is SelectBy.NAME:
            if len(asked.name) not in NAME_SIZES:
                raise Refused(SW.WRONG_LENGTH, "a name has 5 to 16 bytes")
            return self._select_application(
                lambda each: each.aid is not None and each.aid.startswith(asked.name)
            )
        if len(asked.name) != 2:
            raise Refused(SW.WRONG_LENGTH, "a file id has two bytes")
        fid = int.from_bytes(asked.name, "big")
        file = next((each for each in self._application.files if each.fid == fid), None)
        if file is not None and asked.by is not SelectBy.CHILD_DF:
            self._file = file
            return Response(b"", SW.OK)
        return self._select_application(
            lambda each: fid == each.fid or (each is profile.PURSE and fid in profile.PURSE_IDS)
        )

    def _select_application(self, fits: Callable[[Application], bool]) -> Response:
        """Select an environment, or an application in the current one; raises Refused (6A82)."""
        present = self._memory.read(ENVIRONMENTS_CELL) or b""
        for algorithm, environment in profile.ENVIRONMENTS.items():
            # The master file is there even on a SAM without DES keys.
            there = algorithm.value in present or environment is profile.MASTER_FILE
            if there and fits(environment):
                self._algorithm = algorithm
                return self._enter(environment)
        for application in (profile.PSAM, profile.PURSE):
            if fits(application):
                return self._enter(application)
        raise Refused(SW.FILE_NOT_FOUND, "no such application")

    def _enter(self, application: Application) -> Response:
        """Make an application current; what was derived or begun in another is forgotten."""
        self._application = application
        self._initialised = False
        self._file = None
        self._session = None
        self._purchases.forget()
        return Response(fci(application), SW.OK)

    def _read_binary(self, command: Command) -> Response:
        asked = ReadBinary.parse(command)
        if asked.sfi:
            self._file = self._by_sfi(asked.sfi)
        if self._file is None:
            raise Refused(SW.NO_CURRENT_EF, "no EF is selected")
        content = self._memory.read(file_cell(self._application, self._file)) or b""
        if asked.offset >= len(content):
            raise Refused(SW.WRONG_OFFSET, "offset is beyond the file")
        return Response(content[asked.offset : asked.offset + asked.le], SW.OK)

    def _by_sfi(self, sfi: int) -> ElementaryFile:
        for file in self._application.files:
            if file.sfi == sfi:
                return file
        raise Refused(SW.FILE_NOT_FOUND, f"no EF {sfi:02X}")

    # --- Keys ------------------------------------------------------------------------------

    def _init_environment(self, command: Command) -> Response:
        InitEnvironment.parse(command)
        self._session = None
        self._initialised = True
        return Response(bytes((self._algorithm.value,)), SW.OK)

    def _derive_session(self, command: Command) -> Response:
        self._session = None
        asked = DeriveSession.parse(command)
        if self._demands_init and not self._initialised:
            raise Refused(SW.CONDITIONS, "the environment was not initialised")
        demand_factors(asked.body, asked.levels, more=FACTOR)
        factors, challenge = asked.body[:-FACTOR], asked.body[-FACTOR:]
        key = stored_key(self._memory, self._algorithm.label, asked.type, asked.key_id)
        if key is None:
            return Response(b"", SW.KEY_NOT_FOUND)
        cipher = family(self._algorithm)
        card_key = key.derived(cipher, derivation_order(factors))
        session = cipher.session_key(card_key, challenge)
        self._session = Session(asked.type, engine(cipher, session))
        return Response(b"", SW.OK)

    def _pick_key(self, command: Command) -> Response:
        self._session = None
        asked = PickKey.parse(command)
        demand_factors(asked.body, asked.levels)
        if asked.type not in ENCRYPTS | MAKES_MACS:
            raise Refused(SW.CONDITIONS, f"a key of type {asked.type:02X} is not for CRYPT")
        key = stored_key(self._memory, profile.PURSE.name, asked.type, asked.version)
        if key is None:
            return Response(b"", SW.KEY_INDEX_NOT_FOUND)
        value = key.derived(TDES, derivation_order(asked.body))
        if asked.type is KeyType.PIN_RELOAD:
            value = folded(value)
        self._session = Session(asked.type, engine(TDES, value))
        return Response(b"", SW.OK)

    def _crypt(self, command: Command) -> Response:
        asked = Crypt.parse(command)
        if self._session is None:
            raise Refused(SW.CONDITIONS, "no key was derived")
        return Response(self._session.crypt(asked), SW.OK)
