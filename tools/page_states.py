"""docs/states.md: the state machines of the registry, drawn from terminal/registry/machines.py."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.registry.machines import MACHINES, START, STATE_TITLES, STATES, TITLES, Kind, Move

HEAD = """\
# 状态 States

由 `tools/docs` 从 `terminal/registry/machines.py` 生成，请勿手改。
Made from the code by `tools/docs`; edit there.

Each card, each of its functions, each application has a history: rows that are only added, each a
move below. The database holds the same list (`allowed_move`) and a row refers to it, so that a move
that is not drawn here cannot be written, whoever writes
([decision 0012](decisions/0012-the-registry.md)).

## 什么是“在用” What "in force" means

- **一人一卡 R-ONE.** "In force or being made" is holding a *seat*. A person has one seat `current`:
  it is taken when an application is accepted, and given up when the card has ended, was cancelled
  or recalled, or when nothing came of the application.
- **换领 At renewal** the old card, enabled, holds `current`; the new one, not yet enabled, holds
  `next` beside it: two cards of one person that are no breach of R-ONE, for only one of them works.
  Enabling the new one ends every function of the old one and moves the new one to `current`, in one
  transaction (R-OLD-UNTIL-NEW). So it is with a replacement and a change of bank.
- **第一、二代卡 Older cards** hold no seat: they stay usable beside the application for a card of
  the third generation, and lose their social function when that is enabled (R-OLD-GEN).
- **功能 A function works** where its state is `on`. A card in its holder's hands need not have any
  that does (R-NEW-OFF); one that was reported lost keeps its seat, for nobody else may take it.

## 时间 Time

A state is a function of facts and time. A temporary loss is written with the moment at which it
ends (`until`) and the state that it goes back to (`back_to`); nobody has to write that it did. Who
asks after that moment sees the function back; who moves it next writes the lapse down first, at the
moment when it happened. The moves called `lapse` are these.
"""


def states_page() -> str:
    """Make docs/states.md."""
    return HEAD + "".join("".join(_section(kinds)) for kinds in _alike())


def _alike() -> Iterator[tuple[Kind, ...]]:
    """Give the kinds that share a machine together."""
    kinds = list(Kind)
    while kinds:
        same = tuple(
            each
            for each in kinds
            if MACHINES[each] == MACHINES[kinds[0]] and STATES[each] is STATES[kinds[0]]
        )
        kinds = [each for each in kinds if each not in same]
        yield same


def _section(kinds: tuple[Kind, ...]) -> Iterator[str]:
    kind, moves = kinds[0], MACHINES[kinds[0]]
    zh = "、".join(TITLES[each].zh for each in kinds)
    en = ", ".join(TITLES[each].en for each in kinds)
    yield f"\n## {zh} {en[:1].upper()}{en[1:]}\n\n```mermaid\nstateDiagram-v2\n"
    for state, title in STATE_TITLES[kind].items():
        yield f'    state "{title.zh} {title.en}" as {state}\n'
    for move in moves:
        for source, target in _arrows(move):
            yield f"    {source} --> {target} : {move.why.zh}\n"
    for state in STATES[kind]:
        if not any(state in move.sources for move in moves):
            yield f"    {state} --> [*]\n"
    yield "```\n\n| move | 中文 | English | from | to |\n| --- | --- | --- | --- | --- |\n"
    for move in moves:
        sources = ", ".join("–" if each == START else f"`{each}`" for each in move.sources)
        targets = ", ".join(f"`{each}`" for each in move.targets)
        yield f"| `{move.name}` | {move.why.zh} | {move.why.en} | {sources} | {targets} |\n"


def _arrows(move: Move) -> Iterator[tuple[str, str]]:
    for source in move.sources:
        for target in move.targets:
            if source != target:
                yield ("[*]" if source == START else source), target
