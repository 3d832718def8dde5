"""Makes the bundle of a document: gathers its parts (`hub.core.bundle`) from the store, and proves it.

In        a message that the caller may see, and a wish: with its document, its statuses, under which witnesses.
Out       the bytes of a bundle that audits clean; an alarm where the store does not bear that out.
May use   `exchange` and the rooms below it.
A crash   loses nothing: a bundle is made from the record and can be made again.
"""
