"""The park pass system: who may buy, and which card holds which year's pass.

Project-defined, for nothing about the real one is public. It is the authority: a pass on a chip
counts only where this system names that card as its holder. It alone has the key that seals
records. Every change goes by the counter's idempotency key: asked twice, it happens once.

A sale is reserved (``sell``), then confirmed or released; so is a change of a pass (``seal`` of an
activation). A move goes through stages which are kept there, so that any counter can go on:
begun (no card holds the pass), arrived (the new card has it, not valid yet), finished (the new
card holds it). Where the new card is lost, another move is begun instead of it, for a third card.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NoReturn, Protocol, TypeVar

from apdu.errors import LayoutError
from card_profiles.park_pass import PASS, PassState
from terminal.config import Park
from terminal.errors import (
    ConfigWrong,
    HostAnswerWrong,
    HostUnreachable,
    ParkAnswerWrong,
    ParkContradicts,
    ParkSystemMissing,
    ParkSystemUnreachable,
    PassCardRevoked,
    PassElsewhere,
    PassExists,
    PassKeyUsed,
    PassNotEligible,
    PassNothingToMove,
    PassPending,
)
from terminal.keys.https_host import HttpsHost
from terminal.texts import Text

MOST_BYTES = 16_384
"""Size of the longest answer we take: a person's passes of many years."""
T = TypeVar("T")


class Holding(StrEnum):
    """How a year's pass stands in the park system."""

    RESERVED = "reserved"
    """Sold under a key that was not confirmed yet."""
    SOLD = "sold"
    ACTIVE = "active"
    MOVING = "moving"
    """On its way to another card: no card holds it."""
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """How far a move is."""

    BEGUN = "begun"
    ARRIVED = "arrived"
    FINISHED = "finished"
    RELEASED = "released"
    REDIRECTED = "redirected"
    """Another move was begun instead of it."""


OVER = frozenset({Stage.RELEASED, Stage.REDIRECTED})
"""Stages of a move that never comes to its end."""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Say whether a person may buy a year's pass, and why not."""

    eligible: bool
    reason: Text


@dataclass(frozen=True, slots=True)
class Sameness:
    """Say whether two numbers are one person's, and why not."""

    same: bool
    reason: Text


@dataclass(frozen=True, slots=True)
class Order:
    """Hold what is bought, by whom, for which card (its id in hex)."""

    person: str = field(repr=False)
    card_id: str
    year: int
    pass_type: int
    valid_from: date
    valid_to: date
    photo: bytes


@dataclass(frozen=True, slots=True)
class ParkEntry:
    """Hold a year's pass of a person; ``pending`` is the key of what is open about it."""

    year: int
    pass_type: int
    valid_from: date
    valid_to: date
    holding: Holding
    card_id: str
    photo: bytes
    pending: str


@dataclass(frozen=True, slots=True)
class MovingPass:
    """Hold a sealed record that a move writes on the new card."""

    year: int
    record: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say whether a gate lets a pass in, and why not."""

    admitted: bool
    reason: Text


class ParkSystem(Protocol):
    """Ask the park system.

    All raise ParkSystemUnreachable and ParkAnswerWrong; what changes something also
    ParkContradicts, and PassKeyUsed where its key was released before. Cards are named by their
    ids in hex.
    """

    def eligibility(self, person: str, year: int) -> Eligibility:
        """Ask whether a person may buy a year's pass."""

    def same_person(self, old: str, new: str) -> Sameness:
        """Ask whether a person's number was changed from one to another (Rules Art. 16, 3)."""

    def sell(self, key: str, order: Order) -> bytes:
        """Reserve a year's pass and give its sealed record.

        Raises PassExists, PassNotEligible, PassCardRevoked.
        """

    def seal(self, key: str, card_id: str, record: bytes) -> bytes:
        """Seal a changed record, for the card that holds the pass.

        An activation is noted under its key, to be confirmed; what a move leaves behind (MOVED)
        grants nothing and is not, but its count of uses is kept. Raises PassElsewhere, PassPending.
        """

    def confirm(self, key: str) -> None:
        """Say that the card was written."""

    def release(self, key: str) -> None:
        """Say that the card was not written and never will be under this key; also of a move."""

    def passes(self, person: str) -> tuple[ParkEntry, ...]:
        """Give a person's passes, by year."""

    def begin_move(
        self,
        key: str,
        person: str,
        old_card: str,
        new_card: str,
        years: tuple[int, ...],
        *,
        dead: bool,
        instead: str = "",
    ) -> tuple[MovingPass, ...]:
        """Take a person's passes off the old card, for the new one; no card holds them then.

        It gives what the new card gets first, ARRIVING. ``dead`` says that the old chip cannot be
        written: it is revoked when the move is finished, and what was open about its passes is
        over; that may be said later, by asking again. ``instead`` is the key of a move whose new
        card is lost: that card is revoked, and this move goes on from the old card; to release it
        is to let the first one go on. Raises PassNothingToMove, PassPending, PassCardRevoked.
        """

    def arrived(self, key: str) -> None:
        """Say that the new card has the passes, not valid yet."""

    def finish_move(self, key: str) -> tuple[MovingPass, ...]:
        """Say that the old card is marked, or dead: from now on the new card holds the passes.

        It gives what is on it in the end, with the most uses that were ever seen.
        """

    def stage(self, key: str) -> Stage:
        """Ask how far a move is."""

    def may_enter(self, card_id: str, record: bytes, day: date) -> Verdict:
        """Ask what a gate does with a card's record."""


