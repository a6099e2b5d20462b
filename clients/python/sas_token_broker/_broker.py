"""The client for threads."""
from __future__ import annotations

import copy
import threading
import time
from concurrent.futures import Future
from typing import Any, Callable, Mapping, Sequence, TypeVar
from urllib.parse import quote

from ._kept import (REPEATED_TOKEN_PAUSE, BoundedMap, KeptToken, Token, read_token, repeated_token, request_key)
from ._problem import BrokerProblem, to_problem, unexpected_reply
from ._refused import is_signature_refused
from ._tries import Reply, Retry, Tries, to_json, try_once

T = TypeVar("T")
GetBearer = Callable[..., str]
# Returns a token, and when its request was sent.
Issue = Callable[[], "tuple[Token, float]"]
MOST_IN_A_CALL = 100


def read_retry(retry: Mapping[str, float] | None) -> Retry:
    """Returns the retries that `{"attempts": 5, "max_delay": 20}` describes."""
    return Retry(**dict(retry or {}))  # type: ignore[arg-type]


def closed() -> BrokerProblem:
    return BrokerProblem(0, "closed", "The client was closed.")


class SasBroker:
    """A client of the broker that keeps tokens in memory, one per request, and replaces them before they expire. Threads may
    share it. Use one for each signed-in caller, because it keeps tokens by the request alone."""

    def __init__(self, endpoint: str, get_bearer: GetBearer, *, max_kept: int = 1000,
                 retry: Mapping[str, float] | None = None, timeout: float = 10.0) -> None:
        """`endpoint` is the address of the API, with `/api`. `get_bearer(refused=False)` returns a bearer token; `refused`
        says that the broker refused the last one. `retry` has `attempts` (5, the first included) and `max_delay` (20).
        `timeout` is for one try. Both are in seconds."""
        self._endpoint, self._get_bearer = endpoint.rstrip("/"), get_bearer
        self._retry, self._timeout = read_retry(retry), timeout
        self._cyclers: BoundedMap[_Cycler] = BoundedMap(max_kept)
        self._lock, self._closing = threading.Lock(), threading.Event()

    def token(self, request: Mapping[str, Any]) -> Token:
        """Returns a token for a request: the kept one, or a new one. Past `refreshAfter` the kept one is returned while a
        new one is asked for. Equal requests share a call. Raises BrokerProblem."""
        return self._cycler(request).get()

    def tokens(self, requests: Sequence[Mapping[str, Any]]) -> list[Token | BrokerProblem]:
        """Returns a token, or a problem, for each request, in their order. Asks for 100 at a time."""
        cyclers = {request_key(request): (self._cycler(request), request) for request in requests}
        calls = {key: call for key, (cycler, _) in cyclers.items() if (call := cycler.reserve()) is not None}
        waiting = [key for key in calls if not cyclers[key][0].has_usable()]
        in_background = [key for key in calls if key not in waiting]
        if in_background:
            self._background(lambda: self._run_batch(in_background, cyclers, calls))
        self._run_batch(waiting, cyclers, calls)
        results = {key: _outcome(calls[key].result if key in waiting else cyclers[key][0].get) for key in cyclers}
        return [results[request_key(request)] for request in requests]

    def source(self, request: Mapping[str, Any]) -> Source:
        """Returns the source of tokens for a request."""
        return Source(self, copy.deepcopy(dict(request)))

    def explain(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Returns what a request would get, without a token."""
        return self._post("/tokens/explain", request).body

    def complete(self, token_id: str, outcome: str, detail: str | None = None) -> dict[str, Any]:
        """Reports the outcome of the work that a token was for: succeeded, failed or abandoned. Once per token."""
        return self._complete(token_id, outcome, detail)

    def with_token(self, request: Mapping[str, Any], use: Callable[[Token], T]) -> T:
        """Calls `use` with a token. If it raises because storage refused the signature, calls it again, once, with another
        token. Reports to the broker how the use of the last token ended; whether that succeeds does not matter."""
        source = self.source(request)
        token = source.get()
        try:
            try:
                result = use(token)
            except Exception as error:
                if not is_signature_refused(error):
                    raise
                token = source.get(refused=token)
                result = use(token)
        except Exception:
            self._try_to_complete(token, "failed")
            raise
        self._try_to_complete(token, "succeeded")
        return result

    def azure(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Returns arguments for the clients of the Azure SDKs that put a fresh token on every request, and send a request
        again, once, with another one if storage refuses the signature. The client's URL is the plain one."""
        from ._azure import azure_arguments

        return azure_arguments(self.source(request))

    def close(self) -> None:
        """Forgets every token, ends the waits between tries, and refuses further calls."""
        self._closing.set()
        with self._lock:
            self._cyclers.clear()

    def _cycler(self, request: Mapping[str, Any]) -> _Cycler:
        def issue() -> tuple[Token, float]:
            reply = self._post("/tokens", request)
            return read_token(reply.body), reply.sent_at

        with self._lock:
            return self._cyclers.get_or_add(request_key(request), lambda: _Cycler(self, issue))

    def _run_batch(self, keys: Sequence[str], cyclers: Mapping[str, Any], calls: Mapping[str, Any]) -> None:
        for at in range(0, len(keys), MOST_IN_A_CALL):
            chunk = keys[at:at + MOST_IN_A_CALL]
            try:
                reply = self._post("/tokens/batch", {"requests": [cyclers[key][1] for key in chunk]})
                results, sent_at = reply.body.get("results"), reply.sent_at
                error: BaseException | None = None
            except BaseException as fault:  # every call that was reserved must end
                results, sent_at, error = None, 0.0, fault
            for index, key in enumerate(chunk):
                cyclers[key][0].run(calls[key], lambda: read_item(results, index, sent_at, error))

    def _complete(self, token_id: str, outcome: str, detail: str | None, attempts: int | None = None) -> dict[str, Any]:
        body = {"outcome": outcome, **({} if detail is None else {"detail": detail})}
        return self._post(f"/tokens/{quote(token_id, safe='')}/completion", body, attempts).body

    def _try_to_complete(self, token: Token, outcome: str) -> None:
        try:
            self._complete(token["id"], outcome, None, attempts=1)
        except Exception:
            pass

    def _post(self, path: str, body: Any, attempts: int | None = None) -> Reply:
        tries, content = Tries(self._retry, attempts), to_json(body)
        while not self._closing.is_set():
            bearer = self._get_bearer(refused=tries.is_bearer_refused)
            outcome = try_once(self._endpoint + path, content, bearer, self._timeout)
            if isinstance(outcome, Reply):
                return outcome
            self._sleep(tries.after(outcome))
        raise closed()

    def _sleep(self, seconds: float) -> None:
        if self._closing.wait(seconds):
            raise closed()

    @staticmethod
    def _background(work: Callable[[], object]) -> None:
        threading.Thread(target=work, daemon=True, name="sas-token-broker").start()


class Source:
    """The tokens of one request."""

    def __init__(self, broker: SasBroker, request: Mapping[str, Any]) -> None:
        self._broker, self._request = broker, request

    def get(self, refused: Mapping[str, Any] | None = None) -> Token:
        """Returns a token that has not expired. `refused` is one that storage refused: it is never returned again."""
        return self._broker._cycler(self._request).get(refused)


class _Cycler:
    """Keeps the token of one request, refreshes it in the background, and replaces it before it expires."""

    def __init__(self, broker: SasBroker, issue: Issue) -> None:
        self._broker, self._issue = broker, issue
        self._lock, self._kept = threading.Lock(), KeptToken()
        self._call: Future[Token] | None = None

    def has_usable(self) -> bool:
        with self._lock:
            return self._kept.usable(time.monotonic()) is not None

    def reserve(self) -> Future[Token] | None:
        """Returns a call that the caller must run, or None if none is needed."""
        with self._lock:
            return self._reserve()

    def _reserve(self) -> Future[Token] | None:
        if self._call is not None or not self._kept.is_due(time.monotonic()):
            return None
        self._call = Future()
        return self._call

    def get(self, refused: Mapping[str, Any] | None = None) -> Token:
        with self._lock:
            if refused is not None:
                self._kept.refuse(refused)
            token = self._kept.usable(time.monotonic())
            if token is None:
                self._kept.raise_denial(time.monotonic())
                call, is_mine = self._call, self._call is None
                if call is None:
                    call = self._call = Future()
            else:
                call = self._reserve()
        if token is not None:
            if call is not None:
                reserved = call
                SasBroker._background(lambda: self.run(reserved, self._issue))
            return token
        if is_mine:
            self.run(call, self._issue)
        return call.result()

    def run(self, call: Future[Token], issue: Issue) -> None:
        """Ends a reserved call with a new token, or with what went wrong."""
        try:
            token, sent_at = self._issue_unrefused(issue)
        except BaseException as error:
            with self._lock:
                self._kept.fail(error, time.monotonic())
                self._call = None
            call.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            with self._lock:
                self._kept.keep(token, sent_at)
                self._call = None
            call.set_result(token)

    def _issue_unrefused(self, issue: Issue) -> tuple[Token, float]:
        issued = issue()
        if not self._kept.is_refused(issued[0]):
            return issued
        self._broker._sleep(REPEATED_TOKEN_PAUSE)
        issued = self._issue()
        if not self._kept.is_refused(issued[0]):
            return issued
        raise repeated_token()


def read_item(results: Any, index: int, sent_at: float, error: BaseException | None) -> tuple[Token, float]:
    """Returns an issued token of a batch. Raises its problem, or what ended the whole call."""
    if error is not None:
        raise error
    if not isinstance(results, list) or index >= len(results) or not isinstance(results[index], dict):
        raise unexpected_reply(200, "The reply lacks a result. Check the endpoint.")
    status = results[index].get("status")
    if status != 201:
        raise to_problem(status, results[index].get("problem"))
    return read_token(results[index].get("token")), sent_at


def _outcome(get: Callable[[], Token]) -> Token | BrokerProblem:
    try:
        return get()
    except BrokerProblem as problem:
        return problem
