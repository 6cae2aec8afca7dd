"""Files of other projects that tests read; `NOTICE.md` says whose they are."""

from pathlib import Path

FLAGGER_CRD = Path(__file__).with_name("flagger") / "crd.yaml"
TUTORIAL_MANIFESTS = Path(__file__).with_name("eks-microservice-demo")
