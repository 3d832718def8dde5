"""The country as a load: agencies that send, fetch, acknowledge, refuse, update and take back, over real HTTP.

country   the shares and curves of the field, as tables          plan     everybody's acts, drawn by a seed
messages  one line of the plan → signed bytes                    corpus   all of it signed beforehand, in files
player    one process that plays its agencies                    run      hub, players, progress, end
check     the invariants, from the players' own records          records  the players' memory
report, page, charts   the report of it                          soak     hours of it against one hub
"""
