"""What a worker does with its hands: each job of the console, on the real registry and readers.

It runs in a process of its own, one job at a time, and knows nothing of pages.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

from terminal.config import Config
from terminal.devices.pin_pad import PinPad
from terminal.devices.zt598 import open_pin_pad
from terminal.errors import (
    CardUnknown,
    GuitaiError,
    OtherCard,
    PersonUnknown,
    PinSourceMissing,
    RequestWrong,
)
from terminal.journal import KINDS, STATES, Entry
from terminal.journal.model import shown_key
from terminal.masking import mask_name, mask_number
from terminal.money import yuan
from terminal.readers.pcsc import Scard
from terminal.readers.port import Pcsc
from terminal.registry.cards import Card
from terminal.registry.duties import DUTY_STATES
from terminal.registry.runs import BEGUN
from terminal.registry.store import Registry
from terminal.rules.vocabulary import Actor, Paper, Service
from terminal.service_pin import LEAST_DIGITS, MOST_DIGITS, ServicePin
from terminal.services.duties import follow_up, run_due
from terminal.services.offered.answer import Answer
from terminal.services.offered.at_card import CardAtDesk, card_on
from terminal.services.offered.desk import Desk
from terminal.services.offered.laying import laid_for, no_cards
from terminal.services.offered.looking import Dossier, look_up
from terminal.services.offered.possible import possible_by
from terminal.services.offered.request import Request
from terminal.services.offered.run_keys import request_under, shown_before, state_of
from terminal.services.offered.running import abandon, carry_out, consider
from terminal.services.offered.sitting import desk_of, visiting
from terminal.services.offered.slip_lines import shown_number
from terminal.services.offered.slot import Slot, Tools, open_tools
from terminal.services.offered.works import work_of
from terminal.services.opening import open_registry_of
from terminal.services.pin_entry import Ask, PinEntry
from terminal.texts import Text
from terminal.web import showing
from terminal.web.card_working import work_on
from terminal.web.examining import examine_desk, verified
from terminal.web.messages import (
    By,
    CheckWork,
    Consider,
    DoWork,
    Examine,
    GiveUp,
    Job,
    Keyed,
    LookAtCard,
    LookUp,
    Message,
    PrintPaper,
    ReadDocument,
    Result,
    RunDuties,
    Said,
    Serve,
    Settle,
    Verify,
)
from terminal.web.views import COMING, Considered, Face, Holder

Tell = Callable[[Message], None]
_AT_CONSOLE = "console"
"""The reason on record of a look that nobody explained further: the card was laid on."""
_NONE_UNDER = Text("没有这个流水号", "nothing was begun under it")
_KEY = Text("流水号", "the key")
_GO_ON = Text(
    "这项业务没有办完，不要另做一笔；请打开流水号 {key} 接着办",
    "It is unfinished, begin no other: open {key} and go on",
)
_OPEN_MONEY = Text(
    "{day} 的{what}{amount}没有办完（{state}），流水 {key}",
    "{what} {amount} of {day} did not finish ({state}), entry {key}",
)
_YUAN = Text(" {yuan} 元", "of {yuan} yuan")
_STANDS = Text("{state}：{said}", "{state}: {said}")
_NO_PAD = Text(
    "；工作台只从密码键盘或读卡器键盘输入服务密码，请接好并在配置 [pin_pad] 中写明",
    "; the console takes a service PIN from a PIN pad or a reader's keypad only: connect one and"
    " name it under [pin_pad]",
)


class PadBeside:
    """Enter a PIN at the pad; the page shows what for, and the stars."""

    source = "pad"

    def __init__(self, pad: PinPad, tell: Tell) -> None:
        self._pad = pad
        self._tell = tell

    def enter(self, what: Ask) -> ServicePin:
        """Ask at the pad; the page is told once it takes keys, and when it does no more."""

        def progress(count: int) -> None:
            self._tell(Keyed(what.value, count))

        try:
            return self._pad.enter_service_pin(LEAST_DIGITS, MOST_DIGITS, progress)
        finally:
            self._tell(Keyed(what.value, -1))


class Hands:
    """Do jobs; the registry is open as long as one lasts, as with a command.

    So how far the audit went is kept outside the database behind each, and anchored every day,
    however long the console runs (terminal/services/auditing.py).
    """

    def __init__(self, config: Config, pcsc: Callable[[], Pcsc] = Scard) -> None:
        self._config = config
        self._make_pcsc = pcsc
        self._pcsc: Pcsc | None = None
        self._registry: Registry | None = None

    def do(self, job: Job, tell: Tell) -> Result:
        """Do a job; raises the catalogue's leaves."""
        try:
            return self._done(job, tell)
        finally:
            registry, self._registry = self._registry, None
            if registry is not None:
                registry.close()

    def _done(self, job: Job, tell: Tell) -> Result:
        match job:
            case LookAtCard():
                return self._look_at_card(job, tell)
            case LookUp():
                return self._look_up(job)
            case Consider():
                return self._consider(job, tell)
            case Serve():
                return self._serve(job, tell)
            case GiveUp():
                return self._give_up(job, tell)
            case Settle():
                return self._settle(job, tell)
            case Examine():
                return examine_desk(
                    self._config, self._pcsc_now(), lambda text: tell(Said(text)), job.in_use
                )
            case Verify():
                return verified(self._config, job.chain)
            case RunDuties():
                return self._run_duties(job)
            case CheckWork() | DoWork():
                return work_on(self._desk(job.by), job, self._tools(job.by, tell))
            case _:
                return self._at_device(job, tell)

    def _at_device(self, job: Job, tell: Tell) -> Result:
        from terminal.web.devices import print_paper, read_document  # noqa: PLC0415  drivers load

        if isinstance(job, ReadDocument):
            return read_document(self._config, job, tell)
        if isinstance(job, PrintPaper):
            return print_paper(self._config, job, tell)
        raise TypeError(f"{type(job).__name__} is no job of this worker")

    # --- Looks -----------------------------------------------------------------------------------

    def _look_at_card(self, job: LookAtCard, tell: Tell) -> Face:
        desk = self._desk(job.by)
        with self._tools(job.by, tell)() as tools, Slot(tools, job.lying.reader) as slot:
            card = card_on(slot)
            desk = desk.with_chip(card)
            request = Request(Service.STATUS)
            try:
                dossier = look_up(desk, None, service=_AT_CONSOLE, reason=_AT_CONSOLE)
            except CardUnknown:
                return self._face(card, tools)
            shown = self._holder(desk, dossier, request)
            theirs = next(each for each in dossier.cards if each.chip == card.chip.upper())
            return self._face(card, tools, theirs, shown)

    def _look_up(self, job: LookUp) -> Holder:
        desk = self._desk(job.by)
        if job.named is None:
            decisions = possible_by(desk, Request(Service.STATUS), (Actor.EMPLOYER,))
            return Holder("", _EMPLOYER, (), alive=True, offers=showing.offers(decisions))
        request = Request(
            Service.STATUS, job.named, job.actor, job.acting, papers=frozenset({Paper.ID})
        )
        try:
            dossier = look_up(desk, job.named, service=job.service, reason=job.by.reason)
        except PersonUnknown:
            named = job.named
            return Holder(
                mask_name(named.name),
                _STRANGER,
                (Text(mask_number(named.document.number), mask_number(named.document.number)),),
                alive=True,
                offers=showing.offers(possible_by(desk, request, _coming(request))),
                known=False,
            )
        return self._holder(desk, dossier, request)

    def _holder(self, desk: Desk, dossier: Dossier, request: Request) -> Holder:
        decisions = possible_by(desk, request, _coming(request))
        return showing.holder(desk, dossier, decisions, desk.registry.clock())

    def _face(
        self,
        card: CardAtDesk,
        tools: Tools,
        theirs: Card | None = None,
        shown: Holder | None = None,
    ) -> Face:
        trouble = card.identity.trouble
        numbers = [card.number, card.chip]
        if theirs is not None and theirs.transit_number:
            numbers.append(theirs.transit_number)
        return Face(
            card.chip,
            mask_number(card.number),
            mask_name(card.holder_name),
            card.pin_set,
            None if trouble is None else trouble.sentence,
            tuple(_open_money(each) for each in _open_entries(tools, numbers)),
            None if theirs is None else showing.card_shown(theirs),
            shown,
        )

    # --- Services --------------------------------------------------------------------------------

    def _consider(self, job: Consider, tell: Tell) -> Considered:
        desk = self._desk(job.by, at_home=job.at_home)
        request = Request.of(job.request)
        with self._laid(desk, request, job.key, job, tell) as (at_it, shown):
            decision, situation = consider(work_of(request.service), at_it, shown, job.key)
            if situation.person is not None:
                # Who it is for is shown in clear from here on: for this service, on record.
                named = request.holder
                look_up(
                    at_it,
                    named,
                    service=request.service.value,
                    reason=job.by.reason or _AT_CONSOLE,
                    revealed=True,
                )
        person, card = situation.person, situation.card
        number = ""
        if person is not None and person.documents:
            number = person.documents[0].number.reveal()
        elif request.holder is not None:
            number = request.holder.document.number
        return Considered(
            request.service,
            decision.verdict,
            tuple(each.sentence for each in decision.reasons),
            tuple(each.instead for each in decision.reasons if each.instead is not None),
            decision.bring,
            tuple(each.why for each in decision.tell),
            decision.pin,
            any(each.supervisor for each in decision.reasons),
            person.name.reveal() if person is not None else _name(request),
            number,
            None if card is None else shown_number(card),
            None if at_it.chip is None else at_it.chip.chip,
        )

    def _serve(self, job: Serve, tell: Tell) -> Answer:
        answered: set[str] = set()
        desk = self._desk(job.by, at_home=job.at_home, answered=answered)
        if job.request is None:
            request = request_under(desk, job.key)
        else:
            request = shown_before(desk, job.key, Request.of(job.request))
        if request is None:
            raise RequestWrong(item=_KEY, detail=_NONE_UNDER)
        with (
            _told_how_to_go_on(desk, job.key),
            self._laid(desk, request, job.key, job, tell, last_try=job.last_try) as (at_it, shown),
        ):
            _demand_checked(at_it, job.chip)
            answer = carry_out(work_of(request.service), at_it, shown, job.key)
        # Behind it what others left is tried, of parties that answered just now.
        with contextlib.suppress(GuitaiError):
            follow_up(desk, answered)
        return answer

    def _give_up(self, job: GiveUp, tell: Tell) -> tuple[Text, ...]:
        desk = self._desk(job.by)
        request = request_under(desk, job.key)
        if request is None:
            raise RequestWrong(item=_KEY, detail=_NONE_UNDER)
        with self._tools(job.by, tell)() as tools, no_cards(desk, tools, job.key) as without:
            return abandon(work_of(request.service), without, job.key)

    def _settle(self, job: Settle, tell: Tell) -> tuple[Text, ...]:
        with self._tools(job.by, tell)() as tools, Slot(tools, job.lying.reader) as slot:
            return card_on(slot).settle()

    def _run_duties(self, job: RunDuties) -> tuple[Text, ...]:
        found = run_due(self._desk(job.by))
        return tuple(
            _STANDS.filled(state=DUTY_STATES[each.state], said=said) for each, said in found
        )

    # --- What they work with ---------------------------------------------------------------------

    @contextmanager
    def _laid(
        self,
        desk: Desk,
        request: Request,
        key: str,
        job: Consider | Serve,
        tell: Tell,
        *,
        last_try: bool = False,
    ) -> Iterator[tuple[Desk, Request]]:
        tools = self._tools(job.by, tell, last_try=last_try)
        with laid_for(desk, request, key, job.lying, tools) as laid:
            yield laid

    def _tools(
        self, by: By, tell: Tell, *, last_try: bool = False
    ) -> Callable[[], AbstractContextManager[Tools]]:
        def say(text: Text) -> None:
            tell(Said(text))

        return partial(
            open_tools,
            self._config,
            self._pcsc_now(),
            by.operator,
            partial(self._entry, tell),
            say=say,
            last_try=last_try,
        )

    @contextmanager
    def _entry(self, tell: Tell) -> Iterator[PinEntry]:
        if not self._config.pin_pad.port:
            raise PinSourceMissing(why=_NO_PAD)
        pad = open_pin_pad(self._config.pin_pad, self._config.source)
        try:
            yield PadBeside(pad, tell)
        finally:
            pad.close()

    def _desk(self, by: By, *, at_home: bool = False, answered: set[str] | None = None) -> Desk:
        if self._registry is None:
            self._registry = open_registry_of(self._config)
        heard = set[str]() if answered is None else answered
        desk = desk_of(
            self._config, self._registry, by.operator, reason=by.reason, answered=heard.add
        )
        if by.second:
            desk = desk.with_second(by.second, by.reason, by.second_roles)
        return visiting(desk) if at_home else desk

    def _pcsc_now(self) -> Pcsc:
        if self._pcsc is None:
            self._pcsc = self._make_pcsc()
        return self._pcsc


