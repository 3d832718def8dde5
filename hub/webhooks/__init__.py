"""Webhooks: events of an agency, sent to the address that it registered.

In        addresses that agencies register; the log, which grows.
Out       signed POSTs, one endpoint's in their order, each at least once.
May use   the exchange (directory, store, clock), and the network through `courier` alone.
A crash   here loses nothing: how far each endpoint was told is a number of a leaf, and each message after that
          number was kept is sent once more, under the same identifier.

    registry     the endpoints, in memory and in the store
    lookout      reads the log once for all of them, and again for one that lags
    leaves       evidence that was just decoded, for the next endpoint that is told of it
    attempts     the latest tries of each endpoint, kept
    courier      the only part that opens a connection: where to, how long, how much is read
    desk         the owners' calls: register, prove, rotate, replay
    sender       the next endpoint, the outcome, when it is tried again
"""
