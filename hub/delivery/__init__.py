"""Documents that wait for a recipient: mailboxes, the leases under which they are handed out, notices of new ones.

In        deliveries that a durable batch placed; questions of agencies that may wait for an answer.
Out       documents under a lease, each to one asker at a time; events to streams.
May use   `core`, `base`, the store's contract, and `record`, which keeps each offer to a recipient.
A crash   forgets leases and listeners, nothing else: documents are offered again, an acknowledgement counts once.
"""
