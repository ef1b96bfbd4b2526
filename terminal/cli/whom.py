"""The options that say whom a service is for, who asks, and with which papers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import click

from terminal.cli.app import Session, help_text
from terminal.cli.asking import ask_named, ask_wishes, read_settings
from terminal.errors import WrongUsage
from terminal.rules.documents import DocumentKind
from terminal.rules.table import TABLE
from terminal.rules.vocabulary import ACTORS, FACE_TO_FACE, Actor, Channel, Paper, Service
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Request
from terminal.texts import Text

_DOCUMENTS = click.Choice([each.value for each in DocumentKind])
_ACTOR_DOCUMENT = ("--actor-document", "--agent-document")
"""Either is understood everywhere: who acts for the holder may be an agent."""
_BY_A_PERSON = frozenset({Actor.GUARDIAN, Actor.AGENT, Actor.KIN})
_HOLDER = Text("持卡人：", "The holder:")
_ACTOR = Text("来办的人（{who}）：", "Who comes ({who}):")
_BY_TELEPHONE = frozenset({Channel.HOTLINE, Channel.BANK_PHONE})
_ONE_DOCUMENT = Text(
    "--id 和 --document 只写一个：--id 就是居民身份证",
    "--id or --document, one of them: --id is the identity card",
)
_UNKNOWN = Text("不认识的材料 {name}；可用：{names}", "unknown paper {name}; there are: {names}")


@dataclass(frozen=True, slots=True)
class Whom:
    """Hold what the options said; numbers and names are asked for (asking.py)."""

    document: str | None = None
    nationality: str = ""
    not_shown: bool = False
    actor: str = Actor.HOLDER.value
    actor_document: str | None = None
    papers: str = ""
    card: int | None = None
    application: int | None = None
    identified: bool = False
    settings: tuple[str, ...] = ()

    @property
    def says_nothing(self) -> bool:
        """Say whether nothing was said: then a key may stand for all of it."""
        return self == Whom()

    def request(
        self, session: Session, desk: Desk, service: Service, *, ask_actor: bool = True
    ) -> Request:
        """Make the request; a document that is shown is a paper that is there.

        Who acts for the holder has a document too, an identity card unless said; without
        ``ask_actor`` only one that was said is asked for. By telephone who asks has to be
        identified, elsewhere papers and card do that. Raises RequestWrong, PersonalDataWrong,
        WrongUsage.
        """
        papers = _papers(self.papers)
        settings = read_settings(service, self.settings)  # told before anybody types a number
        holder = representative = None
        actor_document = self.actor_document
        if actor_document is None and ask_actor:
            actor_document = self._usual_document(service)
        if self.document:
            if actor_document:
                say_whose(session, _HOLDER)
            kind = DocumentKind(self.document)
            holder = ask_named(session, kind, desk.today, nationality=self.nationality)
        if actor_document:
            say_whose(session, _ACTOR.filled(who=ACTORS[Actor(self.actor)]))
            representative = ask_named(session, DocumentKind(actor_document), desk.today)
        if desk.where.channel in FACE_TO_FACE:
            papers |= {Paper.ID} if holder is not None and not self.not_shown else set()
            papers |= {Paper.ACTOR_ID} if representative is not None else set()
        return Request(
            service,
            holder,
            Actor(self.actor),
            representative,
            identified=self.identified or desk.where.channel not in _BY_TELEPHONE,
            papers=papers,
            card=self.card,
            application=self.application,
            wishes=MappingProxyType(ask_wishes(session, service, settings)),
        )

    def _usual_document(self, service: Service) -> str | None:
        """Name the document of who may do it for the holder, where none was."""
        actor = Actor(self.actor)
        acts = actor in _BY_A_PERSON and actor in TABLE[service].actors
        return DocumentKind.CITIZEN_ID.value if acts else None


def say_whose(session: Session, text: Text) -> None:
    """Say on standard error whose document is asked for now."""
    click.echo(session.say(text), err=True)


def actor_document_option(name: str, help_said: str) -> Callable[..., Any]:
    """Give a command the document of who acts for the holder, as ``name``."""
    return click.option(*_ACTOR_DOCUMENT, name, type=_DOCUMENTS, help=help_said)


def whom_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options; it gets them as one ``whom``."""

    @functools.wraps(command)
    def collected(
        *arguments: Any,
        document: str | None,
        nationality: str,
        not_shown: bool,
        actor: str,
        actor_document: str | None,
        papers: str,
        card: int | None,
        application: int | None,
        identified: bool,
        settings: tuple[str, ...],
        **more: Any,
    ) -> None:
        whom = Whom(
            document,
            nationality,
            not_shown,
            actor,
            actor_document,
            papers,
            card,
            application,
            identified,
            settings,
        )
        command(*arguments, whom=whom, **more)

    for option in _options():
        collected = option(collected)
    return collected


