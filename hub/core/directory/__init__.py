"""The directory of agencies: who may send, who receives, and where a document goes whose addressee has ended.

In        entries of agencies, as JSON, CSV or wire records; a day.
Out       an immutable snapshot, the deliveries of a document, or a refusal that names every recipient it concerns.
May use   the core's ground alone.
A crash   leaves nothing behind: the store holds the entries, and each change is a leaf of the log (`log`).
"""
