"""Messages, signatures, the directory, the log and evidence, as pure functions and records.

In        bytes and values; time and chance come as arguments.
Out       values, or one typed error of `errors` with a stable code and both languages.
May use   lxml, cryptography, msgspec and the standard library's pure part; nothing else of ours.
A crash   loses nothing, since nothing is kept here. An exception that is no error of `errors` is a defect: the caller
          was promised that hostile input ends as a refusal.

Rooms, each on those before it: `edxml`, `signature`, `log`, `directory`, `evidence`, `bundle`, `audit`.
"""
