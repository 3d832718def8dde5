"""From method and path to the route that serves them.

Paths without a variable are found by one look into a dictionary, as they are written on the wire. All others are for
aiohttp's dispatcher, which also knows paths that are not there (404) and the methods of a path (405).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from aiohttp import web
from prometheus_client import Counter, Histogram

from hub.base.metrics import Metrics
from hub.http.call import NO_PATH, Route


class Account:
    """The counts of one path. Each child of a metric is looked up once, when there is something to count."""

    def __init__(self, metrics: Metrics, path: str) -> None:
        self.path = path
        self._metrics = metrics
        self._children: dict[int, tuple[Counter, Histogram]] = {}

    def add(self, status: int, seconds: float) -> None:
        children = self._children.get(status)
        if children is None:
            metrics = self._metrics
            children = metrics.requests.labels(self.path, str(status)), metrics.seconds.labels(self.path)
            self._children[status] = children
        children[0].inc()
        children[1].observe(seconds)


class Served(NamedTuple):
    """A route with the account of its path."""

    route: Route
    account: Account


class Table:
    """The routes by method and path."""

    def __init__(self, routes: Sequence[Route], metrics: Metrics) -> None:
        accounts = {path: Account(metrics, path) for path in dict.fromkeys(route.path for route in routes)}
        self._exact: dict[tuple[str, str], Served] = {}
        self._matched: dict[web.AbstractRoute, Served] = {}
        self._dispatcher = web.UrlDispatcher()
        for route in routes:
            served = Served(route, accounts[route.path])
            self._add(route.method, served)
            if route.method == "GET" and not route.endless:
                self._add("HEAD", served)
        self._dispatcher.freeze()

    def _add(self, method: str, served: Served) -> None:
        path = served.route.path
        self._matched[self._dispatcher.add_route(method, path, _never)] = served
        if "{" not in path:
            self._exact[method, path] = served

    def exact(self, method: str, path: str) -> Served | None:
        return self._exact.get((method, path))

    async def match(self, request: web.Request) -> tuple[Served, Mapping[str, str]]:
        """The route and the variables of its path. HTTPNotFound or HTTPMethodNotAllowed where there is none."""
        found = await self._dispatcher.resolve(request)
        if found.http_exception is not None:
            raise found.http_exception
        return self._matched[found.route], MappingProxyType(found) if found else NO_PATH


async def _never(request: web.Request) -> web.StreamResponse:
    raise NotImplementedError(f"{request.path} is served by the table")
