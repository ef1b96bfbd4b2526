"""What the parties have in common: their line, their keys, their faults, their file.

A call that changes something goes by the caller's key: asked twice it happens once and is answered
alike; another content under the same key is a contradiction. A refusal leaves the key free.
Scripts (``add_person``, ``set_fault`` …) are what a test or a demo tells the party over the same
line, as ``{"party": …, "script": …, "arguments": {…}}``; no fault keeps them out.
"""

from __future__ import annotations

import inspect
import json
import os
import threading
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

BEIJING = timezone(timedelta(hours=8))
Json = dict[str, Any]
"""An object of a state, of a question or of an answer."""
_F = TypeVar("_F", bound=Callable[..., Any])
_DOTS = str.maketrans(dict.fromkeys("•‧．・.", "·"))
_REPEATED = ("key", "number", "card_number", "account_number")
"""What an answer repeats of the question, so that it shows which one it answers."""
_TODAY = ("今天不办理", "not today")


class Fault(StrEnum):
    """Name how a party is today."""

    UP = "up"
    SLOW = "slow"
    """It does what is asked and answers late."""
    DOWN = "down"
    """It does nothing and gives no answer."""
    LOST_ANSWER = "lost_answer"
    """It does what is asked, and its answer is lost."""
    CONTRADICT = "contradict"
    """It does what is asked, and answers another question, in the right form."""
    REFUSE = "refuse"


class Refused(Exception):
    """Refuse a call, in both languages; nothing may have been changed before."""

    def __init__(self, zh: str, en: str, code: str = "refused") -> None:
        super().__init__(en)
        self.document = {"code": code, "reason": text(zh, en)}


def asked(function: _F) -> _F:
    """Make a method a call that changes nothing, or sees to its key by itself."""
    function.__dict__["kind"] = "asked"
    return function


def done(function: _F) -> _F:
    """Make a method a call that happens once under its key."""
    function.__dict__["kind"] = "done"
    return function


def scripted(function: _F) -> _F:
    """Make a method a script."""
    function.__dict__["kind"] = "script"
    return function


def text(zh: str, en: str) -> Json:
    """Give a sentence in both languages as it goes over the line."""
    return {"zh": zh, "en": en}


