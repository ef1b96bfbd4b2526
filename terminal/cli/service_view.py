"""Show decisions and answers: as lines for a clerk, as documents for a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import click

from terminal.beijing_time import in_beijing
from terminal.cli.app import Session, print_json
from terminal.rules.decide import offered_at
from terminal.rules.decision import VERDICTS, Decision, Reason, Verdict, cited
from terminal.rules.table import TABLE
from terminal.rules.vocabulary import ACTORS, PAPERS, PLACES, SERVICES, Actor, Pin, Service
from terminal.services.offered.answer import Answer
from terminal.services.offered.wishes import WISHES, asked_as, said_as, wanted_by
from terminal.texts import Text

_MARKS = {Verdict.ALLOWED: "✓", Verdict.SECOND: "②", Verdict.REFUSED: "✗"}
_NOTHING = Text("这里现在没有能办的业务", "Nothing can be done here now")
_TWO = Text("（须两人办理）", " (takes two people)")
_BRING = Text("要带：{papers}", "bring: {papers}")
_ARTICLE = Text("依据：实施细则第 {article} 条", "By: Rules Art. {article}")
_WHERE = Text("在哪里办：{places}", "Where: {places}")
_WHO = Text("谁可以办：{actors}", "Who: {actors}")
_PAPERS = Text("要带：{papers}", "Bring: {papers}")
_ASKED = Text("要写明（--set）：", "It asks for (--set):")
_TOLD = Text("要告知持卡人：", "The holder is told:")
_PIN = {
    Pin.NONE: Text("服务密码：不需要", "Service PIN: none"),
    Pin.SET: Text("服务密码：由持卡人设置", "Service PIN: set by the holder"),
    Pin.VERIFY: Text("服务密码：要验证", "Service PIN: verified"),
    Pin.OLD: Text("服务密码：要输入原密码", "Service PIN: the old one is entered"),
}
_DONE = Text("已办理：{service}", "Done: {service}")
_REPEATED = Text(
    "这项业务先前已经办好，没有再办一次：{service}", "Done before, and not done again: {service}"
)
_SLIP = Text("受理号：{number}", "Acceptance number: {number}")
_PERSON = Text("持卡人：{person}", "Holder: {person}")
_TELL = Text("请告知持卡人：", "Tell the holder:")
_OWED = Text("尚未确认：", "Not confirmed yet:")
_KEY = Text("流水号：{key}", "Key: {key}")
_LEFT = Text("已放弃：流水号 {key}。没有办理", "Given up: {key}. Nothing was done")
_COLON = Text("：", ": ")


def say_answer(session: Session, answer: Answer) -> None:
    """Print what a service answered."""
    service = SERVICES[answer.service]
    head = (_REPEATED if answer.repeated else _DONE).filled(service=service)
    click.echo(session.say(head))
    click.echo(session.say(_SLIP, number=answer.number))
    if answer.person:
        click.echo(session.say(_PERSON, person=answer.person))
    for each in answer.lines:
        click.echo(f"{session.say(each.label)}{session.say(_COLON)}{session.say(each.value)}")
    say_texts(session, _TELL, answer.tell)
    say_owed(session, answer.owed)
    click.echo(session.say(_KEY, key=answer.key))


def say_owed(session: Session, owed: Iterable[Text]) -> None:
    """Print what other parties have not confirmed yet."""
    say_texts(session, _OWED, owed)


def say_texts(session: Session, title: Text, texts: Iterable[Text]) -> None:
    """Print a list under its title, nothing where it is empty."""
    found = list(texts)
    if found:
        click.echo(session.say(title))
    for text in found:
        click.echo(f"  · {session.say(text)}")


def say_left(session: Session, schema: str, key: str, owed: Iterable[Text]) -> None:
    """Print that a run was given up, and what becomes of what is owed for it."""
    if session.as_json:
        texts = [session.say(each) for each in owed]
        print_json({"schema": schema, "action": "leave", "key": key, "owed": texts})
        return
    click.echo(session.say(_LEFT, key=key))
    for text in owed:
        click.echo(f"  · {session.say(text)}")


def answer_document(session: Session, answer: Answer) -> dict[str, Any]:
    """Give an answer as JSON has it (docs/schemas/guitai.service-1.json)."""
    return {
        "service": answer.service.value,
        "key": answer.key,
        "number": answer.number,
        "at": in_beijing(answer.at).isoformat(),
        "person": answer.person,
        "repeated": answer.repeated,
        "lines": [
            {"label": session.say(each.label), "value": session.say(each.value)}
            for each in answer.lines
        ],
        "tell": [session.say(each) for each in answer.tell],
        "owed": [session.say(each) for each in answer.owed],
    }


def say_decisions(session: Session, decisions: Iterable[Decision], *, reasons: bool) -> None:
    """Print a line a service that can be done; with ``reasons`` all, and why not."""
    shown = [each for each in decisions if each.allowed or reasons]
    if not shown:
        click.echo(session.say(_NOTHING))
    for each in sorted(shown, key=lambda decision: not decision.allowed):
        two = session.say(_TWO) if each.verdict is Verdict.SECOND else ""
        name = session.say(SERVICES[each.service])
        click.echo(f"{_MARKS[each.verdict]} {each.service:<16} {name}{two}")
        if each.allowed and each.bring:
            click.echo(f"    {session.say(_BRING.filled(papers=_papers_of(each)))}")
        if reasons or each.verdict is Verdict.SECOND:
            for reason in each.reasons:
                click.echo(f"    {session.say(reason.sentence)}")


def decision_document(session: Session, decision: Decision) -> dict[str, Any]:
    """Give a decision as JSON has it."""
    return {
        "service": decision.service.value,
        "name": session.say(SERVICES[decision.service]),
        "verdict": decision.verdict.value,
        "verdict_text": session.say(VERDICTS[decision.verdict]),
        "reasons": [_reason(session, each) for each in decision.reasons],
        "bring": [
            {"paper": each.value, "text": session.say(PAPERS[each])} for each in decision.bring
        ],
        "tell": [_reason(session, each) for each in decision.tell],
        "pin": decision.pin.value,
    }


def explain_lines(session: Session, service: Service, *, whole: bool) -> Iterator[str]:
    """Say what the rules say of a service, whoever asks; else only which service it is."""
    row, say = TABLE[service], session.say
    yield f"{service:<16} {say(SERVICES[service])}"
    if not whole:
        return
    yield say(_ARTICLE, article=row.article)
    yield say(_WHERE.filled(places=offered_at(service)))
    actors = listed(ACTORS[each] for each in Actor if each in row.actors)
    yield say(_WHO.filled(actors=actors))
    if row.papers:
        yield say(_PAPERS.filled(papers=listed(PAPERS[each] for each in row.papers)))
    yield say(_PIN[row.pin])
    if wanted_by(service):
        yield say(_ASKED)
        for name in wanted_by(service):
            yield f"  {said_as(name):<12} {say(asked_as(service, name))}"
    if row.tell:
        yield say(_TOLD)
        for check in row.tell:
            yield f"  · {say(check.why)}{say(cited(check.article))}"


def explain_document(session: Session, service: Service) -> dict[str, Any]:
    """Give what the rules say of a service as JSON has it."""
    row = TABLE[service]
    return {
        "service": service.value,
        "name": session.say(SERVICES[service]),
        "article": row.article,
        "channels": {
            channel.value: {
                "place": place.value,
                "text": session.say(PLACES[place]) if place in PLACES else None,
            }
            for channel, place in row.channels.items()
        },
        "actors": sorted(each.value for each in row.actors),
        "papers": [each.value for each in row.papers],
        "pin": row.pin.value,
        "asks": [
            {
                "name": said_as(name),
                "text": session.say(asked_as(service, name)),
                "personal": WISHES[name].private,
            }
            for name in wanted_by(service)
        ],
        "tell": [session.say(each.why) for each in row.tell],
    }


def _papers_of(decision: Decision) -> Text:
    return listed(PAPERS[each] for each in decision.bring)


def _reason(session: Session, reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "article": reason.article,
        "why": session.say(reason.why),
        "instead": session.say(reason.instead) if reason.instead else None,
    }


def listed(texts: Iterable[Text]) -> Text:
    """Join texts as a list inside a sentence."""
    found = list(texts)
    return Text("、".join(each.zh for each in found), ", ".join(each.en for each in found))
