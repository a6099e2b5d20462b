"""The client for asyncio. Calls over HTTP run in threads, so it needs no other package."""
from __future__ import annotations

import asyncio
import copy
import inspect
import threading
import time
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence, TypeVar, Union
from urllib.parse import quote

from ._broker import MOST_IN_A_CALL, closed, read_item, read_retry
from ._kept import REPEATED_TOKEN_PAUSE, BoundedMap, KeptToken, Token, read_token, repeated_token, request_key
from ._problem import BrokerProblem
from ._refused import is_signature_refused
from ._tries import Reply, Tries, to_json, try_once

__all__ = ["BrokerProblem", "SasBroker", "Source"]
T = TypeVar("T")
# A plain function or a coroutine function.
GetBearer = Callable[..., Union[str, Awaitable[str]]]
Issue = Callable[[], "Awaitable[tuple[Token, float]]"]


class SasBroker:
    """The same as `sas_token_broker.SasBroker`, awaited. It belongs to one event loop."""

    def __init__(self, endpoint: str, get_bearer: GetBearer, *, max_kept: int = 1000,
                 retry: Mapping[str, float] | None = None, timeout: float = 10.0) -> None:
        self._endpoint, self._get_bearer = endpoint.rstrip("/"), get_bearer
        self._retry, self._timeout = read_retry(retry), timeout
        self._cyclers: BoundedMap[_Cycler] = BoundedMap(max_kept)
        self._running: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    async def token(self, request: Mapping[str, Any]) -> Token:
        """Returns a token for a request: the kept one, or a new one."""
        return await self._cycler(request).get()

    async def tokens(self, requests: Sequence[Mapping[str, Any]]) -> list[Token | BrokerProblem]:
        """Returns a token, or a problem, for each request, in their order. Asks for 100 at a time."""
        cyclers = {request_key(request): (self._cycler(request), request) for request in requests}
        due = [key for key, (cycler, _) in cyclers.items() if cycler.needs_call]
        batch = _Batch(self, [(key, cyclers[key][1]) for key in due])
        waiting = {key: cycler.get(issue=batch.issues.get(key)) for key, (cycler, _) in cyclers.items()}
        outcomes = await asyncio.gather(*waiting.values(), return_exceptions=True)
        results = dict(zip(waiting, outcomes))
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, BrokerProblem):
                raise outcome
        return [results[request_key(request)] for request in requests]  # type: ignore[misc]

    def source(self, request: Mapping[str, Any]) -> Source:
        """Returns the source of tokens for a request."""
        return Source(self, copy.deepcopy(dict(request)))

    async def explain(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Returns what a request would get, without a token."""
        return (await self._post("/tokens/explain", request)).body

    async def complete(self, token_id: str, outcome: str, detail: str | None = None) -> dict[str, Any]:
        """Reports the outcome of the work that a token was for: succeeded, failed or abandoned. Once per token."""
        return await self._complete(token_id, outcome, detail)

    async def with_token(self, request: Mapping[str, Any], use: Callable[[Token], Awaitable[T]]) -> T:
        """Awaits `use` with a token, once more with another one if storage refuses the signature, and completes it."""
        source = self.source(request)
        token = await source.get()
        try:
            try:
                result = await use(token)
            except Exception as error:
                if not is_signature_refused(error):
                    raise
                token = await source.get(refused=token)
                result = await use(token)
        except Exception:
            await self._try_to_complete(token, "failed")
            raise
        await self._try_to_complete(token, "succeeded")
        return result

    def azure(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Returns arguments for the asyncio clients of the Azure SDKs that put a fresh token on every request, and send a
        request again, once, with another one if storage refuses the signature. Needs the extra `aio`."""
        from ._azure_aio import azure_arguments

        return azure_arguments(self.source(request))

    @asynccontextmanager
    async def kept_fresh(self, request: Mapping[str, Any]) -> AsyncIterator[Any]:
        """Yields an `AzureSasCredential` that is updated in the background. Needs the extra `azure`."""
        from ._azure_aio import kept_fresh

        async with kept_fresh(self.source(request)) as credential:
            yield credential

    async def close(self) -> None:
        """Forgets every token, ends every call, and refuses further ones."""
        self._is_closed = True
        self._cyclers.clear()
        for task in self._running:
            task.cancel()

    def _cycler(self, request: Mapping[str, Any]) -> _Cycler:
        async def issue() -> tuple[Token, float]:
            reply = await self._post("/tokens", request)
            return read_token(reply.body), reply.sent_at

        return self._cyclers.get_or_add(request_key(request), lambda: _Cycler(self, issue))

    async def _complete(self, token_id: str, outcome: str, detail: str | None, attempts: int | None = None) -> dict[str, Any]:
        body = {"outcome": outcome, **({} if detail is None else {"detail": detail})}
        return (await self._post(f"/tokens/{quote(token_id, safe='')}/completion", body, attempts)).body

    async def _try_to_complete(self, token: Token, outcome: str) -> None:
        try:
            await self._complete(token["id"], outcome, None, attempts=1)
        except Exception:
            pass

    async def _post(self, path: str, body: Any, attempts: int | None = None) -> Reply:
        if self._is_closed:
            raise closed()
        work = asyncio.ensure_future(self._post_until_done(path, to_json(body), attempts))
        self._running.add(work)
        try:
            return await work
        except asyncio.CancelledError:
            if self._is_closed:
                raise closed() from None
            raise
        finally:
            self._running.discard(work)

    async def _post_until_done(self, path: str, content: bytes, attempts: int | None) -> Reply:
        tries = Tries(self._retry, attempts)
        while True:
            bearer = self._get_bearer(refused=tries.is_bearer_refused)
            token = await bearer if inspect.isawaitable(bearer) else bearer
            outcome = await _in_thread(lambda: try_once(self._endpoint + path, content, token, self._timeout))
            if isinstance(outcome, Reply):
                return outcome
            await asyncio.sleep(tries.after(outcome))


class Source:
    """The tokens of one request."""

    def __init__(self, broker: SasBroker, request: Mapping[str, Any]) -> None:
        self._broker, self._request = broker, request

    async def get(self, refused: Mapping[str, Any] | None = None) -> Token:
        """Returns a token that has not expired. `refused` is one that storage refused: it is never returned again."""
        return await self._broker._cycler(self._request).get(refused)

    def seconds_until_refresh(self) -> float:
        """Returns how long the kept token needs no other one."""
        return self._broker._cycler(self._request).seconds_until_refresh()


class _Shared:
    """A task that several callers wait for. It is cancelled once all of them have stopped waiting, unless it is kept."""

    def __init__(self, work: Coroutine[Any, Any, Any], is_kept: bool = False) -> None:
        self.task = asyncio.ensure_future(work)
        self.task.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._waiting, self._is_kept, self._is_abandoned = 0, is_kept, False

    @property
    def is_running(self) -> bool:
        return not self.task.done() and not self._is_abandoned

    async def join(self) -> Any:
        self._waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self._waiting -= 1
            if self._waiting == 0 and not self._is_kept and not self.task.done():
                self._is_abandoned = True
                self.task.cancel()


class _Cycler:
    """Keeps the token of one request, refreshes it in the background, and replaces it before it expires."""

    def __init__(self, broker: SasBroker, issue: Issue) -> None:
        self._broker, self._issue = broker, issue
        self._kept = KeptToken()
        self._call: _Shared | None = None

    @property
    def needs_call(self) -> bool:
        return self._running() is None and self._kept.is_due(time.monotonic())

    def seconds_until_refresh(self) -> float:
        return self._kept.seconds_until_refresh(time.monotonic())

    async def get(self, refused: Mapping[str, Any] | None = None, issue: Issue | None = None) -> Token:
        if refused is not None:
            self._kept.refuse(refused)
        token = self._kept.usable(time.monotonic())
        if token is not None:
            if self.needs_call:
                self._start(issue or self._issue, True)
            return token
        self._kept.raise_denial(time.monotonic())
        call = self._running() or self._start(issue or self._issue, False)
        return await call.join()  # type: ignore[no-any-return]

    def _running(self) -> _Shared | None:
        return self._call if self._call is not None and self._call.is_running else None

    def _start(self, issue: Issue, is_background: bool) -> _Shared:
        self._call = _Shared(self._replace(issue), is_background)
        return self._call

    async def _replace(self, issue: Issue) -> Token:
        try:
            token, sent_at = await self._issue_unrefused(issue)
        except Exception as error:
            self._kept.fail(error, time.monotonic())
            raise
        self._kept.keep(token, sent_at)
        return token

    async def _issue_unrefused(self, issue: Issue) -> tuple[Token, float]:
        issued = await issue()
        if not self._kept.is_refused(issued[0]):
            return issued
        await asyncio.sleep(REPEATED_TOKEN_PAUSE)
        issued = await self._issue()
        if not self._kept.is_refused(issued[0]):
            return issued
        raise repeated_token()


class _Batch:
    """Issues many tokens with few calls, one call at a time."""

    def __init__(self, broker: SasBroker, items: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        self._broker = broker
        self._chunks = [items[at:at + MOST_IN_A_CALL] for at in range(0, len(items), MOST_IN_A_CALL)]
        self._calls: dict[int, _Shared] = {}
        self.issues: dict[str, Issue] = {
            key: self._issue(place, index) for place, chunk in enumerate(self._chunks) for index, (key, _) in enumerate(chunk)
        }

    def _issue(self, place: int, index: int) -> Issue:
        async def issue() -> tuple[Token, float]:
            if place not in self._calls:
                self._calls[place] = _Shared(self._post(place))
            reply = await self._calls[place].join()
            return read_item(reply.body.get("results"), index, reply.sent_at, None)

        return issue

    async def _post(self, place: int) -> Reply:
        if place - 1 in self._calls:
            await asyncio.wait([self._calls[place - 1].task])
        requests = [request for _, request in self._chunks[place]]
        return await self._broker._post("/tokens/batch", {"requests": requests})


async def _in_thread(work: Callable[[], T]) -> T:
    """Runs work in a thread of its own, which nothing waits for if the caller is cancelled."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)  # type: ignore[arg-type]
        else:
            future.set_exception(error)

    def run() -> None:
        try:
            outcome: tuple[T | None, BaseException | None] = (work(), None)
        except BaseException as error:
            outcome = (None, error)
        try:
            loop.call_soon_threadsafe(settle, *outcome)
        except RuntimeError:
            pass  # the loop was closed meanwhile

    threading.Thread(target=run, daemon=True, name="sas-token-broker").start()
    return await future
