"""When things are done: schedules, maintenance windows and blockout periods (SCHED-1 to SCHED-10)."""
