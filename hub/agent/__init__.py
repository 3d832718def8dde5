"""`truc agent`: an agency's key beside a clerk's browser, which the hub's pages ask for signatures.

In        over loopback HTTP, from pages of one origin that were paired: messages as they would be sent, and words of an
          acknowledgement with the documents that it is about.
Out       each of them signed, once the person at the terminal has seen it and said yes.
May use   `hub.core` to read and sign, `hub.pki` for the key, the listener. It knows no hub: it sends nothing anywhere.
A crash   signs nothing. A page asks again.

A page is believed in nothing. The text that is shown was read from the very bytes that are signed; every digest is
computed here; SignedInfo is made here. No opaque digest is ever signed.
"""
