"""The simulator: what a design asks of each server and link over a day, in closed form. No dice, no clock, no files.

`design` says what is simulated, `running` runs it, `outcome` is what comes back. Below them: `pulses` (work over time),
`curves` (its sums and peaks), `queues` (what waits where less is served than asked), `chance` (how far a random peak
lies above the mean).
"""
