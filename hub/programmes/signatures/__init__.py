"""Leaders' signatures: the worth of the signatures inside a PDF (NĐ 30/2020 Art. 5), beside the packet's verdict.

An original has two signatures, the competent person's and the agency's. Between them the clerk writes number and date
into the file, which is the field's daily practice and no tampering; a change after the last signature is.

In    facts that a reader took from the file (`facts`), the names in the message
Out   verdicts in the field's words (`verdict`)
"""
