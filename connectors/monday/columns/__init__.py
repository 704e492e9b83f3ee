"""Column codecs: how each monday column type is written, read and compared. `codec(type)` finds one."""

from __future__ import annotations

from connectors.monday.columns.board_relation import BoardRelationCodec
from connectors.monday.columns.checkbox import CheckboxCodec
from connectors.monday.columns.codec import CannotEncode, Codec
from connectors.monday.columns.date import DateCodec
from connectors.monday.columns.dropdown import DropdownCodec
from connectors.monday.columns.email import Email, EmailCodec
from connectors.monday.columns.link import Link, LinkCodec
from connectors.monday.columns.long_text import LongTextCodec
from connectors.monday.columns.name import NameCodec
from connectors.monday.columns.numbers import NumbersCodec
from connectors.monday.columns.people import PeopleCodec
from connectors.monday.columns.phone import Phone, PhoneCodec
from connectors.monday.columns.status import StatusCodec
from connectors.monday.columns.text import TextCodec
from connectors.monday.columns.timeline import TimelineCodec

__all__ = ["TYPES", "CannotEncode", "Codec", "Email", "Link", "Phone", "codec"]

_CODECS: tuple[Codec, ...] = (
    BoardRelationCodec(),
    CheckboxCodec(),
    DateCodec(),
    DropdownCodec(),
    EmailCodec(),
    LinkCodec(),
    LongTextCodec(),
    NameCodec(),
    NumbersCodec(),
    PeopleCodec(),
    PhoneCodec(),
    StatusCodec(),
    TextCodec(),
    TimelineCodec(),
)

_BY_TYPE = {one.type: one for one in _CODECS}

TYPES = tuple(_BY_TYPE)
"""Every column type that can be written and read, in alphabetical order."""


def codec(type: str) -> Codec | None:
    """The codec of a column type, None for types we neither write nor read."""
    return _BY_TYPE.get(type)
