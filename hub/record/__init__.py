"""The record: acts go in, one durable transaction with evidence, leaves and one signed checkpoint comes out.

In        acts (`acts`), each a frozen record of one request.
Out       for each act its answer and its receipts, **only when the transaction is durable**; or a refusal.
May use   `core`, `base`, the store's contract. Listeners hear of new deliveries through `listeners`.
A crash   before the commit undoes the whole batch and nobody was promised anything; after it everything is there. When
          the outcome of a commit is unknown, `sequencer` reads the store again before it believes anything.
"""
