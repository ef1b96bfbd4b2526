"""docs/regulation.md: each rule of the regulation, how and where it is kept, which tests say so."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from terminal.rules.regulation import KEPT, MARKS, REGULATION, Entry, Kept

ROOT = Path(__file__).parents[1]

HEAD = """\
# 法规与程序 The regulation, and where it is kept

由 `tools/docs` 从 `terminal/rules/regulation.py` 和各测试的名称生成，请勿手改。
Made from the code and the names of tests by `tools/docs`; edit there.

**依据 By**: Rules N = 《〈北京市社会保障卡管理办法〉实施细则》第 N 条，
in force from 2026-01-01; Measures N = 管理办法（征求意见稿，2021）第 N 条, a draft, never cited to
a holder as law. What each outlet offers, to whom and with which papers is decided by
`terminal/rules/table.py`, and tried cell by cell in
[test_table](../tests/terminal/rules/test_table.py).

"""
NAMED = """\
**测试 Tests** are found by their names: a test of R-ONE is called `test_r_one` or `test_r_one_…`,
one of S-FIN-* `test_s_fin_…`.
"""
TABLE_HEAD = """
| rule | 依据 by | mark | kept | 内容 what it says | where | tests |
| --- | --- | --- | --- | --- | --- | --- |
"""
_TEST = re.compile(r"^(?:async )?def (test_\w+)\(", re.MULTILINE)


def prefix(name: str) -> str:
    """Give how a test of a rule is called, or begins."""
    return f"test_{name.lower().removesuffix('-*').replace('-', '_')}"


def by_rule(names: Iterable[str], tests: Iterable[tuple[Path, str]]) -> Mapping[str, list[Path]]:
    """Give the files of the tests of each rule, one for each test.

    A test belongs to the longest rule that its name begins with: test_s_collect_group_… is not one
    of S-COLLECT.
    """
    by_prefix = {prefix(name): name for name in names}
    found: dict[str, list[Path]] = defaultdict(list)
    for path, test in tests:
        words = test.split("_")
        for length in range(len(words), 1, -1):
            name = by_prefix.get("_".join(words[:length]))
            if name is not None:
                found[name].append(path)
                break
    return found


def all_tests(folder: Path = ROOT / "tests") -> Iterator[tuple[Path, str]]:
    """Find every test function and its file."""
    for path in sorted(folder.rglob("test_*.py")):
        for name in _TEST.findall(path.read_text("utf-8")):
            yield path, name


def regulation_page() -> str:
    """Make docs/regulation.md."""
    tests = by_rule((each.id for each in REGULATION), all_tests())
    return "".join(
        (
            HEAD,
            *(f"- *{mark}*: {text.zh} {text.en}\n" for mark, text in MARKS.items()),
            *(f"- **{kept}**: {text.zh} {text.en}\n" for kept, text in KEPT.items()),
            "\n",
            NAMED,
            "\n## 业务 Services\n",
            TABLE_HEAD,
            *(_row(each, tests.get(each.id, [])) for each in REGULATION if each.id[0] == "S"),
            "\n## 规则 Rules with a number or a condition\n",
            TABLE_HEAD,
            *(_row(each, tests.get(each.id, [])) for each in REGULATION if each.id[0] == "R"),
        )
    )


def _row(entry: Entry, tests: list[Path]) -> str:
    where = "<br>".join(f"`{each}`" for each in entry.modules)
    if entry.kept is Kept.DECLARED and entry.because is not None:
        where = f"{entry.because.zh}<br>{entry.because.en}"
    listed = "<br>".join(
        f"[{path.stem}](../{path.relative_to(ROOT)})" for path in dict.fromkeys(tests)
    )
    marks = ", ".join(f"*{each}*" for each in entry.marks)
    return (
        f"| `{entry.id}` | {entry.articles or '–'} | {marks} | {entry.kept} |"
        f" {entry.says.zh}<br>{entry.says.en} | {where} | {listed or '–'} |\n"
    )
