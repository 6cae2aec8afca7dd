"""The little of podman and buildah that the tests need."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.k8s.cluster import Container as Manifested

ROOT = Path(__file__).parents[2]
PYTHON_IMAGE = os.environ.get("PYTHON_IMAGE", "localhost/python:3.11-slim")
# As a restricted pod on Kubernetes: nothing writable that was not asked for.
HARDENED = (
    "--read-only",
    "--read-only-tmpfs=false",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
)


def why_not() -> str | None:
    """Why images cannot be built and run here; None if they can."""
    for tool in ("podman", "buildah"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    if os.geteuid() != 0:
        return "building with --isolation chroot needs root"
    if run("image", "exists", PYTHON_IMAGE, check=False).returncode != 0:
        return f"there is no base image {PYTHON_IMAGE} (or another named by PYTHON_IMAGE)"
    return None


def run(*arguments: str, check: bool = True, timeout_s: float = 60) -> Any:
    """`podman ARGUMENTS`; an assertion with its words if it fails."""
    done = subprocess.run(
        ["podman", *arguments], capture_output=True, text=True, timeout=timeout_s, check=False
    )
    assert done.returncode == 0 or not check, f"podman {arguments}: {done.stdout}{done.stderr}"
    return done


def build(target: str, tag: str, *arguments: str) -> str:
    """Build one target of the Dockerfile, layers cached; the tag."""
    command = ["buildah", "bud", "--layers", "--force-rm"]
    command += ["--isolation", "chroot", "--network", "host"]
    if cert := os.environ.get("PIP_CERT"):
        folder = Path(cert).parent
        command += ["-v", f"{folder}:{folder}:ro", "--build-arg", f"PIP_CERT={cert}"]
    command += ["--build-arg", f"PYTHON_IMAGE={PYTHON_IMAGE}", *arguments]
    command += ["--target", target, "-t", tag, str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=540, check=False)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return tag


def inspect(image: str) -> dict[str, Any]:
    """What the image says of itself."""
    (found,) = json.loads(run("image", "inspect", image).stdout)
    described: dict[str, Any] = found
    return described


@dataclass(frozen=True)
class Container:
    """A running container."""

    name: str

    def exec(self, *command: str, check: bool = True, timeout_s: float = 60) -> Any:
        """Run a command inside."""
        return run("exec", self.name, *command, check=check, timeout_s=timeout_s)

    def succeeds(self, *command: str) -> bool:
        """Whether a command inside ends with 0."""
        return bool(self.exec(*command, check=False).returncode == 0)

    def published(self, port: int) -> str:
        """The loopback address where a port of the container is reached."""
        address: str = run("port", self.name, f"{port}/tcp").stdout.strip()
        return address

    def status(self) -> dict[str, str]:
        """/proc/<pid>/status of its first process, read from outside."""
        pid = run("inspect", "--format", "{{.State.Pid}}", self.name).stdout.strip()
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}

    def terminate(self, within_s: float) -> tuple[int, float]:
        """Send SIGTERM; its exit code, and how long it took. Assertion if it takes longer."""
        started = time.monotonic()
        run("kill", "--signal", "TERM", self.name)
        code = run("wait", self.name, timeout_s=within_s).stdout.strip()
        return int(code), time.monotonic() - started

    def logs(self) -> str:
        done = run("logs", self.name)
        return str(done.stdout + done.stderr)


def as_told(manifest: Manifested, **instead: str) -> list[str]:
    """How podman runs a container of a manifest; `instead` replaces variables."""
    context = manifest.pod["spec"]["securityContext"]
    volumes = {volume["name"]: volume for volume in manifest.pod["spec"].get("volumes", [])}
    found = [f"--user={context['runAsUser']}:{context['runAsGroup']}"]
    found += [f"--env={key}={value}" for key, value in {**manifest.env, **instead}.items()]
    for mount in manifest.spec.get("volumeMounts", []):
        assert "emptyDir" in volumes[mount["name"]]
        found.append(f"--tmpfs={mount['mountPath']}")
    return found


def start(
    name: str, image: str, arguments: Sequence[str] = (), command: Sequence[str] = ()
) -> Container:
    """`podman run -d`, hardened."""
    run("run", "-d", "--name", name, *HARDENED, *arguments, image, *command)
    return Container(name)


def remove(names: Sequence[str]) -> None:
    run("rm", "-f", "-t", "0", *names, check=False)


def until(probe: Callable[[], bool], what: str, within_s: float = 30) -> None:
    """Poll until `probe` holds."""
    deadline = time.monotonic() + within_s
    while not probe():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.1)
