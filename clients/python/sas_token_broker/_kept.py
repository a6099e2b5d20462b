"""What a client knows about the tokens of one request. Pure: `now` is a time of the monotonic clock, in seconds."""
from __future__ import annotations

import json
from collections import OrderedDict
from datetime import datetime
from typing import Any, Callable, Dict, Generic, Mapping, TypeVar

from ._problem import BrokerProblem, unexpected_reply

Token = Dict[str, Any]
T = TypeVar("T")

# How long a denial is remembered, and the pause after a refresh in the background that failed.
FAILURE_PAUSE = 3.0
# Equal requests in one second get equal tokens, so a second one must wait for the next second.
REPEATED_TOKEN_PAUSE = 1.0
# `issuedAt` is cut to a whole second, so a token may end up to a second before `expiresIn` has passed.
CUT, LONGEST_MARGIN = 1.0, 5.0
REFUSED_KEPT = 8


class KeptToken:
    """The token of a request, the tokens that storage refused, and the last failure."""

    def __init__(self) -> None:
        self._token: Token | None = None
        self._refresh_at = self._ends_at = 0.0
        self._refused: list[str] = []
        self._failure: tuple[BaseException, float] | None = None

    def refuse(self, token: Mapping[str, Any]) -> None:
        """Forgets a token that storage refused. It is never accepted again."""
        if token["token"] not in self._refused:
            self._refused = [token["token"], *self._refused][:REFUSED_KEPT]
        if self._token is not None and self._token["token"] == token["token"]:
            self._token = None

    def is_refused(self, token: Token) -> bool:
        return token["token"] in self._refused

    def usable(self, now: float) -> Token | None:
        return self._token if now < self._ends_at else None

    def is_due(self, now: float) -> bool:
        """True if a new token should be asked for."""
        if self._failure is not None and now < self._failure[1]:
            return False
        return self._token is None or now >= self._refresh_at

    def seconds_until_refresh(self, now: float) -> float:
        return max(0.0, self._refresh_at - now)

    def raise_denial(self, now: float) -> None:
        """Raises a denial that is remembered."""
        if self._failure is not None and now < self._failure[1]:
            error = self._failure[0]
            if isinstance(error, BrokerProblem) and error.status == 403:
                raise error.with_traceback(None)

    def fail(self, error: BaseException, now: float) -> None:
        self._failure = (error, now + FAILURE_PAUSE)

    def keep(self, token: Token, sent_at: float) -> None:
        """Keeps a token. Only differences of the broker's own times count, from when the request was sent."""
        life = token["expiresIn"]
        self._token, self._failure = token, None
        self._ends_at = sent_at + life - CUT - min(LONGEST_MARGIN, life / 10)
        try:
            until_refresh = (_instant(token["refreshAfter"]) - _instant(token["issuedAt"])).total_seconds()
        except (KeyError, ValueError):
            until_refresh = life * 0.8
        self._refresh_at = min(sent_at + until_refresh, self._ends_at)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def repeated_token() -> BrokerProblem:
    detail = "The broker repeats a token that storage refused. Report it to the people who run the broker."
    return BrokerProblem(0, "repeated_token", detail)


def read_token(value: Any) -> Token:
    """Returns an issued token of a reply. Raises BrokerProblem if it lacks what the client needs."""
    if not isinstance(value, dict) or not isinstance(value.get("token"), str) or not isinstance(value.get("url"), str):
        raise unexpected_reply(201, "The reply is not an issued token. Check the endpoint.")
    if not isinstance(value.get("expiresIn"), (int, float)):
        raise unexpected_reply(201, "The reply has no expiresIn: the broker is older than this client.")
    return value


def request_key(request: Mapping[str, Any]) -> str:
    """Returns the same text for equal requests, whatever the order of their members."""
    return json.dumps(request, sort_keys=True)


class BoundedMap(Generic[T]):
    """A map that forgets the entry that was used least recently, in constant time."""

    def __init__(self, most: int) -> None:
        self._most, self._entries = most, OrderedDict[str, T]()

    def get_or_add(self, key: str, make: Callable[[], T]) -> T:
        value = self._entries[key] if key in self._entries else make()
        self._entries[key] = value
        self._entries.move_to_end(key)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)
        return value

    def clear(self) -> None:
        self._entries.clear()
