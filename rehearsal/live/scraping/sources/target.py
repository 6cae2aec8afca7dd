"""What is scraped."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A pod to scrape: the labels that Prometheus' relabelling gives, and where the app listens."""

    namespace: str
    pod: str
    port: int

    @property
    def labels(self) -> dict[str, str]:
        return {"kubernetes_namespace": self.namespace, "kubernetes_pod_name": self.pod}
