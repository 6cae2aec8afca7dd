from loadtester.load.observer import StopSignal


def test_it_steps_towards_the_end_and_stays_there() -> None:
    stop, heard = StopSignal(), list[int]()
    stop.subscribe(heard.append)
    for _ in range(4):
        stop.request()
    assert stop.level == 2
    assert heard == [1, 2, 2, 2]


def test_who_has_unsubscribed_hears_nothing() -> None:
    stop, heard = StopSignal(), list[int]()
    stop.subscribe(heard.append)()
    stop.request()
    assert heard == []


def test_a_request_may_interrupt_a_request() -> None:
    """As a second signal may interrupt the handler of the first."""
    stop, heard = StopSignal(), list[int]()

    def again(level: int) -> None:
        heard.append(level)
        if len(heard) == 1:
            stop.request()

    stop.subscribe(again)
    stop.request()
    assert heard == [1, 2]
