"""The tutorial as data: bootstrap, promotion, rollback, retry.

After "Testing Canary Deployment" of the EKS workshop (eksworkshop.com,
advanced/340_appmesh_flagger), for any weighted Canary. The weights are Flagger's: steps until the
maximum is reached (flagger pkg/controller/scheduler.go, runCanary).
"""

import re

from rehearsal.errors import UserError
from rehearsal.flagger.canary.model import Canary
from rehearsal.scenario.step import Act, Apply, Drill, SetImage

DEPLOYMENT = "base/detail/deployment.yaml"
CANARY = "overlays/appmesh/canary.yaml"
AUTOSCALER = "base/detail/hpa.yaml"
RETRY = "tutorial/detail-retry.yaml"
PLAYED_HOOKS = ("", "pre-rollout", "rollout", "post-rollout", "event")


def tutorial(canary: Canary) -> tuple[Act, ...]:
    """The four acts for a canary; UserError where the tutorial cannot be told of it."""
    _fit(canary)
    shares = weights(canary)
    return (
        Act(
            name="bootstrap",
            title="detail 1.0 becomes the primary",
            change=Apply(DEPLOYMENT),
            lines=(_says("Initialization done! {N}", canary),),
            version="1",
        ),
        Act(
            name="promotion",
            title="set image 2.0: promoted",
            change=SetImage("2.0"),
            lines=_promotion(canary, shares),
            version="2",
            shares=shares,
        ),
        Act(
            name="rollback",
            title="set image 3.0, inject faults: rolled back",
            change=SetImage("3.0"),
            lines=_rollback(canary, shares[0]),
            version="2",
            shares=shares[:1],
            drill=_faults(canary),
        ),
        Act(
            name="retry",
            title="retry 3.0 by an annotation, no faults: promoted",
            change=Apply(RETRY, (("APP_VERSION_3", "3.0"),)),
            lines=_promotion(canary, shares),
            version="3",
            shares=shares,
        ),
    )


def weights(canary: Canary) -> tuple[int, ...]:
    """The canary's weights on its way to promotion, e.g. 5, 10, 15."""
    analysis = canary.spec.analysis
    if analysis.step_weights:
        return tuple(min(100, weight) for weight in analysis.step_weights)
    step, most = analysis.step_weight, analysis.max_weight or 100
    count = -(-most // step) if step else 0
    return tuple(min(100, step * n) for n in range(1, count + 1))


def _fit(canary: Canary) -> None:
    if not weights(canary):
        raise UserError("spec.analysis: the tutorial needs stepWeight or stepWeights; add one")
    for index, hook in enumerate(canary.spec.analysis.webhooks):
        if hook.type not in PLAYED_HOOKS:
            raise UserError(
                f"spec.analysis.webhooks[{index}].type: {hook.type!r} waits for a person;"
                " the tutorial plays without one, leave it out"
            )


def _promotion(canary: Canary, shares: tuple[int, ...]) -> tuple[str, ...]:
    return (
        *_start(canary),
        *(_says(f"Advance {{N}} canary weight {share}", canary) for share in shares),
        _says("Copying {T} template spec to {P}", canary),
        *_way_back(canary, shares[-1]),
        *_checks(canary, "post-rollout", "Post-rollout"),
        _says("Promotion completed! Scaling down {T}", canary),
    )


def _way_back(canary: Canary, share: int) -> tuple[str, ...]:
    step = canary.spec.analysis.step_weight_promotion
    if not step:
        return ("Routing all traffic to primary",)
    primaries = [*range(100 - share + step, 100, step), 100]
    return tuple(_says(f"Advance {{N}} primary weight {weight}", canary) for weight in primaries)


def _rollback(canary: Canary, share: int) -> tuple[str, ...]:
    threshold = canary.spec.analysis.failed_checks_limit
    halts = [_says("Halt {N} advancement success rate ", canary) + r"\d+\.\d\d% < \S+%"]
    return (
        *_start(canary),
        _says(f"Advance {{N}} canary weight {share}", canary),
        *halts * threshold,
        _says(f"Rolling back {{N}} failed checks threshold reached {threshold}", canary),
        _says("Canary failed! Scaling down {N}", canary),
        *_checks(canary, "post-rollout", "Post-rollout"),
    )


def _start(canary: Canary) -> tuple[str, ...]:
    return (
        _says("New revision detected! Scaling up {T}", canary),
        _says("Starting canary analysis for {T}", canary),
        *_checks(canary, "pre-rollout", "Pre-rollout"),
    )


def _checks(canary: Canary, kind: str, title: str) -> tuple[str, ...]:
    hooks = canary.spec.analysis.webhooks
    return tuple(re.escape(f"{title} check {h.name} passed") for h in hooks if h.type == kind)


def _faults(canary: Canary) -> Drill:
    host = f"http://{canary.apex_service}-canary.{canary.namespace}:{canary.spec.service.port}"
    checks = canary.spec.analysis.failed_checks_limit
    return Drill(
        after=_says("Starting canary analysis for {T}", canary),
        commands=(
            f"curl -s -o /dev/null -w '%{{http_code}}\\n' {host}/injectFault",
            f"hey -z {checks}m -c 5 -q 5 {host}/catalogDetail",
        ),
    )


def _says(text: str, canary: Canary) -> str:
    names = {
        "{N}": canary.full_name,
        "{T}": f"{canary.target}.{canary.namespace}",
        "{P}": f"{canary.primary}.{canary.namespace}",
    }
    for placeholder, name in names.items():
        text = text.replace(placeholder, name)
    return re.escape(text)
