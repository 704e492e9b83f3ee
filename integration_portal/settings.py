"""Settings, read from the environment or a `.env` file beside manage.py.

Every setting is in `docs/reference/settings.md`; `integration_portal/checks.py` refuses to start on a bad one and says how to
mend it. What differs per customer (hosts, tokens, limits) is a row in the database, not a setting.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from pathlib import Path
from urllib.parse import urlsplit

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.escape_proxy = True  # a secret may begin with "$"; write it as "\$" in .env
ENV_FILE = BASE_DIR / ".env"
if ENV_FILE.is_file():
    env.read_env(ENV_FILE)

DEBUG = env.bool("DEBUG", default=False)

# Without these two the portal refuses to start (portal.E001). A throw-away value stands in so that commands which touch no
# stored data, such as `catalogue`, still work in a bare clone.
SECRET_KEY = env.str("SECRET_KEY", default="")
FIELD_ENCRYPTION_KEY: list[str] = [key for key in env.list("FIELD_ENCRYPTION_KEY", default=[]) if key]
MISSING_KEYS = [
    name
    for name, value in (("SECRET_KEY", SECRET_KEY), ("FIELD_ENCRYPTION_KEY", FIELD_ENCRYPTION_KEY))
    if not value
]
SECRET_KEY = SECRET_KEY or secrets.token_urlsafe(50)
FIELD_ENCRYPTION_KEY = FIELD_ENCRYPTION_KEY or [urlsafe_b64encode(secrets.token_bytes(32)).decode()]

PORTAL_URL = env.str("PORTAL_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[urlsplit(PORTAL_URL).hostname or "127.0.0.1", "127.0.0.1", "localhost"]
)
MONDAY_API_URL = env.str("MONDAY_API_URL", default="https://api.monday.com/v2")
ENTRA_URL = env.str("ENTRA_URL", default="https://login.microsoftonline.com")
ALLOW_LOOPBACK_HTTP = env.bool("ALLOW_LOOPBACK_HTTP", default=False)
CA_BUNDLE = env.str("CA_BUNDLE", default="")
OUTBOUND_PROXY = env.str("OUTBOUND_PROXY", default="")
MAX_WEBHOOK_BYTES = env.int("MAX_WEBHOOK_BYTES", default=1024 * 1024)

WORKERS = env.int("WORKERS", default=2)
WORKER_SILENCE_S = env.float("WORKER_SILENCE_S", default=12.0)
TASK_TIMEOUT_S = env.int("TASK_TIMEOUT_S", default=300)
RETRY_BASE_S = env.float("RETRY_BASE_S", default=2.0)

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin.apps.SimpleAdminConfig",  # urls.py looks for the admin modules: workers need no pages
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_q",
    "encrypted_model_fields",
    "audit",
    "connectors",
    "mappings",
    "integration_portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "integration_portal.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "integration_portal.urls"
WSGI_APPLICATION = "integration_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Where rows live ----------------------------------------------------------------------------------------

DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'var' / 'portal.sqlite3'}")
}
DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets readers go on while one writes. IMMEDIATE takes the write lock at BEGIN: a deferred transaction that read first
    # cannot be upgraded while another writes and fails at once with "database is locked", whatever the timeout.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
INSTALLATION = env.str("INSTALLATION", default="portal")  # keeps two installations apart that share one Redis
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": INSTALLATION,
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- The queue: only a wake-up call; the inbox table is the record of work ----------------------------------

Q_CLUSTER = (
    {
        "name": INSTALLATION,
        "workers": WORKERS,
        "queue_limit": WORKERS,
        "bulk": 1,
        "timeout": TASK_TIMEOUT_S,
        # Counted from dequeue, not from start: (ceil((queue_limit + 1) / workers) + 1) * (timeout + 3), and a margin.
        "retry": 3 * (TASK_TIMEOUT_S + 3) + 60,
        "ack_failures": True,
        "max_attempts": 1,
        "save_limit": -1,  # keep no successes: with a limit the monitor locks and prunes on every result, 4-6 times slower
        "catch_up": False,
        "scheduler": False,  # its 30 s rhythm is too coarse; integration_portal/dispatcher.py does this work
        "poll": 0.05,
        "recycle": 500,
        "log_level": "WARNING",
    }
    | ({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"})
)

# --- Web ----------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
# A webhook body is bounded by MAX_WEBHOOK_BYTES in its view; the admin's forms by this.
DATA_UPLOAD_MAX_MEMORY_SIZE = max(MAX_WEBHOOK_BYTES, 2 * 1024 * 1024) + 1024

HTTPS = PORTAL_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
)
SECURE_SSL_REDIRECT = False  # the proxy's business; webhook senders do not follow redirects
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [PORTAL_URL] if HTTPS else []
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # SECURE_SSL_REDIRECT, see above

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # django-q announces every single task; what matters of it is logged by the inbox.
    "loggers": {"django-q": {"level": "WARNING"}},
}

UNFOLD = {
    "SITE_TITLE": "Integration portal",
    "SITE_HEADER": "Integration portal",
    "SITE_SUBHEADER": "Dynamics 365 F&O ↔ monday.com",
    "SHOW_HISTORY": True,
    "SIDEBAR": {"navigation": "integration_portal.site.navigation"},
}
