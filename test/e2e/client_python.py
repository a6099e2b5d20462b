"""Runs steps with docs/clients/broker-client.py: reads {broker, bearer, steps} from stdin, writes a list of outcomes to stdout."""
import importlib.util
import json
import pathlib
import sys
import types
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

FILE = pathlib.Path(__file__).parents[2] / "docs" / "clients" / "broker-client.py"
SPEC = importlib.util.spec_from_file_location("broker_client", FILE)
broker_client = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(broker_client)


def send(url, method="GET", body=None):
    headers = {"x-ms-blob-type": "BlockBlob"} if method == "PUT" else {}
    call = urllib.request.Request(url, None if body is None else body.encode(), headers, method=method)
    with urllib.request.urlopen(call, timeout=30) as reply:
        return types.SimpleNamespace(status_code=reply.status, text=reply.read().decode())


def send_and_return(url, method="GET", body=None):
    """Sends like a library that does not raise for error statuses, such as requests."""
    try:
        return send(url, method, body)
    except urllib.error.HTTPError as error:
        return types.SimpleNamespace(status_code=error.code, headers=error.headers, text=error.read().decode())


def outcome(work):
    try:
        return work()
    except broker_client.BrokerError as error:
        told = {name: getattr(error, name) for name in ("status", "code", "detail", "errors")}
        return {**told, "requestId": error.request_id, "message": str(error)}
    except urllib.error.HTTPError as error:
        return {"status": error.code}


def use(client, step):
    way = send if step.get("as") == "raised" else send_and_return
    reply = client.with_token(step["use"], lambda url, _: way(url, step.get("method", "GET"), step.get("body")))
    return {"status": reply.status_code, "body": reply.text if reply.status_code < 300 else ""}


def take(client, step):
    if "ask" in step:
        work = [lambda request=request: {"url": client.token(request)["url"]} for request in step["ask"]]
    elif "use" in step:
        work = [lambda: use(client, step)] * step.get("times", 1)
    elif "call" in step:
        send(step["call"], "POST", "")
        return []
    else:
        return [repr(client), str(vars(broker_client.BrokerError(403, {"code": "forbidden"})))]
    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(outcome, work))


given = json.load(sys.stdin)
broker = broker_client.BrokerClient(given["broker"], lambda: given["bearer"])
json.dump([take(broker, step) for step in given["steps"]], sys.stdout)
