"""An error of the catalogue as the pages tell it: what happened, why, what to do now."""

from __future__ import annotations

from terminal.errors import CardHung, GuitaiError, InternalFault
from terminal.rules.decision import Decision
from terminal.texts import Text
from terminal.web.messages import Trouble


def trouble_of(error: Exception) -> Trouble:
    """Tell an error; one that is not of the catalogue is a mistake of ours, and told as that."""
    known = error if isinstance(error, GuitaiError) else _fault(error)
    reasons: tuple[Text, ...] = ()
    decision = known.facts.get("decision")
    if isinstance(decision, Decision):
        reasons = tuple(each.sentence for each in decision.reasons)
    return Trouble(
        known.code,
        known.sentence,
        Text(known.cause("zh"), known.cause("en")),
        Text(known.advice("zh"), known.advice("en")),
        known.retry.value,
        known.unfinished,
        reasons,
    )


def is_hung(error: BaseException | None) -> bool:
    """Say whether a card that hangs brought an error; a service may have told it as its own."""
    while error is not None and not isinstance(error, CardHung):
        error = error.__cause__ or error.__context__
    return error is not None


def place_of(error: Exception) -> dict[str, str]:
    """Name what went wrong and where, without the data it went wrong with."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return {"kind": type(error).__name__, "place": "?"}
    module = frame.tb_frame.f_globals.get("__name__", "?")
    return {"kind": type(error).__name__, "place": f"{module}:{frame.tb_lineno}"}


def _fault(error: Exception) -> GuitaiError:
    fault = InternalFault(**place_of(error))
    fault.unfinished = getattr(error, "unfinished", None)
    return fault