# --- Over a line ---------------------------------------------------------------------------


class HttpsParkSystem:
    """Ask the park system in JSON over a line that takes a text and gives one.

    ``ask`` raises HostUnreachable, HostAnswerWrong, LookupError.
    """

    def __init__(self, ask: Callable[[str], str]) -> None:
        self._ask = ask

    def eligibility(self, person: str, year: int) -> Eligibility:
        """See :class:`ParkSystem`."""
        return self._call(
            "eligibility",
            lambda it: Eligibility(_true(it["eligible"]), _text(it["reason"])),
            person=person,
            year=year,
        )

    def same_person(self, old: str, new: str) -> Sameness:
        """See :class:`ParkSystem`."""
        return self._call(
            "same_person",
            lambda it: Sameness(_true(it["same"]), _text(it["reason"])),
            old=old,
            new=new,
        )

    def sell(self, key: str, order: Order) -> bytes:
        """See :class:`ParkSystem`; the record is held against the order."""

        def read(it: Any) -> bytes:
            record = bytes.fromhex(it)
            values = PASS.decode(record)
            wanted = (str(order.year), order.pass_type, order.valid_to, PassState.SOLD)
            found = tuple(values[name] for name in ("year", "pass_type", "valid_to", "state"))
            if found != wanted:
                raise ValueError("the record is not what was ordered")
            return record

        return self._call(
            "sell",
            read,
            key=key,
            person=order.person,
            card=order.card_id,
            year=order.year,
            type=order.pass_type,
            valid_from=order.valid_from.isoformat(),
            valid_to=order.valid_to.isoformat(),
            photo=order.photo.hex(),
        )

    def seal(self, key: str, card_id: str, record: bytes) -> bytes:
        """See :class:`ParkSystem`; all but the seal has to be what was asked for."""

        def read(it: Any) -> bytes:
            sealed = bytes.fromhex(it)
            if _unsealed(sealed) != _unsealed(record):
                raise ValueError("the record is not what was to be sealed")
            return sealed

        return self._call("seal", read, key=key, card=card_id, record=record.hex())

    def confirm(self, key: str) -> None:
        """See :class:`ParkSystem`."""
        self._call("confirm", _nothing, key=key)

    def release(self, key: str) -> None:
        """See :class:`ParkSystem`."""
        self._call("release", _nothing, key=key)

    def passes(self, person: str) -> tuple[ParkEntry, ...]:
        """See :class:`ParkSystem`."""
        return self._call("passes", lambda it: tuple(map(_entry, it)), person=person)

    def begin_move(
        self,
        key: str,
        person: str,
        old_card: str,
        new_card: str,
        years: tuple[int, ...],
        *,
        dead: bool,
        instead: str = "",
    ) -> tuple[MovingPass, ...]:
        """See :class:`ParkSystem`; every year has to come, as arriving."""

        def read(it: Any) -> tuple[MovingPass, ...]:
            moving = _moving(it, {PassState.ARRIVING})
            if tuple(each.year for each in moving) != years:
                raise ValueError("the passes are not those that were to be moved")
            return moving

        return self._call(
            "begin_move",
            read,
            key=key,
            person=person,
            old_card=old_card,
            new_card=new_card,
            years=list(years),
            dead=dead,
            instead=instead,
        )

    def arrived(self, key: str) -> None:
        """See :class:`ParkSystem`."""
        self._call("arrived", _nothing, key=key)

    def finish_move(self, key: str) -> tuple[MovingPass, ...]:
        """See :class:`ParkSystem`; each has to be in a state that a pass can be used in."""
        in_force = {PassState.SOLD, PassState.ACTIVE}
        return self._call("finish_move", lambda it: _moving(it, in_force), key=key)

    def stage(self, key: str) -> Stage:
        """See :class:`ParkSystem`."""
        return self._call("stage", Stage, key=key)

    def may_enter(self, card_id: str, record: bytes, day: date) -> Verdict:
        """See :class:`ParkSystem`."""
        return self._call(
            "may_enter",
            lambda it: Verdict(_true(it["admitted"]), _text(it["reason"])),
            card=card_id,
            record=record.hex(),
            day=day.isoformat(),
        )

    def _call(self, name: str, read: Callable[[Any], T], **arguments: object) -> T:
        """Ask, and read the answer; what it refuses is raised in the catalogue's words."""
        try:
            answer = self._ask(json.dumps({"call": name, **arguments}))
        except HostUnreachable as error:
            raise ParkSystemUnreachable(**error.facts) from error
        except HostAnswerWrong as error:
            raise ParkAnswerWrong(**error.facts) from error
        except LookupError as error:
            raise ParkAnswerWrong(
                detail=Text("地址不对（404）", "no such address (404)")
            ) from error
        try:
            document = json.loads(answer)
            if "refused" in document:
                _refuse(document["refused"], arguments)
            return read(document["result"])
        except (ValueError, LayoutError, KeyError, TypeError, AttributeError) as error:
            # The words of what went wrong may quote the answer, and that may be personal.
            detail = Text(f"{name} 的应答不合约定", f"its answer to {name} is not as agreed")
            raise ParkAnswerWrong(detail=detail) from error


