"""Counts requests and writes one line for each, so that a demonstration can show what came here."""

import sys
import time
from collections import Counter
from threading import Lock
from typing import Any, Dict


class RequestLog:
    """ASGI middleware. Counts by method and route template, so its memory is bounded."""

    def __init__(self, app: Any, counts: "Counts", silent_path: str) -> None:
        self._app = app
        self._counts = counts
        self._silent_path = silent_path

    async def __call__(self, scope: Dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] == self._silent_path:
            await self._app(scope, receive, send)
            return
        status = 0
        began = time.monotonic()

        async def noting_send(message: Dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting_send)
        finally:
            route = scope.get("route")
            template = route.path if route is not None else "(no route)"
            self._counts.add(f"{scope['method']} {template}")
            took = (time.monotonic() - began) * 1000
            target = scope["path"]
            if scope["query_string"]:
                target += "?" + scope["query_string"].decode("latin-1")
            line = f"api: {scope['method']} {target!r} {status} {took:.1f} ms"
            print(line, file=sys.stderr, flush=True)


class Counts:
    def __init__(self) -> None:
        self._lock = Lock()
        self._by_route: "Counter[str]" = Counter()

    def add(self, route: str) -> None:
        with self._lock:
            self._by_route[route] += 1

    def snapshot(self) -> Dict[str, Any]:
        with self._lock:
            return {"total": sum(self._by_route.values()), "by_route": dict(self._by_route)}
