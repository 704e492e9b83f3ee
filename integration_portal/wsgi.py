"""The web application, for gunicorn."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration_portal.settings")

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
call_command("check", "--fail-level", "ERROR")
