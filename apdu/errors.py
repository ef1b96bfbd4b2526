"""What can be wrong with bytes, as a tree.

::

    ApduError (ValueError)
    ├── EncodingError    a command or response that is not one
    ├── TlvError         a TLV that is not one, with the offset where it breaks
    ├── LayoutError      a field whose bytes or value do not fit its declaration
    └── TraceError       a trace file that is not one, with its line

They speak to programmers; what a clerk reads is the terminal's error catalogue.
"""


class ApduError(ValueError):
    """Say that bytes do not follow the language of cards."""


class EncodingError(ApduError):
    """Refuse bytes that are no command or no response, or values that fit into none."""


class TlvError(ApduError):
    """Refuse a TLV, naming the place.

    ``offset`` counts bytes from the start of the outermost data.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} at offset {offset}")
        self.offset = offset


class LayoutError(ApduError):
    """Refuse bytes or a value that does not fit the declared field."""


class TraceError(ApduError):
    """Refuse a trace, naming its line (counted from 1)."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(f"{message} in line {line}")
        self.line = line
