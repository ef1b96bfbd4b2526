"""Ask at the terminal for what must not stand among a command's arguments: numbers and names.

Where standard input is no terminal, each answer is a line of it. Numbers are keyed in twice
(regulation digest, "People at the counter").
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from terminal.cli.app import Session
from terminal.errors import FileTrouble, RequestWrong, WrongUsage
from terminal.keys.passphrase import Prompt
from terminal.rules.documents import DOCUMENTS, DocumentKind, DocumentNumber, agree, read_number
from terminal.rules.names import valid_name
from terminal.rules.vocabulary import Service
from terminal.services.offered.group_list import rows_value
from terminal.services.offered.request import Named
from terminal.services.offered.wish_values import (
    IN_FILES,
    MOST_BYTES,
    PHOTO,
    ROWS,
    fit_wish,
    photo_value,
)
from terminal.services.offered.wishes import LISTS, WISHES, asked_as, said_as, wanted_by
from terminal.texts import Text

_NUMBER = Text("{document}号码", "number of {document}")
_AGAIN = Text("再输入一次", "once more")
_NAME = Text("姓名", "name")
_COLON = Text("：", ": ")
_NO_MORE = Text("没有输入", "nothing was entered")
_NOT_WANTED = Text(
    "{service} 没有 {name} 这一项；可以写：{names}",
    "{service} does not ask for {name}; there are: {names}",
)
_NOTHING = Text("没有", "none")
_PRIVATE = Text(
    "{name} 是个人信息，写在命令里别人也能看到：只写 --set {name}，随后输入",
    "{name} is personal and would be seen by others: say --set {name}, it is asked for",
)
_AMONG = Text("{name} 只能是 {names}", "{name} is among {names}")
_TWICE = Text("{name} 写了两次", "{name} stands there twice")
_TOO_LONG = Text("文件太大", "the file is too large")
_NOT_TEXT = Text("不是 UTF-8 编码的文字", "it is no text in UTF-8")


def ask_line(session: Session, question: Text) -> str:
    """Ask for a line; raises RequestWrong where there is none."""
    prompt = Prompt(_to_standard_error, lines_allowed=True)
    line = prompt.shown(f"{session.say(question)}{session.say(_COLON)}")
    if line is None:
        raise RequestWrong(item=question, detail=_NO_MORE)
    return line


def ask_number(session: Session, kind: DocumentKind, today: date) -> DocumentNumber:
    """Ask for a document's number, twice; raises RequestWrong, PersonalDataWrong."""
    question = _NUMBER.filled(document=DOCUMENTS[kind].text)
    first = ask_line(session, question)
    number = read_number(kind, first, today=today)  # a slip is told before it is typed again
    differ = agree(first, ask_line(session, _AGAIN))
    if differ is not None:
        raise RequestWrong(item=question, detail=differ)
    return number


def ask_named(
    session: Session, kind: DocumentKind, today: date, *, nationality: str = "", name: bool = True
) -> Named:
    """Ask for number and name of somebody's document; raises RequestWrong, PersonalDataWrong."""
    number = ask_number(session, kind, today)
    spelled = ask_line(session, _NAME) if name else ""
    wrong = valid_name(spelled) if spelled else None
    if wrong is not None:
        raise RequestWrong(item=_NAME, detail=wrong)
    return Named(number, spelled, nationality)


def read_settings(service: Service, settings: Iterable[str]) -> dict[str, str | None]:
    """Read what ``--set`` said, None for what is only named; raises WrongUsage, AmountWrong.

    FileTrouble for a file that cannot be read, RequestWrong for a photo or a day that is none.
    """
    by_name = {said_as(name): name for name in wanted_by(service)}
    found: dict[str, str | None] = {}
    for setting in settings:
        said, given, value = setting.partition("=")
        name = by_name.get(said)
        if name is None:
            raise WrongUsage(detail=_not_wanted(service, said))
        if name in found:
            raise WrongUsage(detail=_TWICE.filled(name=said))
        found[name] = _read(name, value) if given else None
    return found


def ask_wishes(
    session: Session, service: Service, settings: Mapping[str, str | None]
) -> dict[str, str]:
    """Ask for what was only named; raises RequestWrong, AmountWrong, FileTrouble."""
    return {
        name: _typed(name, ask_line(session, asked_as(service, name))) if value is None else value
        for name, value in settings.items()
    }


def _typed(name: str, line: str) -> str:
    """Take what was typed; a file is named as on the command line, or by its name alone."""
    if name not in IN_FILES:
        return fit_wish(name, line)
    return _of_file(name, Path(line.removeprefix(f"{name}=").removeprefix("@")))


def _read(name: str, given: str) -> str:
    wish = WISHES[name]
    if given.startswith("@"):
        return _of_file(name, Path(given[1:]))
    if wish.private:
        raise WrongUsage(detail=_PRIVATE.filled(name=name))
    given = fit_wish(name, given)
    values = given.replace(",", " ").split() if name in LISTS else [given]
    if wish.among and not set(values) <= set(wish.among):
        raise WrongUsage(detail=_AMONG.filled(name=name, names=_listed(wish.among)))
    return " ".join(values)


def _of_file(name: str, path: Path) -> str:
    """Take a value from a file; a photo goes on record as base64."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise FileTrouble(path=path, detail=_TOO_LONG)
        if name == ROWS:
            return rows_value(data)
        if name != PHOTO:
            return fit_wish(name, data.decode("utf-8").strip())
    except OSError as error:
        raise FileTrouble(path=path, detail=error.strerror) from error
    except UnicodeDecodeError as error:
        raise FileTrouble(path=path, detail=_NOT_TEXT) from error
    return photo_value(data, path)


def _not_wanted(service: Service, name: str) -> Text:
    names = [said_as(each) for each in wanted_by(service)]
    listed = _listed(names) if names else _NOTHING
    return _NOT_WANTED.filled(service=service.value, name=name, names=listed)


def _listed(names: Iterable[str]) -> Text:
    found = list(names)
    return Text("、".join(found), ", ".join(found))


def _to_standard_error(text: str) -> None:
    """Keep questions out of what a program may read from us."""
    sys.stderr.write(text)
    sys.stderr.flush()
