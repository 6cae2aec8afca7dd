from loadtester.load.measuring.tallies import MAX_MESSAGES, OTHER, Counts, ErrorTally, Phase


def test_counts_know_whether_something_got_lost() -> None:
    assert Counts(planned=10, sent=7, completed=4, errors=2, unsent=1, dropped=2, aborted=1).check()
    assert not Counts(planned=10, sent=7, completed=4, errors=2, unsent=1, dropped=2).check()
    assert not Counts(planned=9, sent=7, completed=7, unsent=1).check()


def test_messages_are_kept_up_to_a_number_and_counted_beyond() -> None:
    tally = ErrorTally()
    for k in range(MAX_MESSAGES + 30):
        tally.add(1, f"message {k}")
    assert len(tally.messages) == MAX_MESSAGES + 1
    assert tally.messages[OTHER] == 30
    assert sum(tally.messages.values()) == tally.count
    other = ErrorTally()
    other.add(1, "from elsewhere")
    tally.merge(other)
    assert tally.messages[OTHER] == 31


def test_a_phase_merges_its_extremes() -> None:
    phase = Phase()
    phase.merge(Phase())
    assert phase.mean_ns == 0
    phase.add(5)
    for value_ns in (3, 9, 7):
        phase.add(value_ns)
    assert phase == Phase(4, 24, 3, 9)
    assert phase.mean_ns == 6
