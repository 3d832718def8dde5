"""Webhooks: what happens to an agency, sent to where it asked for it.

In        addresses that agencies register; the log, which grows.
Out       signed POSTs, one endpoint's in their order, each at least once.
May use   the exchange (directory, store, clock), and the network through `courier` alone.
A crash   here loses nothing: how far each endpoint was told is a number of a leaf, and what it was told after that
          number was kept is sent once more, under the same identifier.

    registry     the endpoints, in memory and in the store
    lookout      reads the log once for all of them, and again for one that lags
    courier      the only one who opens a connection: where to, how long, how much is read
    desk         what their owners ask for: register, prove, rotate, replay
    sender       who is next, what becomes of it, when it is tried again
"""
