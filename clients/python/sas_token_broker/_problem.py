"""The broker's answer instead of a token."""
from __future__ import annotations

import json
from typing import Any


class BrokerProblem(Exception):
    """The broker's answer instead of a token, or the reason why there is none. It never contains a token.

    `status` is the HTTP status, 0 if there was no usable reply. `code` is a code of the broker (docs/http-api.md),
    `http_<status>` for a reply that is not the broker's, or one of the client's own: `no_reply`, `redirected`,
    `unexpected_reply`, `repeated_token`, `closed`. The broker's operators find the call by its `request_id`.
    """

    def __init__(self, status: int, code: str | None = None, detail: str = "",
                 request_id: str | None = None, errors: list[dict[str, str]] | None = None) -> None:
        self.status = status
        self.code = code or f"http_{status}"
        self.detail = detail
        self.request_id = request_id
        self.errors = errors or []
        faults = [f"{fault['path'] or 'request'}: {fault['message']}" for fault in self.errors]
        super().__init__(" ".join([f"{self.code}:", detail, *faults]).strip())


def to_problem(status: int, body: Any, request_id: str | None = None) -> BrokerProblem:
    """Returns the problem of a document that may lack any member."""
    members = body if isinstance(body, dict) else {}

    def text(name: str) -> str | None:
        return members[name] if isinstance(members.get(name), str) else None

    errors = [fault for fault in members.get("errors") or [] if _is_fault(fault)]
    return BrokerProblem(status, text("code"), text("detail") or "", text("requestId") or request_id, errors)


def unexpected_reply(status: int, detail: str) -> BrokerProblem:
    """Returns the problem of a reply that succeeded, but is not what the client can use."""
    return BrokerProblem(status, "unexpected_reply", detail)


def parse_object(content: bytes) -> dict[str, Any] | None:
    """Returns the JSON object that bytes are; None if they are not one."""
    try:
        value = json.loads(content)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _is_fault(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in ("path", "message"))
