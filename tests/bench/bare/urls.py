"""The portal's addresses, and a bare view beside them that only commits one row."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from integration_portal.urls import urlpatterns as portal_urls
from tests.bench.bare.models import Row


@csrf_exempt
def commit_one_row(request: HttpRequest) -> HttpResponse:
    """The least a webhook can do: commit what came, answer 200."""
    Row.objects.create(body=request.body.decode())
    return HttpResponse(status=200)


urlpatterns = [*portal_urls, path("bare/", commit_one_row)]
