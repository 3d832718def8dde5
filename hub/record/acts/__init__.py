"""The acts of a batch: each reads, decides and writes for one request, in the one writing transaction.

In        a frozen record of the decisions made before (parsed, verified, routed), with a `run` method.
Out       the caller's answer; evidence and leaves through the `EvidenceWriter`, rows through its `tx`.
May use   `core`, the store's contract and the writer. Acts of the hub's own account stand in `upkeep` and `auditing`.
A crash   in an act undoes the batch, and each of its acts is tried by itself: a poisonous request fails alone. A
          refusal that an act raises undoes that act alone.
"""