def _coming(request: Request) -> tuple[Actor, ...]:
    """Name who might come for whom a request names; where somebody is named, it is they."""
    return COMING if request.representative is None else (request.actor,)


_EMPLOYER = Text("用人单位", "an employer")
_STRANGER = Text("登记库中没有此人", "not in the registry")


def _name(request: Request) -> str:
    return request.holder.name if request.holder is not None else ""


def _demand_checked(desk: Desk, chip: str | None) -> None:
    """Demand the card that was checked: another may have been laid on since; raises OtherCard.

    Of two cards that are laid on in turn it may have been either.
    """
    lie_there = [each.chip for each in (desk.chip, desk.old_chip) if each is not None]
    if chip is not None and chip not in lie_there:
        raise OtherCard(wanted=chip[-4:], found="".join(lie_there[:1])[-4:])


@contextmanager
def _told_how_to_go_on(desk: Desk, key: str) -> Iterator[None]:
    """Have every failure say what became of what was begun under a key."""
    try:
        yield
    except Exception as error:
        with contextlib.suppress(GuitaiError):
            if getattr(error, "unfinished", None) is None and state_of(desk, key) == BEGUN:
                error.unfinished = _GO_ON.filled(key=key)  # type: ignore[attr-defined]  # for pages
        raise


def _open_entries(tools: Tools, numbers: Iterable[str]) -> tuple[Entry, ...]:
    """Give what was begun on a card's purse or passes and is not over."""
    found: dict[str, Entry] = {}
    for number in filter(None, numbers):
        for each in tools.journal.unfinished(number):
            found[each.intention.key] = each
    return tuple(found.values())


def _open_money(entry: Entry) -> Text:
    fen = entry.intention.amount
    return _OPEN_MONEY.filled(
        day=f"{entry.day:%m-%d}",
        what=KINDS[entry.intention.kind],
        amount=_YUAN.filled(yuan=yuan(fen)) if fen else Text("", ""),
        state=STATES[entry.state],
        key=shown_key(entry.intention.key),
    )
