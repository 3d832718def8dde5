"""Signatures inside PDF files, read in a process of its own.

In        the bytes of a file, anchors and revocation lists as DER, the time at which the file was received
Out       `PdfFacts`, typed; the caller gets facts or a trouble, even of a reader that died
May use   core, base, programmes; `reader` alone knows pyHanko, which the extra `pdf` installs
A crash   of the reader is a file that could not be read; the process that forks it is started again for the next one

pyHanko bounds hostile files only in part: 3,000 empty revisions (450 kB) take it 38 s, 100,000 fields 320 MB. So the
bytes are counted first (`before`), and each file is read by a forked child with bounds on memory, processor time and
wall time that the kernel keeps.
"""
