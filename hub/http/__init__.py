"""The server below its routes: connections, TLS, callers, limits, bodies, and errors as problems.

In        bytes of strangers.
Out       a checked `Call` for a handler; answers, problems (RFC 9457) or a closed connection.
May use   `exchange`, `upkeep` and what they stand on, aiohttp.
A crash   ends one connection; its client asks again. No input leads to a 5xx, to unbounded time or memory.

`listener` takes connections, `overload` lets pieces in by turns, `callers` says who it is, `limits` how much, `bodies`
takes in what comes, `problems` says what was wrong, `route_table` finds the route.
"""
