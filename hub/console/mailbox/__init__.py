"""The work of an agency's clerk, without a key: lists, letters to be signed, and signed ones on their way.

In        a clerk's decisions on a page, and later the bytes that its key signed (`hub.agent`; in a sandbox the page).
Out       exact bytes to be signed; all that comes back goes through the exchange like anybody's submission.
May use   the exchange, the search, the book of mail in the store.
A crash   loses letters that were not signed yet. A book that was not written is put right from the record when it is
          next read.
"""
