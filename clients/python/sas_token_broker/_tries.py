"""One try of a call over HTTP, and what follows from it."""
from __future__ import annotations

import http.client
import json
import random
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Mapping

from ._problem import BrokerProblem, parse_object, to_problem, unexpected_reply

WORTH_RETRYING = (429, 502, 503, 504)
FIRST_DELAY, LEAST_SPREAD = 0.5, 0.1


@dataclass(frozen=True)
class Retry:
    """`attempts` counts the first try; `max_delay` is the longest wait between two tries, in seconds."""

    attempts: int = 5
    max_delay: float = 20.0


@dataclass(frozen=True)
class Reply:
    """A success, and when the try that it answers was sent, by the monotonic clock."""

    body: dict[str, Any]
    sent_at: float


@dataclass(frozen=True)
class Failure:
    """A try without success."""

    problem: BrokerProblem
    is_worth_retrying: bool = False
    retry_after: float | None = None


class Tries:
    """Decides after each try of a call whether and when to try again."""

    def __init__(self, retry: Retry, attempts: int | None = None) -> None:
        self._retry, self._attempts, self._tried = retry, attempts or retry.attempts, 0
        self.is_bearer_refused = False

    def after(self, failure: Failure) -> float:
        """Returns how many seconds to wait before the next try. Raises the problem if there is to be none."""
        if failure.problem.status == 401 and not self.is_bearer_refused:
            self.is_bearer_refused = True
            return 0
        self._tried += 1
        self.is_bearer_refused = failure.problem.status == 401
        delay = retry_delay(self._tried, failure.retry_after, self._retry.max_delay, random.random())
        if not failure.is_worth_retrying or self._tried >= self._attempts or delay is None:
            raise failure.problem
        return delay


def retry_delay(tried: int, retry_after: float | None, max_delay: float, chance: float) -> float | None:
    """Returns the wait before the next try; None if the broker asks for a longer one than allowed."""
    if retry_after is None:
        return min(max_delay, FIRST_DELAY * 2 ** (tried - 1)) * (1 + chance) / 2
    if retry_after > max_delay:
        return None
    return min(max_delay, retry_after + max(retry_after, LEAST_SPREAD) * chance / 2)


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Reads `Retry-After` in seconds. A date counts from the reply's own `Date`: the client's clock may be wrong."""
    given = (headers.get("Retry-After") or "").strip()
    if given.isdecimal():
        return float(given)
    try:
        wait = parsedate_to_datetime(given) - parsedate_to_datetime(headers.get("Date") or "")
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None  # urllib would send the bearer token along, to any host


_OPENER = urllib.request.build_opener(_NoRedirect)


def try_once(url: str, body: bytes, bearer: str, timeout: float) -> Reply | Failure:
    """Posts a body. `timeout` is for the whole try, in seconds."""
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, body, headers, method="POST")
    sent_at = time.monotonic()
    try:
        with _OPENER.open(request, timeout=timeout) as reply:
            content = _read(reply, sent_at + timeout)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return _failure(refusal, sent_at + timeout)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        detail = f"There is no reply from the broker: {type(reason).__name__}."
        return Failure(BrokerProblem(0, "no_reply", detail), True)
    found = parse_object(content)
    if found is None:
        return Failure(unexpected_reply(reply.status, "The reply is not a JSON object. Check the endpoint."))
    return Reply(found, sent_at)


def _failure(refusal: urllib.error.HTTPError, deadline: float) -> Failure:
    status = refusal.code
    if 300 <= status < 400:
        detail = "The address redirects, and the bearer token is not sent elsewhere. Check the endpoint."
        return Failure(BrokerProblem(status, "redirected", detail))
    try:
        content = _read(refusal, deadline)
    except (OSError, http.client.HTTPException):
        content = b""
    problem = to_problem(status, parse_object(content), refusal.headers.get("X-Request-Id"))
    return Failure(problem, status in WORTH_RETRYING, read_retry_after(refusal.headers))


def _read(reply: Any, deadline: float) -> bytes:
    """Reads to the end. The socket's timeout limits each wait alone, so the sum is checked here."""
    parts = []
    while part := reply.read1(65536):
        parts.append(part)
        if time.monotonic() > deadline:
            raise TimeoutError
    if getattr(reply, "length", None):
        raise http.client.IncompleteRead(b"".join(parts), reply.length)
    return b"".join(parts)


def to_json(value: Any) -> bytes:
    return json.dumps(value).encode()
