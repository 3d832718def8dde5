"""The interface under /v1, one file for each noun, and the table from which OpenAPI is written.

In        a checked `Call`: caller, query and body are of the types that the route declares.
Out       a record of `core.wire`, or an error that `dispatch` turns into a problem.
May use   `http`, `exchange`, `access`, `auditing`, `evidence_export`, `upkeep`.
A crash   in a handler is one answer of 500, logged with its trace, and a defect.
"""
