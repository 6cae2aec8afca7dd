import os
from pathlib import Path

from rehearsal.live.processor_waits import ProcessorWaits


def _thread(proc: Path, pid: int, tid: int, text: str) -> None:
    folder = proc / str(pid) / "task" / str(tid)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schedstat").write_text(text)


def test_the_longest_wait_of_one_thread_counts(tmp_path: Path) -> None:
    waits = ProcessorWaits(tmp_path)
    _thread(tmp_path, 7, 7, "100 1000000000 3\n")
    _thread(tmp_path, 7, 8, "100 2000000000 3\n")
    _thread(tmp_path, os.getpid(), 1, "100 0 3\n")
    assert waits.longest_s([7]) == 0.0, "what came before is not counted"
    _thread(tmp_path, 7, 7, "100 1500000000 3\n")
    _thread(tmp_path, 7, 8, "100 2250000000 3\n")
    _thread(tmp_path, 7, 9, "100 9000000000 3\n")
    assert waits.longest_s([7]) == 0.5, "a thread that is new has no before"
    _thread(tmp_path, os.getpid(), 1, "100 750000000 3\n")
    assert waits.longest_s([7]) == 0.75, "this process is one of them"


def test_a_kernel_that_does_not_count_is_no_wait(tmp_path: Path) -> None:
    waits = ProcessorWaits(tmp_path)
    for text in ("", "x y z", "5"):
        _thread(tmp_path, 7, 7, text)
        assert waits.longest_s([7, 999999]) == 0.0


def test_the_real_kernel_is_read() -> None:
    waits = ProcessorWaits()
    waits.longest_s([])
    assert 0.0 <= waits.longest_s([]) < 60.0
