"""What waits for a recipient: mailboxes, the leases under which documents are handed out, and notices of what is new.

In        deliveries that a durable batch placed; questions of agencies that may wait for an answer.
Out       documents under a lease, each to one asker at a time; events to streams.
May use   `core`, `base`, the store's contract, and `record`, which keeps what left for its recipient.
A crash   forgets leases and who listens, nothing else: documents are offered again, an acknowledgement counts once.
"""
