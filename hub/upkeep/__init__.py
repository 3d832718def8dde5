"""The hub's own work in the background: nothing here is in the way of an answer.

In        the log as it grows, the clock, answers of witnesses and time-stamp authorities.
Out       cosignatures, time stamps, manifests, certificates kept, old bytes deleted: each by an act of its own, which
          stands beside the work that leads to it.
May use   `record` and the rooms below it.
A crash   in one task is logged and counted, and the task goes on after a pause that grows (`breaker`). A witness or a
          high-water mark that knows more than the store does halts the hub: signing on would make a second history.
"""
