"""A client for the SAS token broker, to copy as broker_client.py. Python 3.9 or newer, no dependencies."""
import json
import random
import re
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import Future
from datetime import datetime
from email.utils import parsedate_to_datetime

TRIES, LONGEST_WAIT_SECONDS = 4, 60


class BrokerError(Exception):
    """The broker's answer instead of a token. The broker's operators can find the call by its `request_id`."""
    def __init__(self, status, problem):
        self.status, self.code = status, problem.get("code", f"http_{status}")
        self.detail, self.errors = problem.get("detail", ""), problem.get("errors", [])
        self.request_id = problem.get("requestId")
        faults = "".join(f" {fault['path']}: {fault['message']}" for fault in self.errors)
        super().__init__(f"{self.code}: {self.detail}{faults}")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None  # urllib would send the bearer token along, to any host


class BrokerClient:
    """Caches tokens, in memory only. Use one client per caller: the cache key is the request alone."""

    def __init__(self, broker, get_bearer):
        """`broker` is https://…/api. `get_bearer()` is called before every call, so it can renew the bearer token."""
        self._endpoint, self._get_bearer = f"{broker}/tokens", get_bearer
        self._open = urllib.request.build_opener(_NoRedirect).open
        self._lock, self._kept = threading.Lock(), {}

    def token(self, request):
        """Returns the reply to `request`; both are dicts as in docs/http-api.md. Threads that make equal requests at
        the same time share one call, and its reply is reused until its `refreshAfter`."""
        key, mine = json.dumps(request, sort_keys=True), Future()
        mine.until, mine.reply = float("inf"), None
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if time.time() < kept.until}
            kept = self._kept.setdefault(key, mine)
        if kept is mine:
            try:
                mine.reply = self._issue(request)
                mine.until = datetime.fromisoformat(mine.reply["refreshAfter"].replace("Z", "+00:00")).timestamp()
                mine.set_result(mine.reply)
            except BaseException as error:
                mine.until = 0
                mine.set_exception(error)
        return kept.result()

    def with_token(self, request, use):
        """Calls `use(url, token)`, and again with a fresh token if storage rejects the signature. `use` must create its
        body each time. Recognises errors of urllib, requests and the Azure SDKs, and a returned response."""
        token = self.token(request)
        try:
            result = use(token["url"], token)
            if not self._signature_refused(result):
                return result
        except Exception as error:
            if not self._signature_refused(error):
                raise
        with self._lock:  # the cached token may be newer, if another thread was refused first
            self._kept = {key: kept for key, kept in self._kept.items() if kept.reply is not token}
        fresh = self.token(request)
        return use(fresh["url"], fresh)

    def _issue(self, request):
        for tried in range(1, TRIES + 1):
            headers = {"Authorization": f"Bearer {self._get_bearer()}", "Content-Type": "application/json"}
            call = urllib.request.Request(self._endpoint, json.dumps(request).encode(), headers, method="POST")
            try:
                with self._open(call, timeout=30) as reply:
                    return json.load(reply)
            except urllib.error.HTTPError as refusal:
                wait = self._seconds_to_wait(refusal.headers.get("Retry-After", ""), tried)
                if refusal.code not in (429, 503) or wait > LONGEST_WAIT_SECONDS or tried == TRIES:
                    is_problem = refusal.headers.get_content_type() == "application/problem+json"
                    raise BrokerError(refusal.code, json.load(refusal) if is_problem else {}) from None
            time.sleep(wait * (1 + random.random() / 2))

    @staticmethod
    def _seconds_to_wait(header, tried):  # a number or a date
        try:
            return int(header) if header.isdigit() else max(0, parsedate_to_datetime(header).timestamp() - time.time())
        except (TypeError, ValueError):
            return 2 ** (tried - 1)

    @staticmethod
    def _signature_refused(outcome):  # a missing permission is a 403 too, but a new token does not help
        found = (outcome, getattr(outcome, "response", None))
        status = [getattr(one, name, None) for one in found for name in ("code", "status_code")]
        said = f"{outcome} {getattr(outcome, 'headers', '')} {getattr(outcome, 'text', '')}"
        return 403 in status and bool(re.search("AuthenticationFailed|signature", said, re.IGNORECASE))
