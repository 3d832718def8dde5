"""What happens inside a batch: each act reads, decides and writes for one request, in the one writing transaction.

An act is a frozen record of what was decided before (parsed, verified, routed) with a `run` method. It sees the store
through `Scribe.tx`, leaves evidence through the scribe, and returns what the caller is told. A refusal raised by an
act undoes that act alone.
"""
