import pytest

from rehearsal.faults import Fault
from rehearsal.live.mesh.faults import (
    Delivery,
    application_cluster,
    delivery,
    fault_filter,
    hop_names,
    route_configuration,
)

TEN = {"numerator": 1000, "denominator": "TEN_THOUSAND"}


def _config(fault: Fault) -> dict[str, object]:
    route = route_configuration("hop", fault, "onward")["virtual_hosts"][0]["routes"][0]
    config = dict(route["typed_per_filter_config"]["envoy.filters.http.fault"])
    config.pop("@type")
    return config


@pytest.mark.parametrize(
    ("fault", "config"),
    [
        (Fault("abort", 10, status=503), {"abort": {"http_status": 503, "percentage": TEN}}),
        (Fault("delay", 10, delay_s=0.25), {"delay": {"fixed_delay": "0.25s", "percentage": TEN}}),
        (
            Fault("bandwidth", 10, kbit_per_s=64),
            {"response_rate_limit": {"fixed_limit": {"limit_kbps": 8}, "percentage": TEN}},
        ),
        (
            Fault("abort", 0.01),
            {"abort": {"http_status": 500,
                       "percentage": {"numerator": 1, "denominator": "TEN_THOUSAND"}}},
        ),
    ],
)  # fmt: skip
def test_a_fault_is_its_routes_filter(fault: Fault, config: dict[str, object]) -> None:
    assert _config(fault) == config
    assert fault_filter()["name"] == "envoy.filters.http.fault"


def test_a_fault_meets_only_what_it_is_meant_for() -> None:
    fault = Fault("abort", 10, path="/pay", header=("x-user", "kim"))
    matched, others = route_configuration("hop", fault, "onward")["virtual_hosts"][0]["routes"]
    assert matched["match"] == {
        "prefix": "/pay",
        "headers": [{"name": "x-user", "string_match": {"exact": "kim"}}],
    }
    assert matched["stat_prefix"] == "matched"
    assert others["match"] == {"prefix": "/"}
    assert "typed_per_filter_config" not in others
    assert matched["route"] == others["route"] == {"cluster": "onward", "timeout": "0s"}


def test_a_reset_is_a_route_of_its_share() -> None:
    routes = route_configuration("hop", Fault("reset", 10), "onward")["virtual_hosts"][0]["routes"]
    reset, passed, _ = routes
    assert reset["match"]["runtime_fraction"] == {"default_value": TEN}
    assert reset["route"]["cluster"] == "reset"
    assert (reset["stat_prefix"], passed["stat_prefix"]) == ("reset", "matched")


@pytest.mark.parametrize(
    ("kind", "counter", "expected"),
    [
        ("abort", "http.hop.fault.aborts_injected", Delivery(103, 3)),
        ("delay", "http.hop.fault.delays_injected", Delivery(100, 3)),
        ("bandwidth", "http.hop.fault.response_rl_injected", Delivery(100, 3)),
        ("reset", "vhost.hop.route.reset.upstream_rq_total", Delivery(103, 3)),
    ],
)
def test_what_was_matched_and_delivered(kind: str, counter: str, expected: Delivery) -> None:
    statistics = {"vhost.hop.route.matched.upstream_rq_total": "100", counter: "3", "x": "9"}
    assert delivery("hop", Fault(kind), statistics) == expected  # type: ignore[arg-type]
    assert delivery("hop", Fault(kind), {}) == Delivery()  # type: ignore[arg-type]


def test_counts_add_up() -> None:
    assert Delivery(3, 1) + Delivery(4, 2) == Delivery(7, 3)


def test_hops_are_met_in_order() -> None:
    assert hop_names("pod", [Fault("abort"), Fault("reset")]) == ["pod-fault-0", "pod-fault-1"]
    assert application_cluster("pod") == "pod-application"