def _refuse(refusal: Mapping[str, Any], arguments: Mapping[str, object]) -> NoReturn:
    """Raise what the park system refuses with, KeyError where its word is unknown."""
    key = str(refusal.get("key") or arguments.get("key", ""))
    year = refusal.get("year", arguments.get("year", "?"))
    detail = _text(refusal["reason"])
    match refusal["code"]:
        case "exists":
            raise PassExists(year=year, where=detail)
        case "not_eligible":
            raise PassNotEligible(year=year, reason=detail)
        case "pending":
            raise PassPending(year=year, key=key)
        case "elsewhere":
            raise PassElsewhere(year=year)
        case "revoked":
            raise PassCardRevoked
        case "nothing":
            raise PassNothingToMove
        case "released":
            raise PassKeyUsed(key=key)
        case "contradiction":
            raise ParkContradicts(detail=detail)
        case _:
            raise KeyError("code")


def _entry(it: Mapping[str, Any]) -> ParkEntry:
    return ParkEntry(
        year=int(it["year"]),
        pass_type=int(it["type"]),
        valid_from=date.fromisoformat(it["valid_from"]),
        valid_to=date.fromisoformat(it["valid_to"]),
        holding=Holding(it["holding"]),
        card_id=str(it["card"]),
        photo=bytes.fromhex(it["photo"]),
        pending=str(it["pending"]),
    )


def _moving(it: Any, states: set[PassState]) -> tuple[MovingPass, ...]:
    """Read the records of a move, in states that they may have."""
    moving = tuple(MovingPass(int(each["year"]), bytes.fromhex(each["record"])) for each in it)
    for each in moving:
        values = PASS.decode(each.record)
        if values["year"] != str(each.year) or values["state"] not in states:
            raise ValueError("the record is not what a move writes")
    return moving


def _unsealed(record: bytes) -> dict[str, Any]:
    return {**PASS.decode(record), "mac": None}


def _true(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("no truth value")
    return value


def _text(value: Mapping[str, Any]) -> Text:
    return Text(str(value["zh"]), str(value["en"]))


def _nothing(_: object) -> None:
    """Expect no more than that it was done."""


def from_settings(settings: Park, source: str) -> HttpsParkSystem:
    """Make the configured park system's client.

    Raises ParkSystemMissing, ConfigWrong for an address that is none, FileTrouble.
    """
    return HttpsParkSystem(_host(settings, source).ask)


def reach(settings: Park, source: str) -> None:
    """Find out whether the park system's line answers; nothing is asked.

    Raises ParkSystemUnreachable, and what :func:`from_settings` raises.
    """
    try:
        _host(settings, source).reach()
    except HostUnreachable as error:
        raise ParkSystemUnreachable(detail=error.facts["detail"]) from error


def _host(settings: Park, source: str) -> HttpsHost:
    if not settings.url:
        raise ParkSystemMissing
    try:
        return HttpsHost(
            settings.url,
            ca_file=settings.ca_file,
            certificate_file=settings.certificate_file,
            private_key_file=settings.private_key_file,
            timeout=settings.timeout_seconds,
            most_bytes=MOST_BYTES,
        )
    except ValueError as error:
        raise ConfigWrong(
            path=source,
            detail=Text(
                "park.url 应为 https:// 地址（本机可用 http://）",
                "park.url is no https:// address (http:// on this machine)",
            ),
        ) from error
