"""Every series that a check asks for is one that somebody exports, under the labels it asks by."""

import re

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from rehearsal.flagger.providers import queries_of
from tests.k8s import programs
from tests.k8s.cluster import PROVIDERS, Manifest, build, canary, containers, of_kind

SELECTOR = re.compile(r"([a-z_]+)\s*\{([^}]*)\}", re.S)
OWN_METRICS = ("gatewayapi", "kubernetes")


def selectors(promql: str) -> dict[str, set[str]]:
    """The labels that a query asks by, per series."""
    # Flagger's own braces stand inside quotes
    plain = re.sub(r"\{\{ *(\w+) *\}\}", r"\1", promql)
    return {
        name: set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", inside))
        for name, inside in SELECTOR.findall(plain)
    }


def job() -> Manifest:
    (config,) = of_kind(build("addons/prometheus"), "ConfigMap")
    (found,) = yaml.safe_load(config["data"]["prometheus.yml"])["scrape_configs"]
    scrape: Manifest = found
    return scrape


@pytest.fixture(scope="module")
def exported() -> dict[str, set[str]]:
    """What detail exports after one request: labels per series."""
    (container,) = [c for c in containers(build("base")) if c.program == "detail"]
    running = programs.start("detail", container.env)
    try:
        running.get("/catalogDetail")
        text = running.get(container.pod["metadata"]["annotations"]["prometheus.io/path"]).body
    finally:
        running.stop()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.mark.parametrize("overlay", OWN_METRICS)
def test_builtin_checks_find_the_services_own_series(
    overlay: str, exported: dict[str, set[str]]
) -> None:
    builtin = queries_of(PROVIDERS[overlay])
    asked = selectors(builtin.success_rate) | selectors(builtin.duration)
    set_by_prometheus = {rule.get("target_label") for rule in job()["relabel_configs"]}

    assert set(asked) <= set(exported)
    for name, labels in asked.items():
        assert labels <= exported[name] | set_by_prometheus, name


def test_the_relabelling_reads_the_annotations_that_the_pods_carry() -> None:
    sources = {
        label for rule in job()["relabel_configs"] for label in rule.get("source_labels", [])
    }
    sources |= {str(rule.get("target_label")) for rule in job()["relabel_configs"]}
    prefix = "__meta_kubernetes_pod_annotation_"
    read = {label.removeprefix(prefix) for label in sources if label.startswith(prefix)}
    for container in containers(build("base")):
        notes = container.pod["metadata"]["annotations"]
        assert read <= {re.sub(r"\W", "_", note) for note in notes}, container.name


def test_linkerds_templates_ask_what_flaggers_own_query_for_it_asks() -> None:
    builtin = queries_of("linkerd")
    templates = {
        item["metadata"]["name"]: item["spec"]["query"]
        for item in of_kind(build("overlays/linkerd"), "MetricTemplate")
    }

    assert selectors(templates["success-rate"]) == selectors(builtin.success_rate)
    assert selectors(templates["latency"]) == selectors(builtin.duration)
    assert templates["success-rate"].count('classification!="failure"') == 1


@pytest.mark.parametrize("overlay", sorted(PROVIDERS))
def test_a_window_holds_enough_scrapes_for_a_rate(overlay: str) -> None:
    (config,) = of_kind(build("addons/prometheus"), "ConfigMap")
    scrape = yaml.safe_load(config["data"]["prometheus.yml"])["global"]["scrape_interval"]
    for metric in canary(overlay)["spec"]["analysis"]["metrics"]:
        assert seconds(metric["interval"]) >= 4 * seconds(scrape)


def seconds(text: str) -> int:
    return int(text[:-1]) * {"s": 1, "m": 60}[text[-1]]
