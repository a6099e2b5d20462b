"""Recognises that storage refused a signature."""
from __future__ import annotations

import re
from typing import Any

# What storage says if a signature does not match, or is not valid now; other refusals need another remedy.
_REFUSED = re.compile("AuthenticationFailed|failed to authenticate the request", re.IGNORECASE)


def is_signature_refused(outcome: Any) -> bool:
    """True if an error, or a reply, says that storage refused the signature: one of the Azure SDKs, of urllib, requests,
    aiohttp or httpx, or one whose text is storage's. A missing permission or a firewall is not meant."""
    found = [outcome, getattr(outcome, "response", None)]
    statuses = [getattr(one, name, None) for one in found for name in ("status_code", "status", "code")]
    status = next((one for one in statuses if isinstance(one, int)), None)
    if status not in (None, 403):
        return False
    said = [str(outcome) if isinstance(outcome, BaseException) else "", getattr(outcome, "error_code", None)]
    for one in found:
        headers = getattr(one, "headers", None)
        said += [headers.get("x-ms-error-code") if hasattr(headers, "get") else None, getattr(one, "text", None)]
    return any(_REFUSED.search(str(text)) for text in said if text is not None and not callable(text))
