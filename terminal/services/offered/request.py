"""What is asked for at the counter: a value that can be put on record and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from terminal.errors import RequestWrong
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.vocabulary import Actor, Paper, Service
from terminal.services.offered.answer import ERASED, KEY

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Named:
    """Hold somebody as a document names them.

    ``from_reader``: the name came from an ID reader, whose cell has 15 characters (R-FIN-CHECK).
    """

    document: DocumentNumber
    name: str = field(default="", repr=False)
    nationality: str = ""
    from_reader: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """Hold what is asked for: which service, for whom, by whom, with what.

    ``card`` and ``application`` are numbers of the registry, where one is meant that is not on the
    desk. ``wishes`` are what the service itself wants to know, by name.
    """

    service: Service
    holder: Named | None = None
    actor: Actor = Actor.HOLDER
    representative: Named | None = None
    identified: bool = True
    papers: frozenset[Paper] = frozenset()
    card: int | None = None
    application: int | None = None
    wishes: Mapping[str, str] = field(default_factory=lambda: NOTHING, repr=False)

    def wish(self, name: str) -> str:
        """Give what is wished, empty where nothing is."""
        return self.wishes.get(name, "")

    def for_service(self, service: Service) -> Request:
        """Give the same request for another service."""
        return replace(self, service=service)

    def document(self) -> dict[str, Any]:
        """Give it as JSON has it, to be put on record."""
        return {
            "service": self.service.value,
            "holder": _named(self.holder),
            "actor": self.actor.value,
            "representative": _named(self.representative),
            "identified": self.identified,
            "papers": sorted(self.papers),
            "card": self.card,
            "application": self.application,
            "wishes": dict(self.wishes),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Request:
        """Read what :meth:`document` gave; raises RequestWrong for one whose data were erased."""
        if not document:
            raise RequestWrong(item=KEY, detail=ERASED)
        return cls(
            service=Service(document["service"]),
            holder=_read_named(document["holder"]),
            actor=Actor(document["actor"]),
            representative=_read_named(document["representative"]),
            identified=document["identified"],
            papers=frozenset(Paper(each) for each in document["papers"]),
            card=document["card"],
            application=document["application"],
            wishes=MappingProxyType(dict(document["wishes"])),
        )


def _named(named: Named | None) -> dict[str, Any] | None:
    if named is None:
        return None
    return {
        "document": named.document.kind.value,
        "number": named.document.number,
        "name": named.name,
        "nationality": named.nationality,
        "from_reader": named.from_reader,
    }


def _read_named(document: Mapping[str, Any] | None) -> Named | None:
    if document is None:
        return None
    return Named(
        DocumentNumber(DocumentKind(document["document"]), document["number"]),
        document["name"],
        document["nationality"],
        document["from_reader"],
    )
