"""`--locust-master`: what the flags say of a run over several machines."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib.util import find_spec

from commons import __version__
from commons.errors import UsageError
from commons.values import shown
from loadtester.distributed.messages import Assignment
from loadtester.hey import flags
from loadtester.hey.goflag import Values
from loadtester.hey.time_scale import VARIABLE
from loadtester.load.plan import LoadPlan


def read_assignment(
    values: Values,
    arguments: Sequence[str],
    load: LoadPlan,
    environment: Mapping[str, str],
    scale: Fraction,
) -> Assignment | None:
    """What the master is told, None without one; UsageError for what workers cannot share."""
    master = values[flags.LOCUST_MASTER]
    if not master:
        if values[flags.WORKERS] > 1:
            raise UsageError("--workers: needs --locust-master [HOST]:PORT, where they find it")
        return None
    host, port = _address(master)
    _check(values, load)
    return Assignment(
        host=host,
        port=port,
        workers=values[flags.WORKERS],
        wait_s=values[flags.WORKER_WAIT],
        arguments=tuple(arguments),
        environment={**_twins(environment), VARIABLE: str(float(scale))},
        version=__version__,
    )


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    is_port = port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65_536
    if not colon or not is_port:
        raise UsageError(f"--locust-master {shown(text)}: write [HOST]:PORT, such as :5557")
    return host, int(port)


def _check(values: Values, load: LoadPlan) -> None:
    if find_spec("locust") is None:
        raise UsageError("--locust-master needs locust: pip install 'canary-rehearsal[locust]'")
    if load.processes > 1:
        raise UsageError("--processes: a worker is one process; start more workers instead")
    if values[flags.WORKERS] > load.pacing.connections:
        raise UsageError("--workers: at most -c, for each needs a connection")
    if load.record_cap:
        raise UsageError("-o csv: single requests stay with the workers; choose another output")


def _twins(environment: Mapping[str, str]) -> dict[str, str]:
    """hey's own variables: a worker reads them in place of its own."""
    prefix = flags.TWINS
    return {name: value for name, value in environment.items() if name.startswith(prefix)}
