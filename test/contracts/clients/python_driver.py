"""Uses a Python client as the commands on standard input say: see client-process.ts. The argument is sync or aio."""
import asyncio
import inspect
import json
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "clients" / "python"))
from sas_token_broker import BrokerProblem, SasBroker, aio  # noqa: E402

KIND = sys.argv[1]
brokers, bearers, output = {}, {}, threading.Lock()
real_time = time.time


def told(problem):
    return {"status": problem.status, "code": problem.code, "detail": problem.detail, "errors": problem.errors,
            "requestId": problem.request_id}


def new_broker(command):
    name, options = command["broker"], command["options"]
    asked = bearers[name] = []

    def get_bearer(refused=False):
        asked.append(refused)
        return f"bearer-{len(asked)}"

    async def get_bearer_later(refused=False):
        return get_bearer(refused)

    arguments = {"retry": {"attempts": options["retry"]["attempts"], "max_delay": options["retry"]["maxDelayMs"] / 1000},
                 "timeout": options["timeoutMs"] / 1000}
    if "maxKept" in options:
        arguments["max_kept"] = options["maxKept"]
    make, bearer = (SasBroker, get_bearer) if KIND == "sync" else (aio.SasBroker, get_bearer_later)
    brokers[name] = make(options["endpoint"], bearer, **arguments)


def set_clock(seconds):
    time.time = lambda: real_time() + seconds


def use_once(uses, token):
    use = uses.pop(0)
    if use == "refused":
        error = Exception("AuthenticationFailed")
        error.status_code = 403
        raise error
    if use == "fault":
        raise OSError("disk full")
    return token["id"]


async def use_once_later(uses, token):
    return use_once(uses, token)


def start(command):
    """Returns the result of a command, for asyncio an awaitable."""
    name, request = command["do"], command.get("request")
    if name == "new":
        return new_broker(command)
    if name == "clock":
        return set_clock(command["seconds"])
    broker = brokers[command["broker"]]
    if name == "token":
        return broker.token(request)
    if name == "tokens":
        return broker.tokens(command["requests"])
    if name == "source":
        return broker.source(request).get(refused=command.get("refused"))
    if name == "explain":
        return broker.explain(request)
    if name == "complete":
        return broker.complete(command["token"], **command["completion"])
    if name == "with":
        use = use_once if KIND == "sync" else use_once_later
        return broker.with_token(request, lambda token: use(command["uses"], token))
    if name == "close":
        return broker.close()
    if name == "bearers":
        return bearers[command["broker"]]
    return repr(broker) + repr(broker.source(request)) + repr(vars(BrokerProblem(403)))


def reply(command, outcome):
    with output:
        print(json.dumps({"id": command["id"], **outcome}), flush=True)


def outcome_of(error):
    if isinstance(error, BrokerProblem):
        return {"problem": told(error)}
    return {"error": f"{type(error).__name__}: {error}"}


def shown(value):
    return [told(one) if isinstance(one, BrokerProblem) else one for one in value] if isinstance(value, list) else value


def run(command):
    try:
        for _ in range(command.get("times", 1)):
            value = start(command)
        reply(command, {"value": shown(value)})
    except BaseException as error:
        reply(command, outcome_of(error))


async def run_later(command):
    async def work():
        for _ in range(command.get("times", 1)):
            value = start(command)
            value = await value if inspect.isawaitable(value) else value
        return value

    try:
        abort_after = command.get("abortAfterMs")
        value = await (work() if abort_after is None else asyncio.wait_for(work(), abort_after / 1000))
        reply(command, {"value": shown(value)})
    except BaseException as error:
        reply(command, outcome_of(error))


async def main():
    loop, tasks = asyncio.get_running_loop(), set()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = asyncio.ensure_future(run_later(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


if KIND == "sync":
    for line in sys.stdin:
        threading.Thread(target=run, args=(json.loads(line),), daemon=True).start()
else:
    asyncio.run(main())
