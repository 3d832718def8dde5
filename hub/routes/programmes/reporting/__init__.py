"""National reporting at the interface: regimes, tables of reporters, sums, and an agency's reports not sent yet."""
