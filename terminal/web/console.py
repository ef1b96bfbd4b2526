"""The console as one thing: configuration, registry, workers, readers, sign-ins, operations."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from apdu.secret import Secret
from terminal.config import Config
from terminal.errors import GuitaiError, NotSignedIn
from terminal.readers.pcsc import Scard
from terminal.readers.port import Pcsc
from terminal.registry.operators import SignedIn
from terminal.registry.store import Clock, Registry, now
from terminal.rules.vocabulary import Channel
from terminal.services import operators
from terminal.services.clock import demand_clock
from terminal.services.offered.desk import Desk
from terminal.services.offered.sitting import desk_of
from terminal.services.opening import chain_of, open_registry_of
from terminal.services.operators import Operators
from terminal.web.card_runs import CardRuns
from terminal.web.chores import Chores
from terminal.web.crew import Crew, Start
from terminal.web.devices import ID_READER
from terminal.web.guards import Rate
from terminal.web.hub import Hub
from terminal.web.messages import By
from terminal.web.operations import Operations
from terminal.web.sessions import Sessions, WebSession
from terminal.web.slots import Slots

BELIEVED_SECONDS = 1.0
"""How long a sign-in is believed by pages that only show."""
SIGN_INS, SIGN_IN_SECONDS = 10, 60.0
"""How many passwords may be tried at this desk in how long; an operator is locked by fewer."""


class Console:
    """Hold what the pages work with; whoever opens it closes it."""

    def __init__(
        self,
        config: Config,
        start: Start,
        *,
        pcsc: Callable[[], Pcsc] = Scard,
        clock: Clock = now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.config = config
        self.registry: Registry = open_registry_of(config, clock)
        self.people = Operators(self.registry, chain_of(config), operators.POLICY)
        self.hub = Hub()
        self.crew = Crew(start)
        self.operations = Operations(self.hub)
        self.card_runs = CardRuns(self.hub)
        self.chores = Chores(self.crew, self.hub, self.registry.clock)
        self.sessions = Sessions()
        self.sign_ins = Rate(SIGN_INS, SIGN_IN_SECONDS, monotonic)
        self.idle_seconds = int(operators.POLICY.idle.total_seconds())
        """How long a desk may stand unused before its pages lock themselves."""
        self.channel = Channel(config.outlet.channel)
        self._monotonic = monotonic
        self._sitting: WebSession | None = None
        self._left: WebSession | None = None
        """What the clerk who locked the desk left on it: theirs again when they come back."""
        self._lock = threading.Lock()
        self.slots = Slots(pcsc, self.crew, self.hub, config.readers.roles, self._by)

    def open(self) -> None:
        """Begin to watch the readers."""
        self.slots.start()

    def close(self) -> None:
        """End it: pages are told, what is under way is ended by its workers."""
        self.hub.over()
        self.slots.stop()
        self.crew.close()
        self.registry.close()

    # --- Who sits here ---------------------------------------------------------------------------

    def sign_in(self, operator: str, password: Secret) -> tuple[WebSession, operators.Session]:
        """Sign somebody in at this desk; who sat here before is signed out.

        What is under way goes on, under the name of who began it. Who comes back to a desk that was
        locked finds what they had before them, and nobody else does. Raises what Operators.sign_in
        does.
        """
        made = self.people.sign_in(operator, password)
        session = self.sessions.open(made.token, made.who.operator)
        with self._lock:
            before, self._sitting = self._sitting, session
            left, self._left = before or self._left, None
        if before is not None:
            self._end(before)
        if left is not None:
            if left.operator == session.operator:
                session.go_on_from(left)
            else:
                self._forget(left)
        self.slots.forget()
        self.slots.look()
        return session, made

    def sign_out(self, session: WebSession) -> None:
        """Sign somebody out; nothing of whom they served is shown or kept any more."""
        self.lock(session)
        with self._lock:
            if self._left is session:
                self._left = None
        self._forget(session)

    def lock(self, session: WebSession) -> None:
        """Sign somebody out who means to come back: what they had before them is kept for them."""
        self._leave(session)
        self._end(session)
        self.slots.forget()

    def sits(self, session: WebSession, *, by_the_clock: bool = False) -> bool:
        """Say whether somebody is still signed in, without that counting as use of the desk.

        ``by_the_clock`` asks the registry too, whether the desk has stood unused for too long.
        """
        if by_the_clock:
            with contextlib.suppress(GuitaiError):
                self.who(session, acting=False)
        return self.sessions.get(session.id) is session

    def who(self, session: WebSession, *, acting: bool = True) -> SignedIn:
        """Say who is signed in; raises NotSignedIn, ClockJumped.

        Whoever only looks (``acting`` False) is believed for a moment: a page and its parts are
        asked for several times a second, and each would ask the registry twice. That pages look by
        themselves is no use of the desk.
        """
        now = self._monotonic()
        if not acting and session.known is not None:
            at, known = session.known
            if now - at < BELIEVED_SECONDS:
                return known
        session.known = None
        try:
            found = self.people.who(session.token, used=acting)
        except NotSignedIn:
            self._leave(session)
            self.sessions.close(session)
            self.slots.forget()
            demand_clock(self.registry)
            raise
        demand_clock(self.registry)
        session.known = now, found
        return found

    def desk(self, operator: str) -> Desk:
        """Give the desk an operator sits at, for looks that need no card."""
        return desk_of(self.config, self.registry, operator)

    def _by(self) -> By | None:
        with self._lock:
            return None if self._sitting is None else By(self._sitting.operator)

    def _leave(self, session: WebSession) -> None:
        with self._lock:
            if self._sitting is session:
                self._sitting, self._left = None, session

    def _forget(self, session: WebSession) -> None:
        """Wait for no document any more that nobody asks for: the next one is the next clerk's."""
        reading = session.reading
        if reading is not None and not reading.future.done():
            self.crew.at(ID_READER).give_up()

    def _end(self, session: WebSession) -> None:
        self.sessions.close(session)
        try:
            self.people.sign_out(session.token)
        except GuitaiError:
            return  # it was over already, or ends by itself
