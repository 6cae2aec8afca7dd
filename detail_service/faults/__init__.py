"""Faults: which requests misbehave, and how.

Pure: `plan` (one validated fault), `dice` (plan, counter, seed -> decision), `scope`, `parsing`,
`envoy`. With state: `board` (the active faults). Thin effects over ASGI: `exchange`, `suffering`.
Every kind of fault is one file in `kinds`.
"""
