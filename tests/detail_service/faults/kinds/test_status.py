from detail_service.faults.kinds.status import Status


def test_the_default_is_what_the_original_answers() -> None:
    answer = Status(kind="status").answer()

    assert (answer.status, answer.body) == (500, b'"Error"')
    assert dict(answer.headers)[b"content-type"] == b"application/json; charset=utf-8"


def test_a_body_that_is_no_json_is_text() -> None:
    answer = Status(kind="status", body="Grüße").answer()

    assert dict(answer.headers) == {
        b"content-type": b"text/plain; charset=utf-8",
        b"content-length": b"7",
    }


def test_statuses_without_a_body_have_none() -> None:
    for status in (204, 304):
        answer = Status(kind="status", status=status).answer()

        assert (answer.body, answer.headers) == (b"", ())
