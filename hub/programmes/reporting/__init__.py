"""National reporting (NĐ 09/2019/NĐ-CP, TT 01/2020/TT-VPCP): regimes, periods, deadlines, roll-up.

A regime names the figures, the reporters, the receivers and the deadlines: it is data (`regimes/*.toml`). A report is
an issued document like any other, signed by the agency that answers for it, with its figures as a data packet attached.

In    regimes, the directory, reports as the axis accepted them
Out   periods with window and deadline for each tier, checked figures, sums over tiers with the holes shown
"""
