"""Flagger's control loop: pure, one tick at a time, over a store and five ports."""
