"""Measuring the axis in ratios taken in one run: against a floor, against libraries, against a peer, against itself.

material   documents of every size, signed beforehand      floor     the least that any such hub must do
verify     ours, signxml and python-xmlsec                 as2       pyas2lib, receiving and answering
driver     a process that sends and times                  rounds    medians and spread of interleaved rounds
suite      the parts of one run, in their order            growth    the same at ten thousand and at a million
results    the report of it                                circular  one document to thousands of communes
papers     electronic results, registered and verified
leaders, pdf_worker   signatures inside PDF files, read in the bounded child
long_polls agencies that wait at their mailboxes           overload, flood   ten times more than the hub can
"""
