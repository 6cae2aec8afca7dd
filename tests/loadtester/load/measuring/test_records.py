from loadtester.load.measuring.records import RawRecords, Record


def record(offset: int) -> Record:
    return Record(offset, 1, 2, 3, 4, 5, 6, 7, 200)


def ring(capacity: int, offsets: range) -> RawRecords:
    records = RawRecords(capacity)
    for offset in offsets:
        records.append(record(offset))
    return records


def test_the_newest_are_kept_oldest_first() -> None:
    records = ring(4, range(11))
    assert [r.offset_ns for r in records] == [7, 8, 9, 10]
    assert records.forgotten == 7


def test_a_ring_of_nothing_keeps_nothing() -> None:
    records = ring(0, range(3))
    assert list(records) == []


def test_merged_records_are_in_order_of_time() -> None:
    records = ring(4, range(0, 20, 2))
    records.merge(ring(4, range(1, 20, 2)))
    assert [r.offset_ns for r in records] == [12, 13, 14, 15, 16, 17, 18, 19]
    assert records.forgotten == 12


def test_json_loses_nothing() -> None:
    records = ring(4, range(6))
    again = RawRecords.from_json(records.to_json())
    assert list(again) == list(records)
    assert (again.capacity, again.forgotten) == (4, 2)
