"""Faults: which requests misbehave, and how.

Pure: `spec` (one validated fault), `dice` (seed, counter -> decision), `scope`, `parsing`, `envoy`,
`response`. With state: `registry` (the active faults), `limits` (what they may use together). Thin
effects over ASGI: `exchange`, `injection`. The kinds are in `kinds`, by phase.
"""
