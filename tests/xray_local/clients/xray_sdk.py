"""A program that AWS's SDK for Python traces; run by test_python. Prints its sampling decisions."""

import json

from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.sampling.connector import ServiceConnector

xray_recorder.configure(service="sdk-app", sampling=True, streaming_threshold=0)
sampler = xray_recorder.sampler


def decide(path: str) -> object:
    return sampler.should_trace({"method": "GET", "path": path, "host": "h", "service": "sdk-app"})


def main() -> None:
    # What the SDK's own threads do every five minutes and every ten seconds, at once.
    assert isinstance(sampler._connector, ServiceConnector)
    sampler._started = True
    sampler._rule_poller._refresh_cache()
    quiet = [bool(decide("/quiet")) for _ in range(50)]
    borrowed = [bool(decide("/busy")) for _ in range(50)]
    sampler._target_poller._do_work()
    granted = [decide("/busy") for _ in range(50)]
    segment = xray_recorder.begin_segment(name="sdk-app", sampling=1)
    segment.put_http_meta("url", "http://sdk-app/buy")
    segment.put_http_meta("status", 500)
    segment.put_annotation("order", 7)
    segment.set_user("kim")
    try:
        with xray_recorder.in_subsegment("payment", namespace="remote"):
            raise OSError("no payment today")
    except OSError:
        segment.add_fault_flag()
    trace_id = segment.trace_id
    xray_recorder.end_segment()
    print(
        json.dumps(
            {
                "trace_id": trace_id,
                "quiet": sum(quiet),
                "borrowed": sum(borrowed),
                "granted": sum(map(bool, granted)),
                "rule": next(filter(None, granted), None),
            }
        )
    )


if __name__ == "__main__":
    main()
