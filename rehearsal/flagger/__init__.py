"""Flagger as a library: the Canary object, its control loop and its lint."""
