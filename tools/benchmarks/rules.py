"""``rules``: what a decision of the regulation costs, and the answer to "what can be done here?".

Each service twice: a case that the rules allow, and the dearest of some that are refused for as
much as possible at once. Beside a budget, for a clerk's screen asks for all of them at every card;
sentences that were said once are kept, so the first pass does not count.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks.measure import Entry, Gate, Ratio
from benchmarks.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/support"))

from cases import HERE, THERE, perfect  # noqa: E402  found by the line above

from terminal.rules.case import (  # noqa: E402
    ApplicationFacts,
    CardFacts,
    Case,
    PersonFacts,
    Where,
    Who,
)
from terminal.rules.decide import decide, possibilities  # noqa: E402
from terminal.rules.states import Financial, Life, Progress, Public, Social  # noqa: E402
from terminal.rules.vocabulary import Actor, Channel, Generation, Service  # noqa: E402

ROUNDS = 15
TIMES = 60
DECISION_US = 50.0
POSSIBILITIES_US = 5_000.0
_NOBODY = PersonFacts(
    alive=False,
    minor=False,
    entitled=False,
    matters_closed=False,
    basic_data_changed=False,
    has_card=True,
    cards_in_force=2,
    bank_changed_until=date(2026, 5, 1),
    blacklisted=True,
)
_WRECK = CardFacts(
    generation=Generation.SECOND,
    region="310000",
    bank=THERE,
    life=Life.HANDED_IN,
    social=Social.TEMP_LOST,
    financial=Financial.NONE,
    transit=Public.ENDED,
    park=Public.ENDED,
    readable=False,
    pin_set=True,
    social_returns=date(2026, 3, 17),
    owner_known=False,
    recall_due=True,
)
Decide = Callable[[Case], object]


def worst(service: Service) -> Iterator[Case]:
    """Give cases of a service that almost everything speaks against."""
    case = perfect(service)
    against = replace(
        case,
        who=Who(Actor.AGENT, identified=False, authorised=False),
        papers=frozenset(),
        person=_NOBODY,
        card=_WRECK,
        application=ApplicationFacts(Progress.APPLIED, THERE),
        new_bank="",
        grounds=frozenset(),
    )
    for channel, bank in ((Channel.BANK, HERE), (Channel.DISTRICT, ""), (Channel.HOTLINE, "")):
        for social in (Social.TEMP_LOST, Social.REPLACED, Social.ENDED):
            card = replace(_WRECK, social=social)
            yield replace(against, where=Where(channel, bank), card=card)
    # Nobody of another right is told where to go and what can be done there instead.
    yield replace(perfect(service, Channel.DISTRICT), papers=frozenset())


def microseconds(do: Decide, case: Case, rounds: int) -> Ratio:
    """Take the time of one, in microseconds; one pass before the first is not counted."""
    taken = []
    for _ in range(rounds + 1):
        began = time.process_time()
        for _ in range(TIMES):
            do(case)
        taken.append((time.process_time() - began) / TIMES * 1e6)
    return Ratio.of(taken[1:])


def dearest(do: Decide, cases: list[Case], rounds: int) -> tuple[Case, Ratio]:
    """Find the case that takes longest, by a quick look at each, and measure it."""
    looked = [(microseconds(do, each, 3).median, number) for number, each in enumerate(cases)]
    case = cases[max(looked)[1]]
    return case, microseconds(do, case, rounds)


def beside(budget: float, taken: Ratio) -> Ratio:
    """Put a time beside its budget."""
    return Ratio(taken.median / budget, taken.least / budget, taken.greatest / budget)


def run(rounds: int | None, _stage: Stage) -> list[Entry]:
    """Decide every service, well and badly, and all of them together."""
    rounds = rounds or ROUNDS
    entries = []
    for name, what, cases in (
        ("rules", "allowed", lambda service: [perfect(service)]),
        ("rules.worst", "refused for all that speaks against it", lambda each: list(worst(each))),
    ):
        found = {service: dearest(decide, cases(service), rounds)[1] for service in Service}
        slowest = max(found, key=lambda service: found[service].median)
        entries.append(
            Entry(
                name,
                f"time of the slowest decision ({what}) ÷ {DECISION_US:g} µs",
                beside(DECISION_US, found[slowest]),
                Gate("<=", 1.0),
                {
                    "slowest": slowest.value,
                    "slowest_us": round(found[slowest].median, 1),
                    "median_us": round(
                        statistics.median(each.median for each in found.values()), 1
                    ),
                },
            )
        )
    everything = [case for service in (Service.STATUS, Service.RENEW) for case in worst(service)]
    _, taken = dearest(possibilities, [perfect(Service.STATUS), *everything], max(rounds // 3, 1))
    entries.append(
        Entry(
            "rules.possibilities",
            f"time of all {len(Service)} decisions on a case ÷ {POSSIBILITIES_US / 1000:g} ms",
            beside(POSSIBILITIES_US, taken),
            Gate("<=", 1.0),
            {"all_us": round(taken.median, 1)},
        )
    )
    return entries
