"""What the engine makes of inputs, as JSON: `python -m tests.loadtester.load.same_inputs`.

One question per line of standard input, one line back: the same function answers in this process
and in one in which the engine is compiled.
"""

import hashlib
import json
import sys
from typing import Any

from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.http1.heads import Heads, Response
from loadtester.load.http1.response import ResponseReader
from loadtester.load.http2.session import Session
from loadtester.load.measuring.histogram import Histogram
from loadtester.load.measuring.provenance import IS_COMPILED
from loadtester.load.measuring.recorder import Recorder, Timed
from loadtester.load.measuring.result_json import encode_result
from loadtester.load.plan import RequestSpec, Transport
from loadtester.load.transport.route import Router


def histogram(question: dict[str, Any]) -> Any:
    """Counted together, counted one by one, and some quantiles."""
    together, one_by_one = Histogram(), Histogram()
    if question["values_ns"]:
        together.record_all(question["values_ns"])
    for value_ns in question["values_ns"]:
        one_by_one.record(value_ns)
    quantiles = [together.quantile(q) for q in (0.0, 0.5, 0.9, 0.999, 1.0)]
    return [together.to_json(), one_by_one.to_json(), quantiles]


def responses(question: dict[str, Any]) -> Any:
    """Each piece of a stream, and the end of it, until something is wrong."""
    heads = Heads(to_head_request=question["to_head_request"])
    reader, outcomes = ResponseReader(heads, question["cap_bytes"]), list[Any]()
    try:
        for piece in question["pieces"]:
            outcomes.append(_shown(reader.feed(piece.encode("latin-1"))))
        outcomes.append(_shown(reader.eof()))
    except RequestFailed as failure:
        outcomes.append([failure.error_class.value, failure.detail])
    return [outcomes, reader.started, reader.in_body]


def _shown(response: Response | None) -> Any:
    if response is None:
        return None
    return [response.status, response.body_bytes, response.keep_alive, response.location]


def http2(question: dict[str, Any]) -> Any:
    """A request before each piece of a stream that finds none under way, until one is wrong."""
    request = RequestSpec("http://127.0.0.1/x", method="POST", body=bytes(question["body_bytes"]))
    hop, session, outcomes = Router(request, Transport()).first, Session(1000), list[Any]()
    try:
        is_free = True
        for piece in question["pieces"]:
            if is_free:
                outcomes.append(hashlib.sha256(session.request(hop)).hexdigest())
            response = session.receive(bytes.fromhex(piece))
            is_free = response is not None or session.failure is not None
            outcomes += [_shown(response), str(session.failure), session.output().hex()]
    except RequestFailed as failure:
        outcomes.append([failure.error_class.value, failure.detail])
    return [outcomes, session.begun, session.in_body, session.is_done, session.is_writing]


def recorder(question: dict[str, Any]) -> Any:
    """A run in which requests end so."""
    recording = Recorder(is_paced=question["is_paced"], record_cap=question["record_cap"])
    recording.restart(0)
    now_ns = 0
    for fate, status, gap_ns, wait_ns, service_ns in question["requests"]:
        now_ns += gap_ns
        request = Timed()
        request.planned_ns, request.sent_ns = now_ns - wait_ns, now_ns
        request.writing_ns, request.written_ns = now_ns, now_ns + service_ns // 3
        end_ns = now_ns + service_ns
        if fate == "completed":
            response = Response(status, 10, keep_alive=True)
            recording.request_completed(request, response, now_ns + service_ns // 2, end_ns)
        elif fate == "failed":
            recording.request_failed(request, ErrorClass.RESET, f"reset {status}", end_ns)
        else:
            recording.request_aborted(request, end_ns)
    recording.issued(sent=len(question["requests"]), dropped=0, max_backlog=0)
    return encode_result(recording.finish(now_ns + 1_000_000_000))


QUESTIONS = {"histogram": histogram, "responses": responses, "http2": http2, "recorder": recorder}


def answer(question: dict[str, Any]) -> Any:
    """Plain values."""
    return json.loads(json.dumps(QUESTIONS[question["kind"]](question)))


def main() -> None:
    """Say first whether the engine is compiled, then answer."""
    print(json.dumps(IS_COMPILED), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
