"""Admission of large documents in processes of their own: `pool` is the hub's side and `process` one worker there,
`worker` the other side, `wire` what they say to each other. `hub.exchange` calls it in one place."""
