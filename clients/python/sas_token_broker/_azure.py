"""Fresh tokens for the clients of the Azure SDKs."""
from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from azure.core.credentials import AzureSasCredential

from ._refused import is_signature_refused

if TYPE_CHECKING:
    from ._broker import Source

_SAS = frozenset(
    "sv ss srt sr st se sp sip spr si sig skoid sktid skt ske sks skv saoid suoid scid sdd ses rscc rscd rsce rscl rsct tn "
    "spk srk epk erk skdutid sduoid".split()
)


def without_sas(url: str) -> str:
    """Returns a URL without the parameters of a SAS."""
    base, _, query = url.partition("?")
    kept = [part for part in query.split("&") if part and part.partition("=")[0] not in _SAS]
    return f"{base}?{'&'.join(kept)}" if kept else base


def with_sas(url: str, sas: str) -> str:
    """Returns a URL with a SAS in place of the one that it has, if any."""
    plain = without_sas(url)
    return f"{plain}{'&' if '?' in plain else '?'}{sas}"


def signature_of(url: str) -> str:
    """Returns the signature in a URL, decoded; the empty string if it has none."""
    return dict(parse_qsl(url.partition("?")[2])).get("sig", "")


class FreshSasCredential(AzureSasCredential):
    """A credential whose signature is a fresh token of a source."""

    def __init__(self, source: Source) -> None:
        self._source, self._thread = source, threading.local()

    @property
    def signature(self) -> str:  # type: ignore[override]
        # The SDK appends what it reads here, unless the URL has it already. The hook before it may have put it there.
        pinned = getattr(self._thread, "pinned", None)
        self._thread.pinned = None
        return pinned or self._source.get()["token"]

    def update(self, signature: str) -> None:
        raise TypeError("This credential updates itself.")

    def sign(self, request: Any) -> dict[str, Any]:
        """Puts a fresh token on an HTTP request, in place of another one, and returns it."""
        token = self._source.get()
        request.url = with_sas(request.url, token["token"])
        self._thread.pinned = token["token"]
        return token


def azure_arguments(source: Source) -> dict[str, Any]:
    """Returns `credential`, `raw_request_hook` and `raw_response_hook` for a client of the Azure SDKs."""
    credential = FreshSasCredential(source)

    def sign(request: Any) -> None:
        # Without this, azure-core would append a second token when it tries again.
        request.context["sas_token_broker"] = (credential.sign(request.http_request), position_of(request.http_request))

    def heal(response: Any) -> None:
        token, position = response.context.get("sas_token_broker") or (None, None)
        if token is None or response.http_response.status_code != 403 or not says_refused(response.http_response):
            return
        response.context["sas_token_broker"] = None
        request = response.http_request
        if signature_of(request.url) != signature_of("?" + token["token"]) or not rewind(request, position):
            return
        request.url = with_sas(request.url, source.get(refused=token)["token"])
        response.http_response = response.context.transport.send(request, **response.context.options)

    return {"credential": credential, "raw_request_hook": sign, "raw_response_hook": heal}


def says_refused(response: Any) -> bool:
    if is_signature_refused(response):
        return True
    body = response.body()
    return b"failed to authenticate the request" in body or b"AuthenticationFailed" in body


def position_of(request: Any) -> int | None:
    """Returns where a request's body begins; None if it is no stream, or one that cannot be sent again."""
    try:
        return request.body.tell()
    except (AttributeError, OSError, ValueError):
        return None


def rewind(request: Any, position: int | None) -> bool:
    body = request.body
    if body is None or isinstance(body, (bytes, str, dict)):
        return True
    if position is None:
        return False
    body.seek(position)
    return True
