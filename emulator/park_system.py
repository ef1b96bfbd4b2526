"""The park pass system in software: a ledger of passes by person and year, and the seal's key.

Project-defined, as its port is (texts of JSON in, texts out). TEST KEYS: a card's key is the root
diversified by the two halves of the card's id. The rule of who may buy is a list of who may not,
who is the same person under another number a list of them.
With a file it outlives its process; the file is replaced whole, so it is never half of one.
"""

from __future__ import annotations

import hmac
import json
import os
import threading
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from apdu.cipher import FACTOR, SM4
from apdu.errors import LayoutError
from card_profiles.development_keys import RootOf, uniform
from card_profiles.park_pass import MAC_BYTES, MAC_KEY, PASS, PassState, changed, sealed_part

FORMAT = "guitai.park/2"
_GOING_ON = frozenset({"begun", "arrived"})
_REASONS = {
    "": ("符合条件", "eligible"),
    "exists": ("公园年票系统已有登记", "the park pass system has it"),
    "not_eligible": ("不在购买范围内", "not among those who may buy it"),
    "pending": ("另一笔业务尚未了结", "something else is open"),
    "elsewhere": ("登记在另一张卡上，或没有登记", "it is on another card, or nowhere"),
    "nothing": ("没有可转移的年票", "nothing to move"),
    "released": ("这一笔已作废", "it was released"),
    "contradiction": ("与登记的情况不符", "it does not fit what is on record"),
    "damaged": ("记录读不懂", "the record is none"),
    "forged": ("校验码不对", "the seal is wrong"),
    "state": ("年票未激活或已失效", "not active"),
    "day": ("不在有效期内", "not valid on this day"),
    "revoked": ("卡已作废", "the card is revoked"),
    "stranger": ("两个号码没有登记为同一个人", "the numbers are not on record as one person's"),
}


class ParkFault(StrEnum):
    """Name how the park system is today."""

    UP = "up"
    SLOW = "slow"
    """It answers late."""
    DOWN = "down"
    CONTRADICTING = "contradicting"
    """It answers in the right form, and something else than was asked."""


class _Refused(Exception):
    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.document = {"code": code, "reason": _reason(code), **facts}


