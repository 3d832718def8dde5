"""The server below its routes: connections, TLS, callers, limits, bodies, and errors as problems.

In        bytes of strangers.
Out       a checked `Call` for a handler; answers, problems (RFC 9457) or a closed connection.
May use   `exchange`, `upkeep`, the rooms below them, aiohttp.
A crash   ends one connection; its client asks again. No input leads to a 5xx, to unbounded time or memory.

`listener` takes connections, `overload` lets pieces in by turns, `callers` names the caller, `limits` bounds it,
`bodies` receives bodies, `problems` describes errors, `route_table` finds the route.
"""
