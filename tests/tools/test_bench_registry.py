"""The benchmarks of rules and registry: that both sides do the same work, never how fast."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from registry import bench
from sqlalchemy import func, select

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.append(str(TOOLS))  # tools/bench does the same: its modules are no part of the package

from benchmarks import registry, rules  # noqa: E402  found by the line above
from benchmarks.measure import Ratio  # noqa: E402

from terminal.registry.tables import METADATA  # noqa: E402
from terminal.rules.decide import decide  # noqa: E402
from terminal.rules.vocabulary import Service  # noqa: E402


@pytest.mark.parametrize("service", registry.MEASURED)
def test_replayed_statements_do_what_the_service_did(service: Service, tmp_path: Path) -> None:
    """A ratio to less work than the service's own would flatter, one to more would hide."""
    original = registry.counter(tmp_path / "ours", 2)
    original.bench.registry.close()
    heard = registry.copied(original, tmp_path / "heard")
    core = registry.copied(original, tmp_path / "core")
    statements = registry.Statements()
    statements.listen(heard.bench.registry.engine)
    for number in range(2):
        heard.serve(service, number)
    assert statements.count > 20
    assert rows(heard) != rows(core)
    statements.replay(core.bench.registry.engine)
    assert rows(heard) == rows(core)


def rows(counter: registry.Counter) -> dict[str, list[tuple[object, ...]]]:
    with counter.bench.registry.reading() as tx:
        return {
            table.name: [tuple(row) for row in tx.rows(table.select())]
            for table in METADATA.sorted_tables
        }


def test_a_filled_registry_finds_whom_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look-up that finds nobody is quicker than one that does; each is checked."""
    monkeypatch.setattr(registry, "LOOKED_UP", 20)
    made = bench(tmp_path)
    assert registry.fill(made, 1000) > 0
    assert registry.p99(made, 1000) > 0
    with made.registry.reading() as tx:
        (counted,) = tx.rows(select(func.count()).select_from(METADATA.tables["person"]))
    assert counted == (1000,)


ANYBODYS = {Service.FEEDBACK: {0, 1}, Service.VISIT: {1, 2}}
"""Whom nobody has to be: the place alone speaks against it, and a visit wants two people."""


@pytest.mark.parametrize("service", Service)
def test_the_worst_cases_are_refused_for_much(service: Service) -> None:
    """A decision that stops at the first reason would be measured by its shortest way."""
    found = [decide(case) for case in rules.worst(service)]
    if service in ANYBODYS:
        assert {len(each.reasons) for each in found} == ANYBODYS[service]
    else:
        assert max(len(each.reasons) for each in found) >= 3
        assert not any(each.allowed for each in found[:-1])


def test_a_time_is_put_beside_its_budget() -> None:
    """Half the budget is a ratio of a half, whatever the unit."""
    assert rules.beside(50.0, Ratio(25.0, 10.0, 100.0)) == Ratio(0.5, 0.2, 2.0)
