"""Metric checks: availability at bootstrap, then on every analysis tick two separate passes."""
