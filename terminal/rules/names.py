"""Names: read from the card's bytes, brought to one form, compared, and looked over.

R-FIN-CHECK: never a silent pass, never a flat refusal for a long or a rare name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from card_profiles.fields import decode_text
from terminal.texts import Text

CELL_UNITS = 15
"""What an ID reader's name cell holds: 30 bytes of UTF-16; a rare character may take two units."""
LONGEST = 60
"""Characters; the longest name that a document's chip holds (永久居留身份证, first version)."""

# GB 18030 gave characters of the rows FE, A6 and A8 private-use code points as long as Unicode had
# none for them. What stands there now is certain: the edition of 2000 moved the greater part of row
# FE, 2005 ḿ, 2022 eighteen more; the last six (𠂇 𠂉 𠃌 𡗗 𢦏 𤇾) have code points of their own in
# its four-byte area. Private-use characters of other systems (police, HKSCS, user-defined rows of
# GBK) are in no public table and stay what they are.
_ROW_FE = (  # FE50–FE7E, FE80–FEA0
    "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮"
    "㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖"
    "䅟⺮䌷⺳⺶⺷𢦏䎱䎬⺻䏝䓖䙡䙌龹䜣"
    "䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺"
    "𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻"
)
_ROW_A6 = "︐︒︑︓︔︕︖︗︘︙"  # A6D9–A6DF, A6EC, A6ED, A6F3: vertical punctuation
_ROW_A8 = "ḿǹ"  # A8BC, A8BF
_ASSIGNED = {
    first + offset: character
    for first, row in ((0xE815, _ROW_FE), (0xE78D, _ROW_A6), (0xE7C7, _ROW_A8))
    for offset, character in enumerate(row)
}

_ALIKE = str.maketrans(
    dict.fromkeys("·•‧・․∙⋅●⸱⸳﹒.\u0387", "·")  # ． and ･ were . and ・ before
    | dict.fromkeys("‘’ʼ", "'")
    | dict.fromkeys("‐‑–", "-")
)
_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\ue000-\uf8ff\uf900-\ufaff"
    "\U00020000-\U0003ffff"  # planes 2 and 3, whatever Python's Unicode version knows of them
)
_SPACE_IN_HAN = re.compile(f" (?=[{_HAN}·])|(?<=[{_HAN}·]) ")
_VARIATION_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_COMPATIBILITY_HAN = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f]+)")
_HALF_CHARACTER = re.compile("[\ud800-\udbff]\\Z")
_NOT_SHOWN = frozenset("?□〓\ufffd")
"""What programs put where they had no character."""


class NameMatch(StrEnum):
    """How two names compare; ``MATCHES`` says it in words."""

    SAME = "same"
    SAME_NORMALISED = "same_normalised"
    """Only dots, widths, spaces, letter case or old code points differ."""
    PREFIX = "prefix"
    """One is an ID reader's full name cell, behind which the name may go on."""
    RARE = "rare"
    """Nothing differs but characters that one side lacks or writes in a way nobody can read."""
    DIFFERENT = "different"

    @property
    def needs_second_person(self) -> bool:
        """Tell whether a second person looks at the document and decides (R-FIN-CHECK)."""
        return self in {NameMatch.PREFIX, NameMatch.RARE}


MATCHES = {
    NameMatch.SAME: Text("姓名一致", "the names are the same"),
    NameMatch.SAME_NORMALISED: Text(
        "姓名一致，只是间隔号、全半角、空格或旧编码的写法不同",
        "the names are the same, written with other dots, widths, spaces or old codes",
    ),
    NameMatch.PREFIX: Text(
        "阅读器只给出姓名的前 15 个字，已给出的部分一致；请另一人看证件原件核对全名",
        "the reader gives the first 15 characters of the name, and these agree; a second person"
        " checks the whole name on the document",
    ),
    NameMatch.RARE: Text(
        "除生僻字外姓名一致；生僻字的编码不同或无法辨认，请另一人看证件原件核对",
        "the names agree but for a rare character that is coded otherwise or cannot be read; a"
        " second person checks it on the document",
    ),
    NameMatch.DIFFERENT: Text("姓名不一致", "the names differ"),
}


def from_gb18030(parts: Sequence[bytes]) -> str:
    """Read a name from its parts (tags 09 and 4E), empty where all is filler.

    Parts are joined before decoding, for a character may lie across the border. Old private-use
    code points are replaced. Raises apdu.errors.LayoutError where the bytes are no text.
    """
    joined = b"".join(part.rstrip(b"\x00\xff") for part in parts)
    return assigned(decode_text(joined) or "")


def assigned(text: str) -> str:
    """Put Unicode's own characters in the place of GB 18030's old private-use code points."""
    return text.translate(_ASSIGNED)


def contains_private_use(name: str) -> bool:
    """Tell whether a character is left that means something only to the system it comes from."""
    return any(unicodedata.category(each) == "Co" for each in assigned(name))


