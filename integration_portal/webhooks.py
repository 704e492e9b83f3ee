"""Where Dynamics knocks: bytes in, verified, stored, then answered.

A 2xx means committed. 400 and 413 tell the sender not to repeat; 503 asks it to.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from connectors.dynamics.business_events import Malformed, cloud_events_handshake, parse
from integration_portal import doors, inbox, queueing

log = logging.getLogger(__name__)


@csrf_exempt
def dynamics(request: HttpRequest, token: str) -> HttpResponse:
    """Take business events of one environment: `POST /webhooks/dynamics/<token>/`."""
    try:
        door = doors.door_of(token)
        if door is None:
            return _refused(
                404, "No environment has this webhook URL. Copy it anew from the environment's page."
            )
        if request.method == "OPTIONS":
            return _handshake(request)
        if request.method != "POST":
            return _refused(405, "Business events are delivered by POST.", {"Allow": "POST, OPTIONS"})
        problem = _unacceptable(request)
        if problem:
            return problem
        body = _body(request)
        if len(body) > settings.MAX_WEBHOOK_BYTES:
            return _too_large()
        delivery = parse(body, request.headers)
        if delivery.reply is not None:
            return JsonResponse(dict(delivery.reply))
        streams = inbox.receive(door, delivery.notifications, body.decode())
    except Malformed as problem:
        return _refused(400, str(problem))
    except DatabaseError:
        log.exception("A delivery could not be stored; the sender was asked to repeat it")
        return _refused(
            503, "The portal cannot store events right now. Send it again.", {"Retry-After": "10"}
        )
    for stream in streams:
        queueing.wake(stream)
    return JsonResponse({"received": len(delivery.notifications)})


def _handshake(request: HttpRequest) -> HttpResponse:
    headers = cloud_events_handshake(request.headers)
    if headers is None:
        return HttpResponse(status=200, headers={"Allow": "POST, OPTIONS"})
    return HttpResponse(status=200, headers=dict(headers))


def _unacceptable(request: HttpRequest) -> HttpResponse | None:
    """Refuse what is too large or is not JSON, before reading it."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_WEBHOOK_BYTES:
        return _too_large()
    if request.content_type and "json" not in request.content_type:
        return _refused(415, f"Business events are JSON; this body says it is {request.content_type}.")
    return None


def _body(request: HttpRequest) -> bytes:
    """Read the body. Of one that comes in chunks, and so without a length, Django by itself would read nothing."""
    if request.META.get("HTTP_TRANSFER_ENCODING") and request.META.get("wsgi.input_terminated"):
        chunked: bytes = request.META["wsgi.input"].read(settings.MAX_WEBHOOK_BYTES + 1)
        return chunked
    return request.body


def _too_large() -> HttpResponse:
    most = settings.MAX_WEBHOOK_BYTES // 1024
    return _refused(
        413, f"The body is larger than {most} KiB, more than any business event or batch of them."
    )


def _refused(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=status, headers=dict(headers or {}))
