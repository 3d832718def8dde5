"""Keys and certificates: a hub's own, those of a demonstration, an authority of time stamps to try
with.

In        a folder, names of agencies, the clock as an argument.
Out       files that are 0600 from their first byte; certificates, revocation lists, tokens.
May use   `core` alone. Chance is needed here, which is why it is no part of the core.
A crash   leaves a file that is whole or not there; a missing one is made at the next start, keys never twice.
"""
