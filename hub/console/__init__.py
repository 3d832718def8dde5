"""Pages for people: what flows, what needs doing, and each one's own work, on the hub's own port under /console.

Comes in: what a browser asks, with the cookie of a session or none. Goes out: HTML that is whole without a script,
under a policy that runs none but ours. May use every room below: it decides nothing that the interface for programs
would not decide, and writes nothing but who signed in and what that person did. A crash here is one page that says so,
with a code; the axis goes on.
"""
