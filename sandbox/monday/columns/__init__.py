"""One codec per column type; ``CODECS`` is the whole list."""

from __future__ import annotations

from sandbox.monday.columns.base import Codec, Reading, Writing
from sandbox.monday.columns.contacts import EmailCodec, LinkCodec, PeopleCodec, PhoneCodec
from sandbox.monday.columns.dates import DateCodec, TimelineCodec
from sandbox.monday.columns.dropdown import DropdownCodec
from sandbox.monday.columns.plain import (
    CheckboxCodec,
    CountryCodec,
    LongTextCodec,
    NumbersCodec,
    RatingCodec,
    TextCodec,
)
from sandbox.monday.columns.relations import BoardRelationCodec, MirrorCodec
from sandbox.monday.columns.status import StatusCodec
from sandbox.monday.columns.system import (
    AutoNumberCodec,
    CreationLogCodec,
    FormulaCodec,
    ItemIdCodec,
    LastUpdatedCodec,
)

CODECS: dict[str, Codec] = {
    codec.type: codec
    for codec in (
        TextCodec(), LongTextCodec(), NumbersCodec(), StatusCodec(), DropdownCodec(), DateCodec(), TimelineCodec(),
        LinkCodec(), EmailCodec(), PhoneCodec(), PeopleCodec(), CheckboxCodec(), RatingCodec(), CountryCodec(),
        BoardRelationCodec(), MirrorCodec(), FormulaCodec(), ItemIdCodec(), CreationLogCodec(), LastUpdatedCodec(),
        AutoNumberCodec(),
    )
}  # fmt: skip

__all__ = ["CODECS", "Codec", "Reading", "Writing"]
