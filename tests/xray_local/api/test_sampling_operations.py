"""Centralized sampling by boto3."""

from typing import Any

import httpx2
import pytest

from tests.xray_local.api.documents import NOW_S
from xray_local.sampling.rules import MOST_RULES
from xray_local.status import Running

RULE = {
    "RuleName": "ping", "Priority": 10, "FixedRate": 0.5, "ReservoirSize": 7, "ServiceName": "*",
    "ServiceType": "*", "Host": "*", "HTTPMethod": "GET", "URLPath": "/ping", "ResourceARN": "*",
    "Version": 1, "Attributes": {"size": "large"},
}  # fmt: skip


def rules(client: Any) -> dict[str, dict[str, Any]]:
    pages = client.get_paginator("get_sampling_rules").paginate()
    records = [one for page in pages for one in page["SamplingRuleRecords"]]
    return {one["SamplingRule"]["RuleName"]: one["SamplingRule"] for one in records}


def report(client: Any, rule: str, *clients: str) -> dict[str, Any]:
    documents = [
        {"RuleName": rule, "ClientID": one.ljust(24, "0"), "Timestamp": NOW_S, "RequestCount": 9,
         "SampledCount": 2, "BorrowCount": 1}
        for one in clients
    ]  # fmt: skip
    return dict(client.get_sampling_targets(SamplingStatisticsDocuments=documents))


def test_there_is_x_rays_default_rule(client: Any) -> None:
    (default,) = rules(client).values()
    assert (default["RuleName"], default["Priority"]) == ("Default", 10_000)
    assert (default["FixedRate"], default["ReservoirSize"]) == (0.05, 1)


def test_rules_are_created_changed_and_deleted(client: Any) -> None:
    record = client.create_sampling_rule(SamplingRule=RULE)["SamplingRuleRecord"]
    assert record["SamplingRule"].items() >= RULE.items()
    assert list(rules(client)) == ["ping", "Default"]
    changed = client.update_sampling_rule(
        SamplingRuleUpdate={"RuleARN": record["SamplingRule"]["RuleARN"], "FixedRate": 0.0}
    )["SamplingRuleRecord"]
    assert changed["SamplingRule"]["FixedRate"] == 0
    assert changed["SamplingRule"]["URLPath"] == "/ping"
    assert changed["ModifiedAt"] >= changed["CreatedAt"]
    client.update_sampling_rule(SamplingRuleUpdate={"RuleName": "Default", "ReservoirSize": 3})
    assert rules(client)["Default"]["ReservoirSize"] == 3
    client.delete_sampling_rule(RuleName="ping")
    assert list(rules(client)) == ["Default"]


def test_a_reservoir_is_shared_by_those_who_report(client: Any) -> None:
    client.create_sampling_rule(SamplingRule=RULE)
    report(client, "ping", "a")
    report(client, "ping", "b")
    found = report(client, "ping", "a", "b", "c")["SamplingTargetDocuments"]
    assert [one["ReservoirQuota"] for one in found] == [4, 3, 2]
    found = report(client, "ping", "a", "b", "c")["SamplingTargetDocuments"]
    assert [one["ReservoirQuota"] for one in found] == [3, 2, 2]
    assert {one["Interval"] for one in found} == {10}
    assert {one["FixedRate"] for one in found} == {0.5}
    summaries = client.get_sampling_statistic_summaries()["SamplingStatisticSummaries"]
    assert [(one["RequestCount"], one["SampledCount"]) for one in summaries] == [(72, 16)]


def test_a_rule_that_is_gone_is_unprocessed(client: Any) -> None:
    found = report(client, "gone", "a")
    assert found["SamplingTargetDocuments"] == []
    assert found["UnprocessedStatistics"][0]["RuleName"] == "gone"


@pytest.mark.parametrize(
    "change",
    [{"Priority": 0}, {"Priority": 10_000}, {"FixedRate": 1.5}, {"ReservoirSize": -1},
     {"URLPath": "x" * 200}, {"RuleName": "x" * 33}, {"RuleName": "Default"}, {"Version": 2},
     {"Attributes": {str(n): "x" for n in range(6)}}],
)  # fmt: skip
def test_rules_that_cannot_be_are_invalid(
    client: Any, program: Running, change: dict[str, Any]
) -> None:
    body = {"SamplingRule": {**RULE, **change}}
    response = httpx2.post(f"{program.api}/CreateSamplingRule", json=body, trust_env=False)
    assert response.status_code == 400
    assert response.headers["x-amzn-errortype"] == "InvalidRequestException"
    assert list(rules(client)) == ["Default"]


def test_names_and_priorities_are_given_once(client: Any) -> None:
    client.create_sampling_rule(SamplingRule=RULE)
    for change in ({}, {"RuleName": "other"}):
        with pytest.raises(client.exceptions.InvalidRequestException):
            client.create_sampling_rule(SamplingRule={**RULE, **change})


def test_there_are_not_more_rules_than_x_ray_allows(client: Any) -> None:
    for number in range(1, MOST_RULES + 1):
        client.create_sampling_rule(
            SamplingRule={**RULE, "RuleName": f"r{number}", "Priority": number}
        )
    with pytest.raises(client.exceptions.RuleLimitExceededException):
        client.create_sampling_rule(SamplingRule={**RULE, "Priority": 99})


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("update_sampling_rule", {"SamplingRuleUpdate": {"RuleName": "gone", "FixedRate": 0.1}}),
        ("update_sampling_rule", {"SamplingRuleUpdate": {"FixedRate": 0.1}}),
        ("update_sampling_rule", {"SamplingRuleUpdate": {"RuleName": "Default", "Host": "a"}}),
        ("delete_sampling_rule", {"RuleName": "gone"}),
        ("delete_sampling_rule", {"RuleName": "Default"}),
        ("delete_sampling_rule", {}),
    ],
)
def test_changes_that_cannot_be_are_invalid(client: Any, operation: str, fields: Any) -> None:
    with pytest.raises(client.exceptions.InvalidRequestException):
        getattr(client, operation)(**fields)
