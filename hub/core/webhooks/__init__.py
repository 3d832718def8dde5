"""Webhooks, after Standard Webhooks: kinds, payload, signatures, the pauses between tries, where one may go.

In        a happening, keys, a time; an address; a number of failures.
Out       bytes and headers to be sent, a verdict on those that were received, milliseconds to wait.
May use   the core below it. No clock, no network, no chance: each is an argument.
A crash   here would hold up one webhook; nothing of the record depends on it.
"""
