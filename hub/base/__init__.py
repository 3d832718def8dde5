"""The ground of every process of ours: settings, metrics, clock, event loop, log lines, version, named instants.

In        `hub.toml`, the environment, the clock.
Out       settings that were checked, counters, a process that is set up.
May use   `core`.
A crash   at the start is a sentence about a setting; later there is none, since nothing here waits or writes.
"""
