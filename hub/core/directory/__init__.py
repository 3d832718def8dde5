"""The directory of agencies: senders, recipients, and the heirs to whom documents go when an addressee has ended.

In        entries of agencies, as JSON, CSV or wire records; a day.
Out       an immutable snapshot, the deliveries of a document, or a refusal that names every recipient it concerns.
May use   the core's ground alone.
A crash   leaves nothing behind: the store holds the entries, and each change is a leaf of the log (`log`).
"""
