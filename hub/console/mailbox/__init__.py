"""The work of an agency's clerk, without a key: lists, letters to be signed, and what was signed on its way.

In        what a clerk decides on a page, and later what its key signed (`hub.agent`; in a sandbox the page).
Out       exact bytes to be signed; whatever comes back goes through the exchange like anybody's submission.
May use   the exchange, the search, the book of mail in the store.
A crash   loses what was not signed yet. A book that was not written is put right from the record when it is next read.
"""
