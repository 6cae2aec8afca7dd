"""Deployments whose pods are processes on this machine."""
