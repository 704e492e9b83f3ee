"""Is the web process alive, and can the portal do its work?"""

from __future__ import annotations

from django.db import Error as DatabaseError
from django.http import HttpRequest, JsonResponse

from integration_portal import heartbeat


def alive(_request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as this process can answer at all."""
    return JsonResponse({"alive": True})


def ready(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers and a worker showed itself lately, else 503 with what is missing."""
    try:
        clusters = heartbeat.living(heartbeat.CLUSTER, within_s=60.0)
    except DatabaseError:
        return JsonResponse({"ready": False, "missing": "The database does not answer."}, status=503)
    if not clusters:
        return JsonResponse(
            {"ready": False, "missing": "No worker runs. Start `manage.py worker`."}, status=503
        )
    return JsonResponse({"ready": True, "workers": len(clusters)})
