"""What a schedule or an event triggers, and the tick that drives it (POL-1, SCHED-9)."""
