"""The house's own rules, held by machine."""

import ast
import io
import re
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("apdu", "card_profiles", "emulator", "terminal")
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
LONGEST = 600


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_says_why(path: Path) -> None:
    """A test nobody can explain is a test nobody dares to change."""
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))
    silent = [each.name for each in functions(path) if not ast.get_docstring(each)]
    assert silent == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sleeps_and_no_skips(path: Path) -> None:
    """A sleep is a guess and a skip a hole; both hide what they were put there for."""
    text = path.read_text("utf-8")
    banned = ["time." + "sleep(", "pytest." + "skip(", "mark." + "skip", "mark." + "xfail"]
    assert [each for each in banned if each in text] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_fit_in_a_head(path: Path) -> None:
    """A module that needs a table of contents is two modules; each says what it is for."""
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST
    assert ast.get_docstring(ast.parse(text))


def test_the_project_speaks_of_itself_alone() -> None:
    """No machine's paths and no registry's addresses in what is committed."""
    files = MODULES
    if shutil.which("git"):
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
        ).stdout.decode()
        files = [ROOT / name for name in listed.split("\0") if name] or MODULES
    pattern = re.compile(
        r"(?:^|[^\w./])/(?:work|root|home/\w+)/|https?://[^ ]*(?:pypi|pythonhosted|npmjs|debian)\b"
    )
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()[:80]}"
        for path in files
        if path.is_file() and path.suffix != ".csv" and path != Path(__file__)
        for line in path.read_text("utf-8", "replace").splitlines()
        if pattern.search(line)
    ]
    assert found == []


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Give the statements that run when a module is imported: not functions', not for types."""
    for child in ast.iter_child_nodes(node):
        typing_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        if not typing_only and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _at_import(child)


def _imported(path: Path, known: set[str]) -> set[str]:
    """Name our modules that importing one imports first; its packages are among them."""
    found = {_dotted(path)}
    for node in _at_import(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{each.name}" for each in node.names}
    packages = {
        name.rsplit(".", depth)[0] for name in found for depth in range(1, name.count(".") + 1)
    }
    return (found | packages) & known - {_dotted(path)}


def _in_circles() -> list[str]:
    """Name the modules whose import comes back to themselves: only for these does order matter."""
    known = {_dotted(path) for path in MODULES}
    graph = {_dotted(path): _imported(path, known) for path in MODULES}
    circular = []
    for name, first in graph.items():
        seen: set[str] = set()
        ahead = list(first)
        while ahead:
            step = ahead.pop()
            if step not in seen:
                seen.add(step)
                ahead += graph[step]
        if name in seen:
            circular.append(name)
    return circular


def test_public_modules_import_alone() -> None:
    """Every module can be the first one imported: no hidden order, no cycle that bites.

    Where no import comes back to where it began, order decides nothing; so all are imported once,
    and alone only those that a circle runs through (a package and what it gathers, mostly).
    """
    circular = _in_circles()
    assert "terminal.errors.base" in circular  # its package gathers it
    script = (
        "import sys, importlib\n"
        "alone = sys.argv[1].split()\n"
        "for name in alone + sys.argv[2].split():\n"
        "    for loaded in [m for m in sys.modules if m.split('.')[0] in"
        f" {ROOMS!r} and name in alone]:\n"
        "        del sys.modules[loaded]\n"
        "    importlib.import_module(name)\n"
    )
    everything = " ".join(map(_dotted, MODULES))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, " ".join(circular), everything],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr


def test_chinese_has_chinese_punctuation() -> None:
    """A clerk reads Chinese all day; half-width commas in it look like a machine's."""
    half_width = re.compile(
        "[\u3400-\u9fff}][,;!?]|[,;!?][\u3400-\u9fff]|[\u3400-\u9fff][:(]|[:)][\u3400-\u9fff]"
    )
    found = [
        f"{path.relative_to(ROOT)}:{token.start[0]} {token.string}"
        for path in MODULES
        for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
        if token.type == tokenize.STRING
        and not token.string.startswith('"""')
        and re.search("[\u4e00-\u9fff]", token.string)
        and half_width.search(token.string)
    ]
    assert found == []


def test_links_in_the_documentation() -> None:
    """A link that leads nowhere costs a newcomer more than no link."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "udev").glob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_lock_has_hashes_and_no_addresses() -> None:
    """What is installed is what was locked, wherever it is fetched from."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)
    assert {"pyscard", "click", "cryptography", "construct", "pytest"} <= set(pinned)
    assert "://" not in lock
    for name in pinned:
        entry = lock.split(f"{name}==", 1)[1].split("\n", 2)[1]
        assert "--hash=sha256:" in entry, name
