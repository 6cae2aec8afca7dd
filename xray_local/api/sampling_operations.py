"""Operations of centralized sampling."""

from __future__ import annotations

from typing import Any

from xray_local.api.errors import ApiError, invalid
from xray_local.api.parameters import Parameters
from xray_local.api.state import State
from xray_local.sampling.rules import RuleError, TooManyRulesError, name_of, read_rule
from xray_local.sampling.targets import Report

_MOST_REPORTS = 25


def get_sampling_rules(state: State, request: Parameters) -> dict[str, Any]:
    """All rules, by ascending priority."""
    del request
    return {"SamplingRuleRecords": state.rules.records()}


def create_sampling_rule(state: State, request: Parameters) -> dict[str, Any]:
    try:
        record = state.rules.create(read_rule(request.object("SamplingRule").fields))
    except TooManyRulesError as error:
        raise ApiError("RuleLimitExceededException", str(error)) from None
    except RuleError as error:
        raise invalid(str(error)) from None
    return {"SamplingRuleRecord": record}


def update_sampling_rule(state: State, request: Parameters) -> dict[str, Any]:
    try:
        record = state.rules.update(request.object("SamplingRuleUpdate").fields)
    except RuleError as error:
        raise invalid(str(error)) from None
    return {"SamplingRuleRecord": record}


def delete_sampling_rule(state: State, request: Parameters) -> dict[str, Any]:
    try:
        record = state.rules.delete(name_of(request.fields))
    except RuleError as error:
        raise invalid(str(error)) from None
    return {"SamplingRuleRecord": record}


def get_sampling_targets(state: State, request: Parameters) -> dict[str, Any]:
    """What each that reports may sample until its next report."""
    reports = request.objects("SamplingStatisticsDocuments")
    if len(reports) > _MOST_REPORTS:
        raise invalid(f"SamplingStatisticsDocuments has more than {_MOST_REPORTS} items")
    targets, unprocessed = [], []
    for one in reports:
        name = one.required_text("RuleName")
        target = state.targets.report(
            Report(
                rule=name,
                client=one.required_text("ClientID")[:24],
                requests=one.whole("RequestCount"),
                sampled=one.whole("SampledCount"),
                borrowed=one.whole("BorrowCount"),
                at_s=one.time_s("Timestamp"),
            )
        )
        if target is None:
            unknown = {"RuleName": name[:32], "ErrorCode": "400", "Message": "Unknown rule"}
            unprocessed.append(unknown)
        else:
            targets.append(target)
    return {
        "SamplingTargetDocuments": targets,
        "LastRuleModification": state.rules.modified_s,
        "UnprocessedStatistics": unprocessed,
    }


def get_sampling_statistic_summaries(state: State, request: Parameters) -> dict[str, Any]:
    del request
    return {"SamplingStatisticSummaries": state.targets.summaries()}
