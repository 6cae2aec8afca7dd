import subprocess
import sys

PROGRAM = """
import sys
import detail_service.app, detail_service.frontend.app
from detail_service.settings import Settings
detail_service.app.create_edge(Settings()).tracer.recorder.emitter.close()
print("botocore" in sys.modules, "aws_xray_sdk.core" in sys.modules)
import aws_xray_sdk.core.sampling.sampler as central
print(central.__file__.endswith("sampler.py"), "botocore" in sys.modules)
"""


def test_neither_service_imports_botocore_and_who_wants_it_still_can() -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )

    assert run.stdout.split() == ["False", "True", "True", "True"]
