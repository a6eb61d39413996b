"""Metering: which programs are used, by whom, how long and how often; which are denied."""
