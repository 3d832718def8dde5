"""The client of the axis for an agency's software; it contains nothing of the hub's inside.

In        an agency's key and chain, a hub's address, the policy under which its log is believed.
Out       documents that verified, receipts that were checked against the bytes, or a typed error of `errors`.
May use   `hub.core` alone; `verify_receipt` not even that, so that somebody else can read it through.
A crash   loses an answer at most: every call may be repeated, the same bytes give the same receipt.

`protocol` is without I/O: it makes requests and reads answers; `transport` sends; `axis` is both for a program.
"""

DISTRIBUTION = "truc"
"""Whose package this is: `truc` looks here, for others have the same name."""
