"""The bar at the top: how often each system was called, which faults are active, what monday's plan has left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from sandbox.page.format import clock

if TYPE_CHECKING:
    from sandbox.core import Sandbox

SYSTEMS = (
    ("entra", "Entra"), ("dynamics", "Dynamics"), ("events", "Business events"), ("monday", "monday"),
    ("webhooks", "Webhooks"),
)  # fmt: skip
LATEST = 40


def top_bar(sandbox: Sandbox) -> Markup:
    """Return the counters and chips."""
    counts = sandbox.calls.counts()
    counters = Markup("").join(
        _counter(title, counts.get(system)) for system, title in SYSTEMS if _wanted(system, counts)
    )
    return Markup('<div class="counters">{}</div><div class="chips">{}{}</div>').format(
        counters, _plan(sandbox), Markup("").join(_disturbances(sandbox))
    )


def _wanted(system: str, counts: dict[str, Any]) -> bool:
    return system in counts or system in ("entra", "dynamics", "monday")


def _counter(title: str, found: dict[str, Any] | None) -> Markup:
    found = found or {"calls": 0, "mutations": 0, "by_status": {}}
    failed = sum(number for status, number in found["by_status"].items() if not status.startswith("2"))
    notes = Markup("")
    if found["mutations"]:
        notes += Markup("<small>{} mutations</small>").format(f"{found['mutations']:,}")
    if failed:
        notes += Markup('<small class="failed">{} failed</small>').format(f"{failed:,}")
    return Markup('<div class="counter"><span>{}</span><b>{}</b>{}</div>').format(
        title, f"{found['calls']:,}", notes
    )


def _plan(sandbox: Sandbox) -> Markup:
    limits = sandbox.monday.limits
    account = str(sandbox.monday.store.accounts.default.id)
    used = limits.usage().get(account, {"daily_calls": 0, "mutations_in_window": 0})
    text = f"{limits.plan.title()} plan · {used['daily_calls']:,.0f} of {limits.get('daily_calls'):,} calls today"
    cap = limits.get("mutations_per_window")
    if cap is not None:
        text += f" · {used['mutations_in_window']} of {cap} mutations in {limits.get('window_seconds')} s"
    return Markup('<span class="chip">{}</span>').format(text)


def _disturbances(sandbox: Sandbox) -> list[Markup]:
    chips = []
    for system, rules in sandbox.faults.rules().items():
        for rule in rules:
            if rule["times"] == 0:
                continue
            share = "" if rule["rate"] >= 1 else f" · {rule['rate']:.0%}"
            only = f" · {rule['operation']}" if rule["operation"] else ""
            left = f" · {rule['times']} left" if rule["times"] is not None else ""
            text = f"{system} {rule['kind']}{share}{only}{left}"
            chips.append(Markup('<span class="chip fault">{}</span>').format(text))
    for system, delay in sandbox.faults.latency_ms.items():
        if delay:
            chips.append(Markup('<span class="chip slow">{} +{} ms</span>').format(system, f"{delay:g}"))
    return chips or [Markup('<span class="chip calm">no faults</span>')]


def calls_part(sandbox: Sandbox) -> Markup:
    """Return the latest calls, the newest first."""
    total = sum(found["calls"] for found in sandbox.calls.counts().values())
    latest = sandbox.calls.list(since=total - LATEST)
    return Markup("").join(_call(call) for call in reversed(latest)) or Markup(
        '<p class="muted">No calls yet</p>'
    )


def _call(call: dict[str, Any]) -> Markup:
    good = str(call["status"]).startswith("2") and (
        not call["detail"] or call["detail"] == "replayed" or call["system"] != "monday"
    )
    return Markup(
        '<div class="call"><time>{}</time><i class="{}">{}</i><span>{}<small>{}</small></span><b class="{}">{}</b></div>'
    ).format(
        clock(call["time"]),
        call["system"],
        call["system"],
        call["operation"],
        " · ".join(part for part in (f"{call['ms']:.0f} ms", call["detail"][:60]) if part),
        "" if good else "failed",
        call["status"],
    )
