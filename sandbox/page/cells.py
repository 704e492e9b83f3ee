"""One cell of a board as HTML, by column type, and what stands under its column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from markupsafe import Markup

from sandbox.monday.columns import CODECS, Reading
from sandbox.monday.model import Column
from sandbox.page.format import day, number

EDITED = {  # types with an editor on the page
    "text", "long_text", "numbers", "status", "dropdown", "date", "timeline", "link", "email", "phone", "people",
    "checkbox", "rating",
}  # fmt: skip
DROPDOWN_COLORS = ("#d6e9ff", "#e2dcfb", "#d4f2e2", "#fde9cf", "#fbdde6", "#e4e9c9", "#d3f0f5")


def cell(reading: Reading, places: int) -> Markup:
    """Return the table cell; ``places`` is how many decimals its column shows."""
    column = reading.column
    inner, raw = _content(reading, places)
    attributes = Markup("")
    if column.type in EDITED:
        attributes += Markup(' data-raw="{}" tabindex="0"').format(raw)
    if column.type == "status" and reading.cell is not None:
        style = CODECS["status"].typed(reading)["label_style"]
        attributes += Markup(' style="--l:{}"').format(style["color"] if style else "#c4c4c4")
    return Markup('<td class="cell {}{}" data-column="{}" data-k="{}/{}"{}>{}</td>').format(
        column.type, "" if inner else " empty", column.id, reading.item.id, column.id, attributes, inner
    )


def _content(reading: Reading, places: int) -> tuple[str, str]:
    """Return a cell's inner HTML and the text its editor begins with."""
    codec = CODECS[reading.column.type]
    typed = codec.typed(reading)
    text = codec.shown(reading) or typed.get("display_value") or ""
    value = reading.value
    if value is None:
        return text, ""
    match reading.column.type:
        case "numbers":
            return _with_unit(number(value, places), reading.column), value
        case "dropdown":
            return Markup("").join(_chip(entry["id"], entry["label"]) for entry in typed["values"]), text
        case "date":
            shown = day(value["date"]) or value["date"]
            return f"{shown} {value['time'][:5]}" if value["time"] else shown, value["date"]
        case "timeline":
            span = Markup('<span class="span">{} – {}</span>').format(day(value["from"]), day(value["to"]))
            return span, f"{value['from']} {value['to']}"
        case "link":
            return _link(value["url"], value["text"]), f"{value['url']} {value['text']}".strip()
        case "email":
            return value["text"] or value["email"], f"{value['email']} {value['text']}".strip()
        case "phone":
            return value["phone"], f"{value['phone']} {value['countryShortName']}".strip()
        case "people":
            return Markup("").join(_person(name) for name in text.split(", ")), text
        case "checkbox":
            return "✓", "v"
        case "rating":
            return "★" * value["rating"], text
        case "board_relation":
            linked = Markup('<span class="linked">{}</span>')
            return Markup("").join(linked.format(item.name) for item in typed["linked_items"]), ""
    return text, text


def _with_unit(text: str, column: Column) -> str:
    unit = column.settings.get("unit") or {}
    symbol = unit.get("symbol", "")
    return f"{symbol}{text}" if unit.get("direction") == "left" else f"{text}{symbol}"


def _chip(label_id: int, label: str) -> Markup:
    color = DROPDOWN_COLORS[label_id % len(DROPDOWN_COLORS)]
    return Markup('<span class="chip" style="--d:{}">{}</span>').format(color, label)


def _link(url: str, text: str) -> Markup:
    # Any other scheme might be a script.
    safe = url if url.startswith(("http://", "https://")) else "#"
    link = Markup('<a href="{}" target="_blank" rel="noreferrer noopener">{}</a>')
    return link.format(safe, text or url)


def _person(name: str) -> Markup:
    initials = "".join(part[0] for part in name.split()[:2]).upper()
    return Markup('<span class="person" title="{}"><i>{}</i>{}</span>').format(name, initials, name)


def summary(column: Column, readings: Sequence[Reading], places: int) -> Markup:
    """Return the cell under a column: the sum of numbers, the mix of statuses."""
    if column.type == "numbers":
        total = sum((Decimal(reading.value) for reading in readings if reading.cell), Decimal(0))
        return Markup('<td class="sum">{}<small>sum</small></td>').format(
            _with_unit(number(total, places), column)
        )
    if column.type == "status" and readings:
        bars = Markup("").join(_battery(column, readings))
        return Markup('<td class="battery"><div>{}</div></td>').format(bars)
    return Markup("<td></td>")


def _battery(column: Column, readings: Sequence[Reading]) -> Iterable[Markup]:
    counts = Counter(reading.value["index"] if reading.cell else None for reading in readings)
    known = {entry["id"]: entry for entry in column.settings.get("labels", ())}
    for label_id, count in counts.most_common():
        entry = known.get(label_id, {"hex": "#e6e9ef", "label": "(empty)"})
        bar = Markup('<i style="flex:{};background:{}" title="{} {}"></i>')
        yield bar.format(count, entry["hex"], entry["label"], count)
