"""Why no answer came, as a sentence for people."""

from __future__ import annotations

import ssl

from urllib3.exceptions import NameResolutionError, ProxyError, ReadTimeoutError, SSLError

from connectors.deadline import Call


def why(error: Exception, host: str, call: Call, timeout_s: float) -> str:
    """Put a failed call into a sentence.

    Args:
        error: what the HTTP library raised, with its own reason inside.
        host: "host:port", as it may be shown.
        call: how far the call came.
        timeout_s: the time the whole call had, seconds.
    """
    reason = _reason(error)
    if isinstance(reason, NameResolutionError):
        return f"The name {host} is not known. Check the address and the name service of this machine."
    if isinstance(reason, ProxyError):
        return f"The outgoing proxy did not let the call to {host} through. Check the proxy setting."
    if isinstance(reason, SSLError) and not call.sent:
        return f"No safe connection to {host}: {_tls(reason)}. Check the certificate and who must be trusted."
    if call.over or isinstance(reason, ReadTimeoutError):
        return f"{host} gave no complete answer within {timeout_s:g} s."
    if not call.sent:
        return f"{host} cannot be connected to: refused, or no answer in time."
    return f"The connection to {host} broke before the answer was complete."


def _reason(error: BaseException) -> BaseException:
    """Dig out the innermost known cause: the HTTP libraries wrap one error into the next."""
    while True:
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        known = isinstance(error, NameResolutionError | ProxyError | SSLError | ReadTimeoutError)
        if known or not isinstance(inner, BaseException):
            return error
        error = inner


def _tls(reason: SSLError) -> str:
    inner = reason.args[0] if reason.args else reason
    return inner.verify_message if isinstance(inner, ssl.SSLCertVerificationError) else type(inner).__name__
