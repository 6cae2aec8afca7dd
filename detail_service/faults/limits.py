"""The most that faults may do, to one request and to the process."""

import sys
from dataclasses import dataclass, field

BLOCK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class FaultLimits:
    """Shared by all faults: time and processor time per request, memory per process."""

    delay_s: float = 60.0
    cpu_s: float = 1.0
    memory_bytes: int = 256 * 1024**2


@dataclass(slots=True)
class _Blocks:
    """One fault's memory: blocks that are filled one after the other."""

    blocks: list[bytearray] = field(default_factory=list)
    free_bytes: int = 0
    """How much of the last block is still unused."""
    size_bytes: int = 0


class MemoryBudget:
    """Memory that faults hold, by fault id; never more than `limit_bytes` together.

    Leaks are gathered in blocks and a block counts in full, with the interpreter's overhead, from
    the moment it exists: a million leaks of two bytes cost what is counted and no more.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.held_bytes = 0
        self._owners: dict[str, _Blocks] = {}

    def allocate(self, owner: str, size_bytes: int) -> int:
        """Hold `size_bytes` more, or what the limit leaves; returns how many of them."""
        mine = self._owners.setdefault(owner, _Blocks())
        allocated = min(size_bytes, mine.free_bytes)
        mine.free_bytes -= allocated
        while allocated < size_bytes:
            room = self._add_block(mine)
            if room == 0:
                break
            used = min(room, size_bytes - allocated)
            mine.free_bytes = room - used
            allocated += used
        return allocated

    def _add_block(self, mine: _Blocks) -> int:
        """Add a block as large as the limit allows, at most BLOCK_BYTES; its size."""
        room = min(BLOCK_BYTES, self.limit_bytes - self.held_bytes - OVERHEAD_BYTES)
        if room <= 0:
            return 0
        block = bytearray(b"\xa5") * room
        taken = sys.getsizeof(block) + POINTER_BYTES
        mine.blocks.append(block)
        mine.size_bytes += taken
        self.held_bytes += taken
        return room

    def release(self, owner: str) -> None:
        """Give back all that this fault holds."""
        mine = self._owners.pop(owner, None)
        if mine is not None:
            self.held_bytes -= mine.size_bytes


POINTER_BYTES = 16
"""An entry of a list that grows, on average."""
OVERHEAD_BYTES = sys.getsizeof(bytearray(b"\xa5") * 1) - 1 + POINTER_BYTES
