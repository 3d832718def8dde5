"""Pages for people: the flow, the work that is due, and each one's own part, on the hub's own port under /console.

Comes in: a browser's call, with the cookie of a session or none. Goes out: HTML that is whole without a script,
under a policy that runs none but ours. May use every room below: it decides nothing that the interface for programs
would not decide, and writes nothing but sign-ins and a person's acts. A crash here is one page that says so,
with a code; the axis goes on.
"""
