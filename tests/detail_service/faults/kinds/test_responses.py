from detail_service.faults.kinds.responses import Status


def test_the_default_is_what_the_original_responds() -> None:
    response = Status(kind="status").response()

    assert (response.status, response.body) == (500, b'"Error"')
    assert dict(response.headers)[b"content-type"] == b"application/json; charset=utf-8"


def test_a_body_that_is_no_json_is_text() -> None:
    response = Status(kind="status", body="Grüße").response()

    assert dict(response.headers) == {
        b"content-type": b"text/plain; charset=utf-8",
        b"content-length": b"7",
    }


def test_statuses_without_a_body_have_none() -> None:
    for status in (204, 304):
        response = Status(kind="status", status=status).response()

        assert (response.body, response.headers) == (b"", ())
