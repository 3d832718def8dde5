"""From the bytes of a submission to the act that it asks for: parsed, checked, verified, routed.

In        a spool of bytes with its digest, the caller, the directory, the anchors.
Out       an act for `record`, or a refusal that the caller can act on; every finding at once.
May use   `core`, `base`, `record`'s acts and the store's files.
A crash   loses a document that was promised to nobody: its sender has no answer and sends it again. Small messages take
          turns on the event loop (`turns`), large ones go to processes of their own (`workers`), which may die.
"""
