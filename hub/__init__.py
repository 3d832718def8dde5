"""A document interconnection axis in a box: agencies submit signed edXML, the hub checks, records and delivers it, and
every step leaves evidence that needs no trust in the hub.

Begin with `exchange`, the story of a document, and follow it down: `admission` makes an act of its bytes, `record`
writes it durably, `delivery` hands it over, `core` knows the meaning of all of it. Above `exchange` stand `http` and
`routes`; `app` puts the parts together. `tests/test_layers.py` reads the order of the rooms aloud.
"""

DISTRIBUTION = "truc"
"""Whose package this is: `truc` looks here, for others have the same name."""
