"""Times as cron writes them, in UTC: minute, hour, day of the month, month, day of the week."""

from __future__ import annotations

from datetime import UTC, datetime

from croniter import CroniterError, croniter

_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)


def problem(cron: str) -> str:
    """Say what is wrong with a time table, "" when nothing is.

    Args:
        cron: for example "15 6 * * 1-5", at 06:15 from Monday to Friday. Seconds, years and names such as @hourly are left
            out: what crontab itself does not take would surprise people.
    """
    if len(cron.split()) != 5 or not croniter.is_valid(cron):
        return (
            "Write five parts: minute, hour, day of the month, month, day of the week. For example 15 6 * * 1-5: "
            "at 06:15 UTC from Monday to Friday."
        )
    try:
        croniter(cron, _SOME_DAY).get_next(float)
    except CroniterError:
        return f"{cron} never comes, like the 31st of February. Choose a day that does."
    return ""