def document_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--id`` and ``--document``, of which it gets one ``document``."""

    @functools.wraps(command)
    def collected(*arguments: Any, document: str | None, id_card: bool, **more: Any) -> Any:
        if document and id_card:
            raise WrongUsage(detail=_ONE_DOCUMENT)
        kind = document or (DocumentKind.CITIZEN_ID.value if id_card else None)
        return command(*arguments, document=kind, **more)

    shown = help_text(
        "出示的其他持卡人证件（原件）；号码和姓名随后输入",
        "another document of the holder's, shown in the original; its number is asked for",
    )
    card = help_text(
        "出示了持卡人的居民身份证（原件）；号码和姓名随后输入",
        "the holder's citizen identity card is shown; its number is asked for",
    )
    collected = click.option("--document", type=_DOCUMENTS, help=shown)(collected)
    return click.option("--id", "id_card", is_flag=True, help=card)(collected)


def nationality_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--nationality`` alone."""
    text = help_text("护照的国家代码（三个字母）", "country code of a passport")
    return click.option("--nationality", default="", metavar="CODE", help=text)(function)


def _options() -> list[Callable[..., Any]]:
    papers = help_text(
        "另外出示的材料，逗号分隔（证件和放上的卡不用写）",
        "other papers that are shown, by commas, besides documents and the card laid on",
    )
    return [
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="NAME[=VALUE]",
            help=help_text(
                "业务要的内容（见 service explain），如 bank=BOB；个人信息只写名称，随后输入",
                "what the service asks for (see service explain), such as bank=BOB; what is"
                " personal is only named, and asked for",
            ),
        ),
        click.option(
            "--identified",
            is_flag=True,
            help=help_text("已核实来电人身份（电话）", "the caller was identified (telephone)"),
        ),
        click.option(
            "--application", type=int, metavar="N", help=help_text("申请编号", "application number")
        ),
        click.option(
            "--card",
            type=int,
            metavar="N",
            help=help_text("卡在登记库的编号", "the card's number in the registry"),
        ),
        click.option("--papers", default="", metavar="LIST", help=f"{papers} ({', '.join(Paper)})"),
        actor_document_option(
            "actor_document",
            help_text(
                "来办的人出示的证件（代办时，默认居民身份证）；号码和姓名随后输入",
                "document of who acts for the holder, an identity card by default; its number is"
                " asked for",
            ),
        ),
        click.option(
            "--as",
            "actor",
            type=click.Choice([each.value for each in Actor]),
            default=Actor.HOLDER.value,
            show_default=True,
            help=help_text("谁来办", "who comes"),
        ),
        click.option(
            "--not-shown",
            is_flag=True,
            help=help_text(
                "只有证件号码，没有出示原件", "the number is known, the original not shown"
            ),
        ),
        nationality_option,
        document_options,
    ]


def _papers(listed: str) -> frozenset[Paper]:
    names = [each.strip() for each in listed.split(",") if each.strip()]
    unknown = [each for each in names if each not in set(Paper)]
    if unknown:
        names_zh, names_en = "、".join(Paper), ", ".join(Paper)
        detail = _UNKNOWN.filled(name=unknown[0], names=Text(names_zh, names_en))
        raise WrongUsage(detail=detail)
    return frozenset(Paper(each) for each in names)
