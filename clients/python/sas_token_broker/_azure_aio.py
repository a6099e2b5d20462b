"""Fresh tokens for the asyncio clients of the Azure SDKs."""
from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, AsyncIterator

from azure.core.credentials import AzureSasCredential

from ._azure import position_of, rewind, says_refused, with_sas
from ._problem import BrokerProblem

if TYPE_CHECKING:
    from .aio import Source

# How often a credential looks for a token that is being asked for, and for one after a failure, in seconds.
POLL, PAUSE = 0.25, 1.0


@asynccontextmanager
async def kept_fresh(source: Source) -> AsyncIterator[AzureSasCredential]:
    """Yields a credential that a task updates until the end of the block."""
    credential = AzureSasCredential((await source.get())["token"])
    task = asyncio.ensure_future(_keep_fresh(credential, source))
    try:
        yield credential
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_fresh(credential: AzureSasCredential, source: Source) -> None:
    while True:
        await asyncio.sleep(max(POLL, source.seconds_until_refresh()))
        try:
            credential.update((await source.get())["token"])
        except BrokerProblem:
            await asyncio.sleep(PAUSE)


def azure_arguments(source: Source) -> dict[str, Any]:
    """Returns `transport` for an asyncio client of the Azure SDKs. The client needs no credential."""
    from azure.core.pipeline.transport import AioHttpTransport

    class FreshSasTransport(AioHttpTransport):
        """Puts a fresh token on every request, and sends it once more with another one if storage refuses it."""

        async def send(self, request: Any, **config: Any) -> Any:
            token, position = await source.get(), position_of(request)
            request.url = with_sas(request.url, token["token"])
            response = await super().send(request, **config)
            if response.status_code != 403:
                return response
            await response.load_body()
            if not says_refused(response) or not rewind(request, position):
                return response
            request.url = with_sas(request.url, (await source.get(refused=token))["token"])
            return await super().send(request, **config)

    return {"transport": FreshSasTransport()}