def alike(one: str, other: str) -> bool:
    """Tell whether two names are the same but for dots, widths and spaces."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name.translate(_DOTS))
    return "".join(folded.split()).casefold()


def now() -> datetime:
    """Give the time, for who is not told another clock."""
    return datetime.now(BEIJING)


class Party:
    """Keep a state and answer texts.

    ``path`` is the file that it is kept in, made where it is missing, replaced whole; raises
    ValueError where the file is another's, OSError. ``calls`` has the names of what was asked.
    ``open_register`` makes it know whoever is asked about, for demos. A slow answer waits
    ``slow_seconds``, or until ``hurry`` is set, by ``wait``.
    """

    name: ClassVar[str]
    empty: ClassVar[Json]
    """What its state is at first."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        open_register: bool = False,
        clock: Callable[[], datetime] = now,
        slow_seconds: float = 15.0,
    ) -> None:
        self.open_register = open_register
        self.clock = clock
        self.fault = Fault.UP
        self.calls: list[str] = []
        self.hurry = threading.Event()
        self.wait: Callable[[], object] = lambda: self.hurry.wait(slow_seconds)
        self._path = path
        self._lock = threading.RLock()
        self._next_faults: list[tuple[Fault, str]] = []
        self.state: Json = {
            "format": f"guitai.party.{self.name}/1",
            "done": {},
            "references": 0,
            **json.loads(json.dumps(self.empty)),
        }
        if path is not None and path.exists():
            kept = json.loads(path.read_text("utf-8"))
            if not isinstance(kept, dict) or kept.get("format") != self.state["format"]:
                raise ValueError(f"{path} is no file of format {self.state['format']}")
            self.state = kept
        self._saved = json.dumps(self.state)

    # --- The line --------------------------------------------------------------------------

    def answer(self, text: str) -> str:
        """Answer a text; raises ValueError where it is none, ConnectionError for no answer."""
        question = json.loads(text)
        if not isinstance(question, dict):
            raise ValueError("no question")
        script = "script" in question
        name = str(question["script"] if script else question.get("call"))
        method = self._method(name, {"script"} if script else {"asked", "done"})
        arguments = _checked(method, question.get("arguments", {}))
        fault = Fault.UP if script else self._fault_of(name)
        if fault is Fault.DOWN:
            raise ConnectionError("down")
        with self._lock:
            if not script:
                self.calls.append(name)
            document = self._document(method, arguments, fault)
            self._save()
        if fault is Fault.SLOW:
            self.wait()
        if fault is Fault.LOST_ANSWER:
            raise ConnectionError("the answer is lost")
        if fault is Fault.CONTRADICT:
            document = _contradicted(document)
        return json.dumps(document)

    def _document(self, method: Callable[..., Any], arguments: Json, fault: Fault) -> Json:
        try:
            if method.__dict__["kind"] == "done":
                return {"result": self._once(method, arguments, fault)}
            if fault is Fault.REFUSE:
                raise Refused(*_TODAY)
            return {"result": method(**arguments)}
        except Refused as refusal:
            return {"refused": refusal.document}
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"{method.__name__}: an argument is wrong") from error

    def _once(self, method: Callable[..., Any], arguments: Json, fault: Fault) -> Any:
        """Do what is asked under a key, or give again what was answered."""
        key, meant = arguments.get("key"), {"call": method.__name__, "arguments": arguments}
        known: Json | None = self.state["done"].get(key)
        if known is not None:
            if known["meant"] != meant:
                zh, en = "这个流水号已用于另一笔业务", "the key stands for something else"
                raise Refused(zh, en, "contradiction")
            return self.again(str(key), known["result"])
        result = (
            self.refuse(method.__name__, arguments)
            if fault is Fault.REFUSE
            else method(**arguments)
        )
        self.state["done"][key] = {"meant": meant, "result": result}
        return result

    def again(self, key: str, result: Any) -> Any:  # noqa: ARG002  of who overrides it
        """Give what is answered to a key that is asked again: the same."""
        return result

    def refuse(self, name: str, arguments: Json) -> Any:  # noqa: ARG002  of who overrides it
        """Refuse a call because the party refuses today."""
        raise Refused(*_TODAY)

    def receipt(self, key: str) -> Json:
        """Give the receipt of what is done under a key."""
        return {"key": key, "reference": self.reference(), "at": self.time()}

    def reference(self) -> str:
        """Give the next of the party's own numbers."""
        self.state["references"] += 1
        return f"{self.name[0].upper()}{self.state['references']:08}"

    def time(self) -> str:
        """Give the time as it goes over the line."""
        return self.clock().isoformat()

    # --- Its faults ------------------------------------------------------------------------

    @scripted
    def set_fault(self, fault: str) -> None:
        """Make the party so, from now on."""
        self.fault = Fault(fault)

    @scripted
    def fail_once(self, fault: str, call: str = "") -> None:
        """Make the party so for the next call, or for the next one of that name."""
        if call:
            self._method(call, {"asked", "done"})
        self._next_faults.append((Fault(fault), call))

    def _fault_of(self, name: str) -> Fault:
        with self._lock:
            for planned in self._next_faults:
                if planned[1] in {"", name}:
                    self._next_faults.remove(planned)
                    return planned[0]
            return self.fault

    # --- Its calls and its file ------------------------------------------------------------

    def _method(self, name: str, kinds: set[str]) -> Callable[..., Any]:
        if getattr(getattr(type(self), name, None), "kind", None) not in kinds:
            raise ValueError(f"{self.name} has no such {' or '.join(sorted(kinds))}")
        method: Callable[..., Any] = getattr(self, name)
        return method

    def _save(self) -> None:
        if self._path is None:
            return
        now_held = json.dumps(self.state)
        if now_held == self._saved:
            return
        draft = self._path.with_name(f".{self._path.name}.{uuid4().hex}")
        with draft.open("w", encoding="utf-8") as stream:
            json.dump(self.state, stream, ensure_ascii=False, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(self._path)
        self._saved = now_held


def _checked(method: Callable[..., Any], arguments: object) -> Json:
    """Give a method's arguments; raises ValueError where they are not its own."""
    try:
        if not isinstance(arguments, dict):
            raise TypeError("no object")
        inspect.signature(method).bind(**arguments)
    except TypeError as error:
        raise ValueError(f"{method.__name__}: {error}") from error
    return arguments


def _contradicted(document: Json) -> Json:
    """Turn an answer into that to another question."""
    if "result" not in document:
        return document
    result = document["result"]
    if not isinstance(result, dict):
        return {"result": {} if result is None else None}
    other = {name: "9" * len(result[name]) for name in _REPEATED if name in result}
    if isinstance(result.get("since_version"), int):
        other |= {"since_version": result["since_version"] + 1, "version": result["version"] + 1}
    if isinstance(result.get("amount_fen"), int):
        other["amount_fen"] = result["amount_fen"] + 1
    return {"result": result | other}