class ParkSystem:
    """Keep passes and answer texts; ``calls`` has the names of what was asked, for tests.

    ``path`` is the file that it is kept in, made where it is missing. Raises ValueError where the
    file is another's, OSError. ``renamed`` has new numbers by old ones.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        refused: frozenset[str] = frozenset(),
        renamed: Mapping[str, str] | None = None,
        root_of: RootOf = uniform,
        fault: ParkFault = ParkFault.UP,
        slow_seconds: float = 2.0,
    ) -> None:
        self._path = path
        self._refused = refused
        self._renamed = dict(renamed or {})
        self._root = root_of(*MAC_KEY)
        self._slow_seconds = slow_seconds
        self._lock = threading.Lock()
        self.fault = fault
        self.calls: list[str] = []
        self.state: dict[str, Any] = {
            "format": FORMAT,
            "passes": [],
            "operations": {},
            "revoked": [],
        }
        if path is not None and path.exists():
            kept = json.loads(path.read_text("utf-8"))
            if not isinstance(kept, dict) or kept.get("format") != FORMAT:
                raise ValueError(f"{path} is no ledger of format {FORMAT}")
            self.state = kept

    # --- The line --------------------------------------------------------------------------

    def answer(self, text: str) -> str:
        """Answer a text; raises ValueError where it is none, ConnectionError where it is down."""
        if self.fault is ParkFault.DOWN:
            raise ConnectionError("down")
        if self.fault is ParkFault.SLOW:
            threading.Event().wait(self._slow_seconds)
        asked = json.loads(text)
        name = asked.pop("call")
        call: Callable[..., Any] | None = _CALLS.get(name)
        if call is None:
            raise ValueError(f"no call {name}")
        with self._lock:
            self.calls.append(name)
            before = json.dumps(self.state)
            try:
                document = {"result": call(self, **asked)}
            except _Refused as refusal:
                self.state = json.loads(before)
                document = {"refused": refusal.document}
            if self._path is not None and json.dumps(self.state) != before:
                self._save(self._path)
        if self.fault is ParkFault.CONTRADICTING:
            document = _contradicted(document)
        return json.dumps(document)

    def _save(self, path: Path) -> None:
        draft = path.with_name(f".{path.name}.{uuid4().hex}")
        with draft.open("w", encoding="utf-8") as stream:
            json.dump(self.state, stream, ensure_ascii=False, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)

    # --- What is asked ---------------------------------------------------------------------

    def eligibility(self, person: str, year: int) -> dict[str, Any]:  # noqa: ARG002  the same rule
        """Tell whether a person may buy."""
        eligible = person not in self._refused
        return {"eligible": eligible, "reason": _reason("" if eligible else "not_eligible")}

    def same_person(self, old: str, new: str) -> dict[str, Any]:
        """Tell whether two numbers are one person's."""
        same = self._who(old) == self._who(new)
        return {"same": same, "reason": _reason("" if same else "stranger")}

    def sell(
        self,
        key: str,
        person: str,
        card: str,
        year: int,
        type: int,  # noqa: A002  the word of the line
        valid_from: str,
        valid_to: str,
        photo: str,
    ) -> str:
        """Reserve a year's pass."""
        who = self._who(person)
        meant = {"kind": "sale", "person": who, "card": card, "year": year, "type": type}
        if known := self._known(key, meant):
            return str(known["record"])
        if person in self._refused:
            raise _Refused("not_eligible")
        there = self._entry(who, year)
        if there is not None and there["holding"] != "cancelled":
            raise _Refused("exists", year=year)
        if card in self.state["revoked"]:
            raise _Refused("revoked")
        record = self._sealed(
            card,
            PASS.encode(
                {
                    "pass_type": type,
                    "year": str(year),
                    "valid_from": date.fromisoformat(valid_from),
                    "valid_to": date.fromisoformat(valid_to),
                    "state": PassState.SOLD,
                    "photo": bytes.fromhex(photo) or None,
                    "uses": 0,
                    "counter": 1,
                }
            ),
        ).hex()
        self._put(
            {
                "person": who,
                "year": year,
                "type": type,
                "valid_from": valid_from,
                "valid_to": valid_to,
                "holding": "reserved",
                "card": card,
                "photo": photo,
                "record": record,
                "uses": 0,
                "pending": key,
            }
        )
        self._operations[key] = {**meant, "record": record, "replaced": there, "status": "open"}
        return record

    def seal(self, key: str, card: str, record: str) -> str:
        """Seal an activation under its key, or what a move leaves behind."""
        values = PASS.decode(bytes.fromhex(record))
        year = int(values["year"])
        sealed = self._sealed(card, bytes.fromhex(record)).hex()
        if values["state"] == PassState.MOVED:
            operation = self._operations.get(key, {})
            going_on = operation.get("status") in _GOING_ON and operation["card"] == card
            if not going_on or str(year) not in operation["moving"]:
                raise _Refused("elsewhere", year=year)
            self._count(self._entry(operation["person"], year), values["uses"])
            return sealed
        meant = {"kind": "activation", "card": card, "record": record}
        if known := self._known(key, meant):
            return str(known["sealed"])
        entry = self._held(card, year)
        if entry is None:
            raise _Refused("elsewhere", year=year)
        if entry["pending"]:
            raise _Refused("pending", year=year, key=entry["pending"])
        if values["state"] != PassState.ACTIVE or values["valid_to"] != date.fromisoformat(
            entry["valid_to"]
        ):
            raise _Refused("contradiction", year=year)
        entry["pending"] = key
        self._operations[key] = {
            **meant,
            "person": entry["person"],
            "year": year,
            "sealed": sealed,
            "status": "open",
        }
        return sealed

    def confirm(self, key: str) -> None:
        """Take note that the card was written."""
        operation = self._operations.get(key)
        if operation is None or operation["kind"] == "move":
            raise _Refused("contradiction")
        if operation["status"] == "released":
            raise _Refused("contradiction")
        if operation["status"] == "open":
            operation["status"] = "confirmed"
            entry = self._of(operation)
            entry["holding"] = "sold" if operation["kind"] == "sale" else "active"
            entry["record"] = operation.get("sealed", operation["record"])
            entry["pending"] = ""

    def release(self, key: str) -> None:
        """Take note that it did not happen; a key never heard of is never taken from now on."""
        operation = self._operations.setdefault(key, {"kind": "none", "status": "released"})
        if operation["status"] == "released":
            return
        if operation["status"] in {"confirmed", "finished", "redirected"}:
            raise _Refused("contradiction")
        if operation["kind"] == "sale":
            self._passes.remove(self._of(operation))
            if operation["replaced"]:
                self._put(operation["replaced"])
        elif operation["kind"] == "activation":
            self._of(operation)["pending"] = ""
        elif operation["instead"]:
            self._give_back(operation)
        else:
            for entry, moving in self._moving(operation):
                entry |= {"holding": moving["holding"], "pending": ""}
        operation["status"] = "released"

    def _give_back(self, operation: dict[str, Any]) -> None:
        """Let the move go on that another one was begun instead of, as if that never was."""
        first = self._operations[operation["instead"]]
        first["status"] = operation["stage_before"]
        for entry, _ in self._moving(operation):
            entry["pending"] = operation["instead"]
        if operation["revokes"]:
            self.state["revoked"].remove(operation["revokes"])

    def passes(self, person: str) -> list[dict[str, Any]]:
        """Give a person's passes."""
        shown = ("year", "type", "valid_from", "valid_to", "holding", "card", "photo", "pending")
        who = self._who(person)
        found = [each for each in self._passes if self._who(each["person"]) == who]
        return [
            {name: each[name] for name in shown}
            for each in sorted(found, key=lambda each: int(each["year"]))
        ]

    def begin_move(
        self,
        key: str,
        person: str,
        old_card: str,
        new_card: str,
        years: list[int],
        dead: bool,
        instead: str,
    ) -> list[dict[str, Any]]:
        """Take passes off a card; asked again with ``dead``, its chip died meanwhile."""
        meant = {
            "kind": "move",
            "person": self._who(person),
            "card": old_card,
            "new_card": new_card,
            "instead": instead,
        }
        operation = self._known(key, meant)
        if operation is None:
            if new_card in self.state["revoked"]:
                raise _Refused("revoked")
            operation = {**meant, "dead": dead, "moving": {}, "status": "begun"}
            entries = self._taken_over(operation, years) if instead else None
            for entry in entries or self._taken_off(operation, years):
                operation["moving"][str(entry["year"])] = self._moved(entry, key, new_card)
            self._operations[key] = operation
        elif dead and operation["status"] in _GOING_ON:
            operation["dead"] = True
        return [
            {"year": int(year), "record": each["arriving"]}
            for year, each in operation["moving"].items()
        ]

    def _taken_off(self, operation: dict[str, Any], years: list[int]) -> list[dict[str, Any]]:
        """Find what a move takes off its old card."""
        entries = []
        for year in years:
            entry = self._entry(operation["person"], year)
            usable = entry is not None and entry["holding"] != "cancelled"
            if entry is None or not usable or entry["card"] != operation["card"]:
                raise _Refused("nothing")
            if entry["holding"] == "moving" or (entry["pending"] and not operation["dead"]):
                raise _Refused("pending", year=year, key=entry["pending"])
            entries.append(entry)
        if not entries or operation["new_card"] == operation["card"]:
            raise _Refused("nothing")
        return entries

    def _taken_over(self, operation: dict[str, Any], years: list[int]) -> list[dict[str, Any]]:
        """Take over what a move began, for another card; its new card is revoked."""
        first = self._operations.get(operation["instead"], {})
        same = all(first.get(name) == operation[name] for name in ("kind", "person", "card"))
        if (
            not same
            or first["status"] not in _GOING_ON
            or set(first["moving"]) != {*map(str, years)}
        ):
            raise _Refused("contradiction")
        lost = first["new_card"]
        revokes = lost if lost not in {operation["new_card"], *self.state["revoked"]} else ""
        if revokes:
            self.state["revoked"].append(revokes)
        operation |= {
            "dead": operation["dead"] or first["dead"],
            "stage_before": first["status"],
            "revokes": revokes,
        }
        first["status"] = "redirected"
        for entry, moving in self._moving(first):
            entry["holding"] = moving["holding"]
            entry["pending"] = ""
        return [entry for entry, _ in self._moving(first)]

    def arrived(self, key: str) -> None:
        """Take note that the new card has them."""
        operation = self._move(key)
        if operation["status"] == "begun":
            operation["status"] = "arrived"

    def finish_move(self, key: str) -> list[dict[str, Any]]:
        """Make the new card the holder, and give what is to be on it."""
        operation = self._move(key)
        if operation["status"] == "begun":
            raise _Refused("contradiction")
        if operation["status"] == "arrived":
            operation["status"] = "finished"
            for entry, moving in self._moving(operation):
                moving["final"] = self._final(entry, moving, operation["new_card"])
                entry |= {
                    "holding": moving["holding"],
                    "card": operation["new_card"],
                    "record": moving["final"],
                    "pending": "",
                }
            if operation["dead"] and operation["card"] not in self.state["revoked"]:
                self.state["revoked"].append(operation["card"])
        return [
            {"year": int(year), "record": each["final"]}
            for year, each in operation["moving"].items()
        ]

    def stage(self, key: str) -> str:
        """Tell how far a move is."""
        operation = self._operations.get(key)
        if operation is None or operation["kind"] not in {"move", "none"}:
            raise _Refused("contradiction")
        return str(operation["status"])

    def may_enter(self, card: str, record: str, day: str) -> dict[str, Any]:
        """Do what a gate does."""
        why = self._gate(card, bytes.fromhex(record), date.fromisoformat(day))
        return {"admitted": not why, "reason": _reason(why)}

    # --- How it is done --------------------------------------------------------------------

    @property
    def _passes(self) -> list[dict[str, Any]]:
        passes: list[dict[str, Any]] = self.state["passes"]
        return passes

    @property
    def _operations(self) -> dict[str, Any]:
        operations: dict[str, Any] = self.state["operations"]
        return operations

    def _who(self, person: str) -> str:
        """Give the number that a person has now."""
        return self._renamed.get(person, person)

    def _entry(self, person: str, year: int) -> dict[str, Any] | None:
        """Find a person's pass of a year."""
        who = self._who(person)
        for entry in self._passes:
            if (self._who(entry["person"]), entry["year"]) == (who, year):
                return entry
        return None

    def _put(self, entry: dict[str, Any]) -> None:
        """Keep a pass, instead of a cancelled one of its year."""
        there = self._entry(entry["person"], entry["year"])
        if there is not None:
            self._passes.remove(there)
        self._passes.append(entry)

    def _of(self, operation: dict[str, Any]) -> dict[str, Any]:
        """Give the pass of a sale or an activation."""
        entry = self._entry(operation["person"], operation["year"])
        if entry is None:
            raise _Refused("contradiction")
        return entry

    def _moving(self, operation: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Give the passes of a move, each with what the move knows of it."""
        found = [
            (self._entry(operation["person"], int(year)), moving)
            for year, moving in operation["moving"].items()
        ]
        return [(entry, moving) for entry, moving in found if entry is not None]

    def _count(self, entry: dict[str, Any] | None, uses: int | None) -> None:
        """Keep the most uses that any record of a pass told of."""
        if entry is not None:
            entry["uses"] = max(entry["uses"], uses or 0)

    def _known(self, key: str, meant: dict[str, Any]) -> dict[str, Any] | None:
        """Give what stands under a key, None where nothing does."""
        operation: dict[str, Any] | None = self._operations.get(key)
        if operation is None:
            return None
        if operation["status"] in {"released", "redirected"}:
            raise _Refused("released")
        if any(operation.get(name) != value for name, value in meant.items()):
            raise _Refused("contradiction")
        return operation

    def _move(self, key: str) -> dict[str, Any]:
        operation: dict[str, Any] = self._operations.get(key, {})
        if operation.get("kind") != "move" or operation["status"] in {"released", "redirected"}:
            raise _Refused("contradiction")
        return operation

    def _moved(self, entry: dict[str, Any], key: str, new_card: str) -> dict[str, str]:
        """Mark a pass as moving, and make what is written on the new card first."""
        if entry["holding"] == "reserved":
            # Its chip is dead: what was paid for is not lost with it.
            self._operations[entry["pending"]]["status"] = "confirmed"
            entry["holding"] = "sold"
        elif entry["pending"]:
            self._operations[entry["pending"]]["status"] = "released"
        arriving = changed(
            bytes.fromhex(entry["record"]), {"state": PassState.ARRIVING, "uses": entry["uses"]}
        )
        holding = entry["holding"]
        entry |= {"holding": "moving", "pending": key}
        return {"holding": holding, "arriving": self._sealed(new_card, arriving).hex()}

    def _final(self, entry: dict[str, Any], moving: dict[str, Any], new_card: str) -> str:
        """Make what the new card has in the end, with the most uses that were ever seen."""
        state = PassState.ACTIVE if moving["holding"] == "active" else PassState.SOLD
        arriving = bytes.fromhex(moving["arriving"])
        final = changed(arriving, {"state": state, "uses": entry["uses"]})
        return self._sealed(new_card, final).hex()

    def _held(self, card: str, year: int) -> dict[str, Any] | None:
        """Find the pass of a year that a card holds."""
        for entry in self._passes:
            held = entry["holding"] in {"sold", "active"} and card not in self.state["revoked"]
            if (entry["card"], entry["year"]) == (card, year) and held:
                return entry
        return None

    def _gate(self, card: str, record: bytes, day: date) -> str:
        try:
            values = PASS.decode(record)
        except LayoutError:
            return "damaged"
        if not hmac.compare_digest(self._sealed(card, record), record):
            return "forged"
        if values["state"] != PassState.ACTIVE:
            return "state"
        if not values["valid_from"] <= day <= values["valid_to"]:
            return "day"
        if card in self.state["revoked"]:
            return "revoked"
        held = self._held(card, int(values["year"]))
        self._count(held, values["uses"])
        return "" if held is not None else "elsewhere"

    def _sealed(self, card: str, record: bytes) -> bytes:
        """Give a record with its MAC by the card's key."""
        card_id = bytes.fromhex(card)
        mac = SM4.mac(_card_key(self._root, card_id), sealed_part(card_id, record))
        return record[:-MAC_BYTES] + mac


_CALLS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        ParkSystem.eligibility,
        ParkSystem.same_person,
        ParkSystem.sell,
        ParkSystem.seal,
        ParkSystem.confirm,
        ParkSystem.release,
        ParkSystem.passes,
        ParkSystem.begin_move,
        ParkSystem.arrived,
        ParkSystem.finish_move,
        ParkSystem.stage,
        ParkSystem.may_enter,
    )
}


@cache
def _card_key(key: bytes, card_id: bytes) -> bytes:
    for at in range(0, 2 * FACTOR, FACTOR):
        key = SM4.diversify(key, card_id[at : at + FACTOR].ljust(FACTOR, b"\0"))
    return key


def _reason(code: str) -> dict[str, str]:
    zh, en = _REASONS[code]
    return {"zh": zh, "en": en}


def _contradicted(document: dict[str, Any]) -> dict[str, Any]:
    """Turn an answer into that to another question, in the same form."""
    result = document.get("result")
    if isinstance(result, str) and len(result) == 2 * PASS.size:
        another = {**PASS.decode(bytes.fromhex(result)), "year": "1999"}
        return {"result": PASS.encode(another).hex()}
    return {"result": [] if isinstance(result, dict) else {"eligible": True}}
