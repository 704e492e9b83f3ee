"""How secrets rest in the database.

One field class over django-encrypted-model-fields that closes what the package leaves open: a wrong key would hand out the
ciphertext as if it were the secret, a ciphertext pasted into a form would be decrypted and shown, `bulk_update` and `F()`
would encrypt the text of an SQL expression, and a filter would write the plain value into the SQL log.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import FieldError
from django.db.models import Expression, Field, TextField
from encrypted_model_fields.fields import EncryptedTextField, decrypt_str

MASK = "********"


class SecretUnreadable(Exception):
    """A stored secret does not open with any key of FIELD_ENCRYPTION_KEY."""


if TYPE_CHECKING:  # the package has no types; to the checker a secret is a text
    _Encrypted = TextField[str, str]
else:
    _Encrypted = EncryptedTextField


class SecretField(_Encrypted):
    """A text that is encrypted at rest, never searched, never shown, never exported."""

    def from_db_value(self, value: str | None, *_args: object) -> str | None:
        """Open one stored value.

        Raises:
            SecretUnreadable: no configured key opens it.
        """
        if value is None:
            return None
        try:
            return str(decrypt_str(value))
        except InvalidToken:
            raise SecretUnreadable(
                f"The stored {self.model.__name__}.{self.name} does not open with FIELD_ENCRYPTION_KEY. "
                "Put the key it was written with back (as a second key in the list)."
            ) from None

    def to_python(self, value: Any) -> Any:
        """Take the value as it is: what comes from a form or a file is never decrypted."""
        return TextField.to_python(self, value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Encrypt a plain value; refuse SQL expressions."""
        if isinstance(value, Expression) or hasattr(value, "resolve_expression"):
            raise FieldError(
                f"{self.name} is a secret: save it through the model, not through a bulk or F() update."
            )
        return super().get_db_prep_save(value, connection)

    def get_lookup(self, lookup_name: str) -> Any:
        """Allow `isnull` only."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is a secret and cannot be searched.")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: Any) -> str:
        """What dumpdata and other serializers get."""
        return MASK if self.value_from_object(obj) else ""

    def formfield(self, **_kwargs: Any) -> Any:
        """Offer no form field unless a form declares its own write-only one."""
        return None


def is_secret(field: object) -> bool:
    """Say whether a model field holds a secret."""
    return isinstance(field, Field) and isinstance(field, SecretField)


def fingerprint(secret: str) -> str:
    """Name a secret without showing it: eight hex digits, the same for the same secret on this installation.

    Args:
        secret: the plain secret; "" gives "".
    """
    if not secret:
        return ""
    return hmac.new(settings.SECRET_KEY.encode(), secret.encode(), hashlib.sha256).hexdigest()[:8]


def digest(token: str) -> str:
    """Hash a high-entropy token for an indexed look-up: 64 hex digits."""
    return hashlib.sha256(token.encode()).hexdigest()
