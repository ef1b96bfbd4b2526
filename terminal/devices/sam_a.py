"""The driver of the readers with a SAM-A module on a serial line (reference counter-devices.md §6).

Find, select, read, newest address. Nothing here writes a log: what crosses the line is a person's
identity. A reading may be repeated; finding and selecting change what the module knows, so
after an answer to them that was lost it is looked at what became of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from apdu.errors import EncodingError
from apdu.sam_a_areas import Areas, decode_address
from apdu.sam_a_commands import Command, Status, status_of
from apdu.sam_a_document import (
    ADDRESS_UNITS,
    CitizenText,
    ForeignerFirstText,
    IdText,
    PermitText,
    UnknownKind,
    decode_text,
    is_full,
    name_cell,
    units,
)
from terminal import config
from terminal.config import DEFAULT_PATH
from terminal.devices.id_reader import (
    IdDocument,
    IdReader,
    IdReaderHealth,
    IdReaderInfo,
    Waiting,
)
from terminal.devices.sam_a_link import ATTEMPTS, Lost, SamLink, no_answer
from terminal.devices.serial_line import Device, Line, SerialLine
from terminal.errors import (
    GuitaiError,
    IdDocumentAbsent,
    IdDocumentUnreadable,
    IdDocumentWrong,
    IdReadCancelled,
    IdReaderGarbled,
    IdReaderGone,
    IdReaderMissing,
    IdReaderNotConfigured,
    IdReaderRefused,
    IdReaderUnauthorised,
)
from terminal.rules.documents import DocumentKind
from terminal.texts import Text

READER = Device(lambda port, detail: IdReaderMissing(port=port, detail=detail), IdReaderGone)
"""What a serial line says of a reader."""
_PAUSE_SECONDS = 0.3
"""Between two searches (§6.4: 200 to 400 ms)."""
_DOCUMENT_TROUBLE = frozenset(
    {
        Status.CARD_REJECTED_READER,
        Status.READER_REJECTED_CARD,
        Status.INFORMATION_CHECK,
        Status.READ_FAILED,
        Status.RANDOM_FAILED,
        Status.NO_CARD,
        Status.SELECT_FAILED,
        Status.NO_CONTENT,
    }
)
"""What lies in how the document lies, or in the document: lifting and laying it again may help."""
_NO_NEWEST = frozenset({Status.NO_CONTENT, Status.BAD_COMMAND})
"""There is none; or the module is older than the command."""


def _nothing(_left: float) -> None:
    """Tell nobody."""


class SamA:
    """Drive a reader with a SAM-A module; the port is :class:`terminal.devices.id_reader.IdReader`.

    ``open_line`` makes an open line and is called again after the reader went.
    """

    def __init__(
        self,
        open_line: Callable[[], Line],
        *,
        speed: int = 115_200,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cancelled = threading.Event()
        self._link = SamLink(open_line, clock, speed, self._cancelled)
        self._clock = clock
        self._lock = threading.RLock()
        self._unheard = False
        """Whether a search was called off before its answer came: it may have found something."""

    def info(self) -> IdReaderInfo:
        """Ask which reader it is (12 FF)."""
        with self._lock:
            self._cancelled.clear()
            return IdReaderInfo(self._done(Command.NUMBER))

    def self_test(self) -> IdReaderHealth:
        """Ask how it is (11 FF)."""
        with self._lock:
            self._cancelled.clear()
            status = self._link.ask(Command.STATE).status
        if status not in (Status.DONE, Status.SELF_TEST_FAILED, Status.UNAUTHORISED):
            raise trouble(Command.STATE, status)
        return IdReaderHealth(
            working=status != Status.SELF_TEST_FAILED, authorised=status == Status.DONE
        )

    def read(
        self, seconds: float, waiting: Waiting = _nothing, *, fingers: bool = False
    ) -> IdDocument:
        """Wait so long for a document, and read it."""
        with self._lock:
            self._cancelled.clear()
            self._find(seconds, waiting)
            data = self._done(Command.READ_FINGERS if fingers else Command.READ)
            try:
                areas = Areas.decode(data, with_fingers=fingers)
            except EncodingError as error:
                raise IdReaderGarbled(detail=str(error)) from error
            text = text_of(areas)
            # Only these two kinds have an address.
            has_address = isinstance(text, CitizenText | PermitText)
            return document_of(areas, text, self._newest_address() if has_address else "")

    def cancel(self) -> None:
        """End a running reading from another thread."""
        self._cancelled.set()

    def close(self) -> None:
        """End a running reading and give the port back."""
        self.cancel()
        with self._lock:
            self._link.close()

    def _find(self, seconds: float, waiting: Waiting) -> None:
        """Search until a document is found and selected."""
        until = self._clock() + seconds
        lost: list[Lost] = []
        unheard, self._unheard = self._unheard, False
        if unheard:
            answer = self._link.ask_once(Command.SELECT)
            if not isinstance(answer, Lost) and answer.status == Status.DONE:
                return
        while True:
            waiting(max(until - self._clock(), 0.0))
            if self._cancelled.is_set():
                raise IdReadCancelled
            try:
                answer = self._link.ask_once(Command.FIND)
            except IdReadCancelled:
                self._unheard = True
                raise
            if isinstance(answer, Lost):
                lost.append(answer)
                if self._was_found(lost):
                    return
            else:
                lost.clear()
                if answer.status == Status.FOUND:
                    self._select()
                    return
                if answer.status != Status.NO_CARD:
                    raise trouble(Command.FIND, answer.status)
            left = until - self._clock()
            if left <= 0:
                raise IdDocumentAbsent(seconds=seconds)
            self._link.pause(min(left, _PAUSE_SECONDS))

    def _was_found(self, lost: list[Lost]) -> bool:
        """Try to select: what was lost may have been a yes, and a document is found once only."""
        if len(lost) < ATTEMPTS:
            answer = self._link.ask_once(Command.SELECT)
            if not isinstance(answer, Lost):
                return answer.status == Status.DONE
            lost.append(answer)
        if len(lost) >= ATTEMPTS:
            raise no_answer(lost)
        return False

    def _select(self) -> None:
        answer = self._link.ask_once(Command.SELECT)
        # Where the answer was lost it may have worked: the reading will tell.
        if not isinstance(answer, Lost) and answer.status != Status.DONE:
            raise trouble(Command.SELECT, answer.status)

    def _newest_address(self) -> str:
        answer = self._link.ask(Command.ADDRESS)
        if answer.status in _NO_NEWEST:
            return ""
        if answer.status != Status.DONE:
            raise trouble(Command.ADDRESS, answer.status)
        try:
            return decode_address(answer.data)
        except EncodingError as error:
            raise _damaged() from error

    def _done(self, command: Command) -> bytes:
        """Give the data of a command that may be repeated."""
        answer = self._link.ask(command)
        if answer.status != Status.DONE:
            raise trouble(command, answer.status)
        return answer.data


def open_id_reader(settings: config.IdReader, source: str = "") -> IdReader:
    """Give the reader of a configuration from ``source``; the port is opened when first needed.

    Raises IdReaderNotConfigured.
    """
    if not settings.port:
        raise IdReaderNotConfigured(source=source or DEFAULT_PATH)
    return SamA(
        lambda: SerialLine(settings.port, settings.speed, READER),
        speed=settings.speed,
    )


def trouble(command: Command, status: int) -> GuitaiError:
    """Say what a status means that is no success."""
    known = status_of(status)
    meaning = Text("原因不明", "for a reason unknown") if known is None else _meaning(known)
    if known is Status.UNAUTHORISED:
        return IdReaderUnauthorised()
    if known is Status.WRONG_CARD:
        return IdDocumentWrong(detail=_status_said(meaning, status))
    if known in _DOCUMENT_TROUBLE:
        return IdDocumentUnreadable(meaning=meaning)
    step = Text(command.zh, command.en)
    return IdReaderRefused(step=step, meaning=meaning, status=f"{status:02X}")


def _meaning(status: Status) -> Text:
    return Text(status.zh, status.en)


def _status_said(meaning: Text, status: int) -> Text:
    return Text(f"{meaning.zh}（状态 {status:02X}）", f"{meaning.en} (status {status:02X})")


def _damaged() -> IdDocumentUnreadable:
    return IdDocumentUnreadable(
        meaning=Text("芯片里的文字不合规范", "the text on its chip is not what it should be")
    )


# --- From the text to a document ------------------------------------------------------------


def text_of(areas: Areas) -> IdText:
    """Read the text; raises IdDocumentUnreadable and IdDocumentWrong."""
    try:
        return decode_text(areas.text)
    except UnknownKind as error:
        raise IdDocumentWrong(
            detail=Text(
                "证件的种类代码不认识，可能是本程序之后才有的证件",
                "the letter of its kind is unknown; it may be newer than this program",
            )
        ) from error
    except EncodingError as error:
        raise _damaged() from error


def document_of(areas: Areas, text: IdText, newest_address: str) -> IdDocument:
    """Make a document of what was read."""
    kind = DocumentKind.PERMANENT_RESIDENCE
    english = nation = nationality = address = authority = pass_number = ""
    if isinstance(text, CitizenText | PermitText):
        kind = DocumentKind.CITIZEN_ID
        address, authority = text.address, text.authority
        if isinstance(text, PermitText):
            kind, pass_number = DocumentKind.RESIDENCE_PERMIT, text.pass_number
        else:
            nation = text.nation
    else:
        english, nationality = text.english_name, text.nationality
        if isinstance(text, ForeignerFirstText):
            authority = text.authority
    return IdDocument(
        kind=kind,
        name=text.name,
        english_name=english,
        name_cut=is_full(name_cell(areas.text)),
        sex=text.sex,
        nation=nation,
        nationality=nationality,
        birth=text.birth,
        printed_address=address,
        newest_address=newest_address,
        address_goes_on=units(address) >= ADDRESS_UNITS,
        number=text.number,
        authority=authority,
        valid_from=text.valid_from,
        valid_until=text.valid_until,
        pass_number=pass_number,
        text=areas.text,
        photo=areas.photo,
        fingers=areas.fingers,
    )
