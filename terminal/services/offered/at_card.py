"""The card on the desk, as services ask for it: what it says of itself, and what is done with it.

It joins the chip's services (PIN, files, purse, passes) to one key each: what happened under a key
is told again, what was left open is settled by the card first, what did not happen is tried again
under the key's next attempt. For an attempt that came to nothing stays so for ever
(docs/decisions/0008), and a service that is repeated still wants its money moved, once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from itertools import count

from terminal.cards.park_pass import decode
from terminal.errors import (
    CannotTell,
    IntentionDiffers,
    IntentionOver,
    NoCard,
    NothingToRefund,
    NotSocialSecurity,
    OtherCard,
    ParkAnswerWrong,
    ParkSystemMissing,
    ParkSystemUnreachable,
    PassKeyUsed,
    PassNothingToMove,
)
from terminal.journal import KINDS, STATES, AlreadyBegun, Entry, Intention, Kind, Method, State
from terminal.journal.model import beijing_day, shown_key
from terminal.masking import mask_number
from terminal.money import yuan
from terminal.parties.park import ParkSystem
from terminal.services.card_files import FileDesk
from terminal.services.offered.desk import CHIP_DATA, ChipDesk
from terminal.services.offered.identity import Identity, identify
from terminal.services.offered.slot import Slot
from terminal.services.park import ParkDesk, demand_on_sale
from terminal.services.park_card import PASS_KINDS
from terminal.services.park_move import PassMove, Wanted
from terminal.services.service_pin import PinDesk
from terminal.services.transit import CloseReason, PurseResult, TransitDesk
from terminal.services.transit_visit import chip_of
from terminal.services.visit import Visit
from terminal.texts import Text

MOST_CARDS = 3
"""How many wrong cards may be laid on before it is given up."""
GIVEN_UP = "given_up"
_LAY = Text("请放上卡号为 {number} 的社会保障卡……", "Lay on the social security card {number} …")
_SETTLED = Text("{what}{amount}：{outcome}，流水 {key}", "{what}{amount}: {outcome}, entry {key}")
_EVIDENCE = Text("{outcome}（依据：{reason}）", "{outcome} (evidence: {reason})")
_STILL_OPEN = Text(
    "仍查不清，请主管凭流水与清算方核对后认定",
    "it cannot be told; a supervisor decides it after asking the clearing party",
)
_YUAN = Text(" {yuan} 元", " of {yuan} yuan")
_LAST_TRY = Text(
    "注意：也许是最后 1 次机会，再输错服务密码就会锁定",
    "Mind: this may be the last try; one more wrong entry blocks the service PIN",
)
_CONTACT_FILE = "DF01EF06"
_ITEMS = {"mobile": "phone", "address": "contact_address"}
"""Where minor data stand in that file (reference social-security-card.md §2.3)."""
_SOLD = Text(
    "{year} 年公园年票（票种 {type}），{first} 至 {last}，{price} 元；还没有激活",
    "park pass of {year} (type {type}), {first} to {last}, {price} yuan; not active yet",
)


def card_on(slot: Slot) -> CardAtDesk:
    """Identify the card that lies in a reader, a dead chip too.

    Raises NoCard, NotSocialSecurity, and what the reader and the counter's keys raise.
    """
    return CardAtDesk(slot, identify(slot))


def no_card(slot: Slot) -> CardAtDesk:
    """Stand for a card that is not there: what was begun with it may be given up."""
    return CardAtDesk(slot, Identity(trouble=NoCard()))


class CardAtDesk:
    """Be a ChipDesk (desk.py): work on one card, whenever it lies in the slot.

    Two cards may share a slot: whichever is wanted is asked for, by its number.
    """

    def __init__(self, slot: Slot, identity: Identity) -> None:
        self._slot = slot
        self._tools = slot.tools
        self.identity = identity
        self._pin_set = identity.pin_set

    # --- What it says of itself --------------------------------------------------------------

    @property
    def chip(self) -> str:
        """Give the card's id in hex."""
        return self.identity.chip

    @property
    def number(self) -> str:
        """Give the card's number."""
        return self.identity.number

    @property
    def holder_name(self) -> str:
        """Give the holder's name as the chip has it."""
        return self.identity.name

    @property
    def holder_number(self) -> str:
        """Give the holder's social security number as the chip has it."""
        return self.identity.holder

    @property
    def readable(self) -> bool:
        """Say whether the chip can be read and written."""
        return self.identity.trouble is None

    # --- The service PIN ---------------------------------------------------------------------

    @property
    def pin_set(self) -> bool | None:
        """Say whether a service PIN is set."""
        return self._pin_set

    def set_pin(self) -> None:
        """Have the holder set the first PIN."""
        self._pin_desk().set_first()
        self._pin_set = True

    def change_pin(self) -> None:
        """Have the holder change it."""
        self._pin_desk().change()

    def reset_pin(self) -> None:
        """Have the holder set a new one; where none is set yet, the first."""
        if self.pin_set is False:
            self.set_pin()
        else:
            self._pin_desk().reset()

    def verify_pin(self) -> None:
        """Have the holder enter it, once as long as the card lies there."""
        if not self._here().card.pin_verified:
            self._pin_desk().verify()

    def _pin_desk(self) -> PinDesk:
        tools = self._tools
        return PinDesk(
            self._here(),
            tools.open_entry,
            last_try=tools.last_try,
            warn=lambda: tools.say(_LAST_TRY),
        )

    # --- Minor data --------------------------------------------------------------------------

    def write_minor(self, data: dict[str, str]) -> None:
        """Write the chip's copy; raises ValueWrong, AccessDenied, WriteUnfinished and the like."""
        if not data.keys() <= CHIP_DATA:
            raise KeyError(*(data.keys() - CHIP_DATA))
        desk = FileDesk(self._here(), self._tools.open_entry, last_try=self._tools.last_try)
        values = {_ITEMS[name]: value for name, value in data.items()}
        desk.write(desk.place(_CONTACT_FILE), values)

    # --- The purse ---------------------------------------------------------------------------

    def load(self, key: str, fen: int, method: Method) -> int:
        """Put money on the card and give its balance after it."""
        entry = self._purse(key, Kind.LOAD, lambda desk, attempt: desk.load(fen, method, attempt))
        meant = entry.intention
        if (meant.amount, meant.method) != (fen, method):
            raise IntentionDiffers(key=shown_key(entry.key))
        return int(entry.facts.get("balance_after") or 0)

    def balance(self) -> int:
        """Give the balance as the card proves it."""
        return self._transit_desk().balance().shown

    def refund(self, key: str, method: Method) -> int:
        """Take everything off, and give what the journal says was taken."""
        try:
            entry = self._purse(key, Kind.REFUND, lambda desk, at: desk.refund(method, at))
        except NothingToRefund:
            return 0
        return -entry.intention.amount

    def close_transit(self, key: str, *, renewal: bool) -> None:
        """Close the application for ever."""
        reason: CloseReason = "renewal" if renewal else "cancellation"
        self._purse(key, Kind.CLOSING, lambda desk, at: desk.close(reason, at))

    def _purse(self, key: str, kind: Kind, act: Callable[[TransitDesk, str], PurseResult]) -> Entry:
        """Do something with the purse once under a key; gives the entry that says it is done."""
        entry = self._known(key, kind)
        if entry is not None and entry.state is State.DONE:
            return entry
        desk = self._transit_desk()
        if entry is not None and entry.unfinished and not _given_up(entry):
            settled = desk.settle(entry)
            if not settled.decided:
                raise CannotTell(kind=KINDS[kind], key=shown_key(entry.key), reason=settled.reason)
            if settled.entry.state is State.DONE:
                return settled.entry
        return act(desk, self._attempt(key)).entry

    def _transit_desk(self) -> TransitDesk:
        if not self._slot.apart:
            self._here()
        elif not self.chip:
            raise self.identity.trouble or NoCard()
        visit, tools = self._slot.purse(), self._tools
        lies_there = chip_of(visit.card.connection.atr)
        if lies_there != self.identity.historical:
            raise OtherCard(wanted=self.identity.historical[-4:], found=lies_there[-4:])
        return TransitDesk(
            visit,
            tools.journal,
            tools.purse_keys,
            tools.config.transit,
            operator=tools.operator,
            clock=tools.clock,
            progress=tools.say,
        )

    # --- Park passes -------------------------------------------------------------------------

    def pass_price(self, key: str, year: int, pass_type: int) -> int:
        """Give the price of a pass that is on sale today, or was sold under the key."""
        entry = self._known(key, Kind.PASS_SALE)
        if entry is not None and entry.state is not State.UNDONE:
            return entry.intention.till
        today = beijing_day(self._tools.clock())
        return demand_on_sale(self._tools.config.park, year, pass_type, today)

    def buy_pass(self, key: str, year: int, pass_type: int, method: Method) -> Text:
        """Sell a pass and say which; it is made valid apart (guitai park activate)."""
        entry = self._known(key, Kind.PASS_SALE)
        if entry is None or entry.state is not State.DONE:
            self._settle_passes()
            entry = self._known(key, Kind.PASS_SALE)
        if entry is None or entry.state is not State.DONE:
            attempt = self._attempt(key)
            (entry,) = self._park_desk().buy(year, pass_type, method, attempt).entries
        meant = entry.intention
        asked = {"year": year, "pass_type": pass_type}
        if meant.method is not method or dict(meant.facts) != asked:
            raise IntentionDiffers(key=shown_key(entry.key))
        sold = decode(0, bytes.fromhex(str(entry.facts["after"])))
        return _SOLD.filled(
            year=year,
            type=pass_type,
            first=sold.valid_from,
            last=sold.valid_to,
            price=yuan(meant.till),
        )

    def move_passes(
        self, key: str, old: ChipDesk | None, old_chip: str, formerly: str = ""
    ) -> tuple[int, ...]:
        """Move what is on the old card to this one, asking for whichever is needed next."""
        if old is not None and not isinstance(old, CardAtDesk):
            raise TypeError("passes move between cards on desks")
        entry = self._known(key, Kind.PASS_MOVE)
        if entry is None or entry.state is not State.DONE:
            entry = self._move(key, old, old_chip, formerly)
        return () if entry is None else tuple(map(int, str(entry.facts["years"]).split(",")))

    def _move(self, key: str, old: CardAtDesk | None, old_chip: str, formerly: str) -> Entry | None:
        attempt = self._attempt(key)
        for each in (self, old):
            if each is not None:
                each._settle_passes(but=attempt)  # noqa: SLF001  one of our own kind
        tools = self._tools
        if old is not None and old.holder_number != self.holder_number:
            formerly = formerly or old.holder_number
        mover = PassMove(self._park, tools.journal, tools.clock, tools.operator)
        try:
            entry = mover.begin(
                self._here(), attempt, dead=old is None, formerly=formerly, source=old_chip
            )
        except PassNothingToMove:
            return None
        while (wanted := mover.next_step(entry)) is not Wanted.NONE:
            card = self if wanted is Wanted.NEW or old is None else old
            entry = mover.go_on(card._here(), entry)  # noqa: SLF001  as above
        if entry.unfinished:
            mover.resume(self._here(), entry)  # somebody gave it up meanwhile: that is noted
            raise PassKeyUsed(key=shown_key(entry.key))
        return entry

    @property
    def _park(self) -> ParkSystem:
        if self._tools.park is None:
            raise ParkSystemMissing
        return self._tools.park

    def _park_desk(self) -> ParkDesk:
        tools = self._tools
        settings = tools.config.park
        return ParkDesk(
            self._here(), self._park, tools.journal, tools.clock, settings, tools.operator
        )

    def _settle_passes(self, but: str = "") -> None:
        """Let the card say how its passes stand that broke off; ``but`` goes on by itself."""
        waiting = self._tools.journal.unfinished(self.chip)
        if any(each.intention.kind in PASS_KINDS and each.key != but for each in waiting):
            for _, error in self._park_desk().recover().undecided:
                raise error

    # --- Keys --------------------------------------------------------------------------------

    def give_up(self, key: str) -> bool:
        """Put on record that nothing happens under a key, so that nobody elsewhere begins it."""
        journal = self._tools.journal
        entry, attempt = self._last(key)
        if entry is not None and entry.state is State.BEGUN:
            if entry.intention.kind in PASS_KINDS:
                try:
                    self._park.release(entry.key)
                except (ParkSystemMissing, ParkSystemUnreachable, ParkAnswerWrong):
                    return False
            journal.undone(entry)
            entry, attempt = self._last(key)
        if entry is not None and entry.state is not State.UNDONE:
            return False
        if entry is None or not _given_up(entry):
            kind = Kind.LOAD if entry is None else entry.intention.kind
            try:
                journal.undone(journal.begin(self._nothing(attempt, kind)))
            except AlreadyBegun:
                return True  # somebody else gives it up
            except IntentionDiffers:
                return False  # somebody else began it
        return True

    def _nothing(self, attempt: str, kind: Kind) -> Intention:
        """Mean that nothing is to happen under a key."""
        operator = self._tools.operator
        return Intention(attempt, kind, self.chip, 0, 0, Method.NONE, operator, reason=GIVEN_UP)

    def _known(self, key: str, kind: Kind) -> Entry | None:
        """Give how the last attempt of a key stands; raises IntentionDiffers for another kind."""
        entry, _ = self._last(key)
        if entry is not None and not _given_up(entry) and entry.intention.kind is not kind:
            raise IntentionDiffers(key=shown_key(entry.key))
        return entry

    def _attempt(self, key: str) -> str:
        """Give the attempt that goes on with a key; raises IntentionOver where it was given up."""
        entry, attempt = self._last(key)
        if entry is not None and _given_up(entry):
            raise IntentionOver(key=shown_key(key), outcome=STATES[entry.state])
        return attempt

    def _last(self, key: str) -> tuple[Entry | None, str]:
        """Find the last attempt of a key, and the one to go on with: itself, unless it is over."""
        last = None
        for number in count(1):
            attempt = key if number == 1 else f"{key}.{number}"
            entry = self._tools.journal.known(attempt)
            if entry is None:
                break
            last = entry
            if entry.state is not State.UNDONE:
                break
        return last, attempt

    # --- What was begun before ---------------------------------------------------------------

    def settle(self) -> tuple[Text, ...]:
        """Have the card tell how all that was begun on it ended; gives a sentence for each.

        What it cannot tell stays open, and the sentence says why. Raises what keeps an entry from
        being looked at.
        """
        said = [
            _outcome(
                each.entry,
                _EVIDENCE.filled(
                    outcome=STATES[each.entry.state] if each.decided else _STILL_OPEN,
                    reason=each.reason,
                ),
            )
            for each in self._transit_desk().recover()
        ]
        waiting = self._tools.journal.unfinished(self.chip)
        if any(each.intention.kind in PASS_KINDS for each in waiting):
            result = self._park_desk().recover()
            said += [_outcome(each, STATES[each.state]) for each in (*result.entries, *result.open)]
            said += [_outcome(each, error.sentence) for each, error in result.undecided]
        return tuple(said)

    # --- The card itself ---------------------------------------------------------------------

    def _here(self) -> Visit:
        """Give the visit of this card, asking for it where another one lies there, or none.

        Raises NoCard, OtherCard, and why it cannot be read.
        """
        if not self.chip:
            raise self.identity.trouble or NoCard()
        found = ""
        for _ in range(MOST_CARDS):
            with contextlib.suppress(NoCard, NotSocialSecurity):
                visit = self._slot.visit()
                found = visit.run(lambda card: card.identify()).card_id_bytes.hex().upper()
                if found == self.chip:
                    return visit
            named = mask_number(self.number) or self.chip[-4:]
            self._slot.change(_LAY.filled(number=named))
        raise OtherCard(wanted=self.chip[-4:], found=found[-4:])


def _outcome(entry: Entry, outcome: Text) -> Text:
    fen = abs(entry.intention.amount)
    return _SETTLED.filled(
        what=KINDS[entry.intention.kind],
        amount=_YUAN.filled(yuan=yuan(fen)) if fen else Text("", ""),
        outcome=outcome,
        key=shown_key(entry.key),
    )


def _given_up(entry: Entry) -> bool:
    return entry.intention.reason == GIVEN_UP
