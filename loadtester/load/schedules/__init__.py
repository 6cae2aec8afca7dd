"""Schedules: one file per pacing behind `base.Schedule`."""
