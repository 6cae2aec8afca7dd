import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.errors import UserError
from rehearsal.faults import Fault, parse_fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("errors=5%", Fault("abort", 5)),
        ("abort=5", Fault("abort", 5)),
        ("errors=5%,path=/x,status=503", Fault("abort", 5, status=503, path="/x")),
        ("errors=0.01%", Fault("abort", 0.01)),
        ("errors=100%,header=X-User: kim ", Fault("abort", 100, header=("x-user", "kim"))),
        ("delay=300ms", Fault("delay", 100, delay_s=0.3)),
        ("delay=1.5s, rate=10%", Fault("delay", 10, delay_s=1.5)),
        ("reset=2%", Fault("reset", 2)),
        ("bandwidth=64kbps,rate=50%", Fault("bandwidth", 50, kbit_per_s=64)),
    ],
)
def test_faults_are_read(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", 'unknown kind ""'),
        ("erors=5%", 'unknown kind "erors"; use errors, delay, reset or bandwidth'),
        ("errors", '"" is not a share'),
        ("errors=0%", '"0%" is not a share'),
        ("errors=101%", '"101%" is not a share'),
        ("errors=nan%", '"nan%" is not a share'),
        ("errors=0.001%", "the smallest share is 0.01%"),
        ("errors=five", '"five" is not a share'),
        ("errors=5%,status=99", 'status "99" is not between 200 and 599'),
        ("errors=5%,status=²", 'status "²"'),
        ("errors=5%,path=x", 'path "x" must begin with /'),
        ("errors=5%,header=x", "header must be NAME:VALUE"),
        ("errors=5%,path=/a,path=/b", "path is given twice"),
        ("errors=5%,foo=1", 'unknown option "foo"'),
        ("errors=5%,path", '"path" is not NAME=VALUE'),
        ("delay=", '"" is not a duration'),
        ("delay=5", '"5" is not a duration'),
        ("delay=2h", '"2h" is not a duration'),
        ("delay=-1s", '"-1s" is not a duration'),
        ("bandwidth=1kbps", '"1kbps" is not a rate'),
        ("bandwidth=fast", '"fast" is not a rate'),
        ("reset=2%,status=500", 'unknown option "status"'),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, said: str) -> None:
    with pytest.raises(UserError) as raised:
        parse_fault(text)
    assert said in str(raised.value)
    assert str(raised.value).startswith(f'fault "{text}": ')


@given(st.text(max_size=200))
def test_no_text_is_more_than_a_user_error(text: str) -> None:
    try:
        fault = parse_fault(text)
    except UserError:
        return
    assert 0 < fault.percent <= 100


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("abort", 5, status=503, path="/x"), "status 503 for 5 % of requests on /x"),
        (Fault("delay", 100, delay_s=0.3), "delay of 0.3 s for 100 % of requests"),
        (
            Fault("reset", 2.5, header=("a", "b")),
            "connection reset for 2.5 % of requests with a: b",
        ),
        (Fault("bandwidth", 50, kbit_per_s=64), "64 kbit/s for 50 % of requests"),
    ],
)
def test_a_fault_says_what_it_does(fault: Fault, text: str) -> None:
    assert str(fault) == text
