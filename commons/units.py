"""Factors between units, each written once."""

NS_PER_US = 1_000
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
US_PER_MS = 1_000
US_PER_S = 1_000_000
MS_PER_S = 1_000
S_PER_MINUTE = 60
S_PER_HOUR = 3_600
S_PER_DAY = 86_400
KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30
