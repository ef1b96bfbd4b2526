"""PIN blocks against worked examples.

Reference counter-devices.md §3.7; the keys there are TEST KEYS of public examples.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu import tdes
from apdu.cipher import SM4
from apdu.errors import EncodingError
from apdu.pin_block import BlockForm, account_part, build, open_block

VECTORS = pytest.mark.parametrize(
    ("form", "pin", "account", "block"),
    [
        (BlockForm.ISO_0, b"123456", b"678901234567", "061253DFFEDCBA98"),
        (BlockForm.ISO_0, b"123456", b"456789012345", "0612713176FEDCBA"),
        (BlockForm.SM4, b"123654", b"660100772688", "06123654FFFFFFFFFFFF99FEFF88D977"),
    ],
)
TEST_KEY_TDES = bytes.fromhex("11223344556677888877665544332211")
TEST_KEY_SM4 = bytes.fromhex("F351D490994603795C6EBEE8FAEBB481")


@VECTORS
def test_built(form: BlockForm, pin: bytes, account: bytes, block: str) -> None:
    """A bank's host opens the block by the same rule, so it has to be the worked example's."""
    assert build(form, pin, account).hex().upper() == block


@VECTORS
def test_opened(form: BlockForm, pin: bytes, account: bytes, block: str) -> None:
    """Tests look into what the pad sent by this, so it must find the PIN that is in there."""
    assert open_block(form, bytes.fromhex(block), account) == pin


def test_encrypted() -> None:
    """The ciphers around the blocks give the ciphertexts of the reference."""
    iso = build(BlockForm.ISO_0, b"123456", b"678901234567")
    assert tdes.encrypt(TEST_KEY_TDES, iso) == bytes.fromhex("FB4DD1A071988B9C")
    sm4 = build(BlockForm.SM4, b"123654", b"660100772688")
    expected = bytes.fromhex("CD01D6AD8F0A484C52A9364A0595AD60")
    assert SM4.encrypt_blocks(TEST_KEY_SM4, sm4) == expected


@pytest.mark.parametrize(
    ("number", "part"),
    [("123456789012345678", b"678901234567"), ("1234567890123456", b"456789012345")],
)
def test_account_part(number: str, part: bytes) -> None:
    """The twelve digits before the check digit: one place to either side is another block."""
    assert account_part(number) == part


@pytest.mark.parametrize("number", ["", "123456789012", "12345678901234a"])
def test_no_account(number: str) -> None:
    """A number too short for twelve digits and a check digit gives no account."""
    with pytest.raises(EncodingError):
        account_part(number)


@given(
    form=st.sampled_from(BlockForm),
    pin=st.from_regex(rb"[0-9]{4,12}", fullmatch=True),
    account=st.from_regex(rb"[0-9]{12}", fullmatch=True),
    filler=st.integers(0xA, 0xF),
)
def test_there_and_back(form: BlockForm, pin: bytes, account: bytes, filler: int) -> None:
    """Whatever was entered comes out again, and the block is as long as the cipher's."""
    block = build(form, pin, account, filler)
    assert len(block) == form.value
    assert open_block(form, block, account, filler) == pin


@pytest.mark.parametrize(
    ("pin", "account"),
    [
        (b"123", b"678901234567"),
        (b"1234567890123", b"678901234567"),
        (b"12a4", b"678901234567"),
        (b"1234", b"67890123456"),
        (b"1234", b"67890123456x"),
    ],
)
def test_refused(pin: bytes, account: bytes) -> None:
    """A PIN or an account of another form makes no block, and the error quotes neither."""
    with pytest.raises(EncodingError) as raised:
        build(BlockForm.ISO_0, pin, account)
    assert pin.decode() not in str(raised.value)
    assert account.decode() not in str(raised.value)


@pytest.mark.parametrize("block", ["061253DFFEDCBA99", "161253DFFEDCBA98", "0612", "FF" * 8])
def test_not_opened(block: str) -> None:
    """A block under another key or account is none, rather than some other PIN."""
    with pytest.raises(EncodingError):
        open_block(BlockForm.ISO_0, bytes.fromhex(block), b"678901234567")
