"""Uploads a blob in blocks with a Python client and Debian's Azure SDK. The argument is sync or aio.

Standard input has one line of JSON: broker, bearer, request, blocks (how many), size (of one), pause (seconds between two).
After half of the blocks it prints a line and waits for one. The last line has the number of tokens."""
import asyncio
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "clients" / "python"))
from azure.storage.blob import BlobBlock, BlobClient  # noqa: E402
from azure.storage.blob.aio import BlobClient as AioBlobClient  # noqa: E402
from sas_token_broker import SasBroker, aio  # noqa: E402

given = json.loads(sys.stdin.readline())
url = given["request"]["url"]
issued = set()


def get_bearer(refused=False):
    return given["bearer"]


def content(number):
    return bytes([65 + number % 26]) * given["size"]


def is_half(number):
    return number == given["blocks"] // 2


def wait_for_line():
    print("half", flush=True)
    sys.stdin.readline()


def upload():
    broker = SasBroker(given["broker"], get_bearer)
    blob = BlobClient.from_blob_url(url, **broker.azure(given["request"]))
    ids = [f"{number:06}" for number in range(given["blocks"])]
    for number, name in enumerate(ids):
        if is_half(number):
            wait_for_line()
        blob.stage_block(name, content(number))
        issued.add(broker.token(given["request"])["token"])
        time.sleep(given["pause"])
    blob.commit_block_list([BlobBlock(name) for name in ids])
    issued.add(broker.token(given["request"])["token"])


async def upload_later():
    broker = aio.SasBroker(given["broker"], get_bearer)
    ids = [f"{number:06}" for number in range(given["blocks"])]
    async with AioBlobClient.from_blob_url(url, **broker.azure(given["request"])) as blob:
        for number, name in enumerate(ids):
            if is_half(number):
                await asyncio.get_running_loop().run_in_executor(None, wait_for_line)
            await blob.stage_block(name, content(number))
            issued.add((await broker.token(given["request"]))["token"])
            await asyncio.sleep(given["pause"])
        # The credential of kept_fresh is one of the SDK's own, so it serves any client.
        async with broker.kept_fresh(given["request"]) as credential:
            async with AioBlobClient.from_blob_url(url, credential=credential) as other:
                await other.commit_block_list([BlobBlock(name) for name in ids])
    issued.add((await broker.token(given["request"]))["token"])


upload() if sys.argv[1] == "sync" else asyncio.run(upload_later())
print(len(issued))
