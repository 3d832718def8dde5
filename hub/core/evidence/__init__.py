"""Statements that the hub signs and others countersign: evidence of events, receipts, acknowledgements, manifests.

In        an event, the agencies concerned, its time; or bytes that claim to be evidence.
Out       canonical bytes, one spelling for one meaning, and the same read back strictly.
May use   the core's ground, `signature` and `log`.
A crash   leaves nothing behind. A change of the bytes made here would leave receipts that no longer verify: the golden
          vectors (`tests/vectors`) hold them fast.
"""
