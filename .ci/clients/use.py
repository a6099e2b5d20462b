import asyncio
import os

from sas_token_broker import BrokerProblem, SasBroker, aio

request = {"url": "https://media.example/uploads/1", "permissions": "r"}
broker = SasBroker(os.environ["SASB_BROKER"], lambda refused=False: "bearer")
assert broker.token(request)["id"] == "id-1"
broker.close()
try:
    broker.token(request)
except BrokerProblem as problem:
    assert (problem.code, problem.status, problem.request_id) == ("closed", 0, None)


async def use():
    later = aio.SasBroker(os.environ["SASB_BROKER"], lambda refused=False: "bearer")
    assert (await later.source(request).get())["id"] == "id-1"
    await later.close()


asyncio.run(use())