def usual_width(text: str) -> str:
    """Undo full and half width, and nothing else that NFKC would undo."""
    return "".join(
        unicodedata.normalize("NFKC", each)
        if unicodedata.decomposition(each).startswith(("<wide>", "<narrow>"))
        else each
        for each in text
    )


def normalised(name: str) -> str:
    """Give the form in which names are compared and looked up; never one to show or store.

    Han characters stay what they are, compatibility ideographs too. Doing it twice changes nothing.
    """
    text = usual_width(_VARIATION_SELECTOR.sub("", assigned(name)))
    text = "".join(each for each in text if unicodedata.category(each) != "Cf")
    pieces = _COMPATIBILITY_HAN.split(text)
    pieces[::2] = map(_folded, pieces[::2])
    text = "".join(pieces).translate(_ALIKE)
    return _SPACE_IN_HAN.sub("", " ".join(text.split()))


def compare(name: str, other: str, *, other_is_reader_cell: bool = False) -> NameMatch:
    """Compare a name with another, which may be an ID reader's name cell (R-FIN-CHECK).

    A full cell may go on on the document, so it is never the same, at best a prefix. An empty name
    is nobody's, and nothing equals it.
    """
    if other_is_reader_cell:
        other = _HALF_CHARACTER.sub("", other.strip("\0 \u3000"))
    mine, theirs = normalised(name), normalised(other)
    if not mine or not theirs:
        return NameMatch.DIFFERENT
    if other_is_reader_cell and _fills_cell(name, other):
        agrees = _agrees(mine[: len(theirs)], theirs)
        return NameMatch.PREFIX if agrees else NameMatch.DIFFERENT
    if mine == theirs and not _unreadable(mine):
        return NameMatch.SAME if name == other else NameMatch.SAME_NORMALISED
    return NameMatch.RARE if _agrees(mine, theirs) else NameMatch.DIFFERENT


def valid_name(text: str) -> Text | None:
    """Say what keeps a text from being put on record as a name, None where nothing does.

    Rare characters do not, also those in private use; the text itself is not repeated.
    """
    plain = usual_width(text)
    if not plain.strip():
        return Text("姓名是空的", "the name is empty")
    if len(text) > LONGEST:
        return Text(f"姓名超过 {LONGEST} 个字", f"the name has more than {LONGEST} characters")
    if plain != plain.strip():
        return Text("姓名前后有空格", "the name has spaces around it")
    if any(map(_is_no_character, text)):
        return Text(
            "姓名中有看不见或不成字的代码", "the name contains control codes or broken characters"
        )
    if any(unicodedata.category(each) in {"Nd", "No"} for each in plain):
        return Text("姓名中有数字", "the name contains digits")
    if _NOT_SHOWN & set(plain):
        return Text(
            "姓名中有问号或方框，可能是别的系统没有的字；请按证件补上这个字",
            "the name contains a question mark or box, maybe where another system lacked the"
            " character; put it in from the document",
        )
    if not any(unicodedata.category(each)[0] == "L" or _is_rare(each) for each in text):
        return Text("姓名中没有文字", "the name contains no letter")
    return None


def _folded(text: str) -> str:
    """Compose accents and fold case (Unicode, canonical caseless matching)."""
    apart = unicodedata.normalize("NFD", text).casefold()
    return unicodedata.normalize("NFC", apart)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _fills_cell(name: str, cell: str) -> bool:
    """Tell whether a cell may be cut: it is full, or holds just what it can hold of a longer name.

    The latter has a unit free where a character of two units or a space fell on the border.
    """
    if _units(cell) >= CELL_UNITS:
        return True
    raw = name.encode("utf-16-le", "surrogatepass")[: 2 * CELL_UNITS]
    fitting = _HALF_CHARACTER.sub("", raw.decode("utf-16-le", "surrogatepass"))
    return _units(name) > CELL_UNITS and normalised(fitting) == normalised(cell)


def _agrees(mine: str, theirs: str) -> bool:
    """Tell whether names agree in every place that both show, and in one at least."""
    if len(mine) != len(theirs):
        return False
    pairs = [
        (one, another)
        for one, another in zip(mine, theirs, strict=True)
        if not _unreadable(one + another)
    ]
    fold = unicodedata.normalize
    return bool(pairs) and all(
        one == another or fold("NFKC", one) == fold("NFKC", another) for one, another in pairs
    )


def _unreadable(text: str) -> bool:
    return any(each in _NOT_SHOWN or unicodedata.category(each) == "Co" for each in text)


def _is_rare(character: str) -> bool:
    return unicodedata.category(character) == "Co" or 0x20000 <= ord(character) <= 0x3FFFD


def _is_no_character(character: str) -> bool:
    """Tell whether nothing is to be seen; newer Han characters than Python knows are seen."""
    no_text = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}
    return unicodedata.category(character) in no_text and not _is_rare(character)
