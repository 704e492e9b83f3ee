"""The processes' settings with the bare view."""

from tests.process_settings import *  # noqa: F403

INSTALLED_APPS += ["tests.bench.bare"]  # noqa: F405
ROOT_URLCONF = "tests.bench.bare.urls"
