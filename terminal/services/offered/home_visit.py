"""Home visit 上门服务 (S-VISIT, Rules Art. 25): for elderly, disabled and less mobile holders.

It puts on record who is visited, where, by which two and for what, and says which services may be
done there; each is then asked for by itself, at a desk that visits (``Where.visiting``), on the
outlet's conditions. The address stands in the sealed request only.
"""

from __future__ import annotations

from dataclasses import replace

from terminal.errors import RequestWrong
from terminal.registry.transaction import Transaction
from terminal.rules.decide import decide
from terminal.rules.table import TABLE
from terminal.rules.vocabulary import SERVICES, Actor, Service
from terminal.services.offered.answer import Line, line
from terminal.services.offered.running import Recorded, Running, Work, joined
from terminal.services.offered.situation import case_of, gather
from terminal.texts import Text

_OF_PERSONS = frozenset(each for each in Service if Actor.HOLDER in TABLE[each].actors) - {
    Service.VISIT
}
ADDRESS, WANTED = "address", "services"
LONGEST = 200
_ADDRESS = Text("上门地址（address）", "the address (address)")
_WANTED = Text("要办的业务（services）", "the services (services)")
_EMPTY = Text("没有填写", "there is nothing")
_LONG = Text("超过 {most} 个字", "it has more than {most} characters")
_UNKNOWN = Text("没有这项个人业务：{service}", "a person has no such service: {service}")
_BY = Text("上门人员", "visited by")
_BOTH = Text("{operator}、{second}", "{operator} and {second}")
_CAN = Text("可以上门办理", "can be done there")
_CANNOT = Text("不能上门办理", "cannot be done there")
_NOTHING = Text("没有一项能上门办理：{why}", "nothing of it can be done there: {why}")
_BECAUSE = Text("{service}：{why}", "{service}: {why}")


def record(run: Running, tx: Transaction) -> Recorded:
    """Put the visit on record.

    Raises RequestWrong where it is not said where, or for what, or nothing of it can be done there.
    """
    address = run.request.wish(ADDRESS).strip()
    if not address or len(address) > LONGEST:
        detail = _LONG.filled(most=LONGEST) if address else _EMPTY
        raise RequestWrong(item=_ADDRESS, detail=detail)
    wanted = _services(run.request.wish(WANTED))
    both = _BOTH.filled(operator=run.desk.operator, second=run.desk.second)
    said = [_said(run, tx, each) for each in wanted]
    if all(each.label == _CANNOT for each in said):
        why = joined([each.value for each in said])
        raise RequestWrong(item=_WANTED, detail=_NOTHING.filled(why=why))
    return Recorded(
        lines=(line(_BY, both), *said),
        facts={"services": " ".join(wanted)},
    )


def _services(listed: str) -> tuple[Service, ...]:
    """Read which services are wanted, by their ids; raises RequestWrong."""
    names = list(dict.fromkeys(listed.split()))
    if not names:
        raise RequestWrong(item=_WANTED, detail=_EMPTY)
    for each in names:
        if each not in _OF_PERSONS:
            raise RequestWrong(item=_WANTED, detail=_UNKNOWN.filled(service=each))
    return tuple(Service(each) for each in names)


def _said(run: Running, tx: Transaction, service: Service) -> Line:
    """Say whether a service may be done at the holder's home, and why not."""
    where = replace(run.desk.where, visiting=True, instant=False)
    desk = replace(run.desk, where=where)
    if run.situation.person is None:
        situation = replace(run.situation, request=run.request.for_service(service))
    else:
        situation = gather(tx, desk, run.request.for_service(service), choosing=False)
    decision = decide(replace(case_of(tx, desk, situation), asking=True))
    if decision.allowed:
        return line(_CAN, SERVICES[service])
    why = decision.reasons[0].why
    return line(_CANNOT, _BECAUSE.filled(service=SERVICES[service], why=why))


WORK = Work(Service.VISIT, record, waits=False)
