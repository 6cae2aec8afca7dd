"""Programs from the Go module proxy, and small ones of ours; tests skip where there is none."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

_PODINFO = "github.com/stefanprodan/podinfo"
PODINFO_VERSION = "v1.8.1-0.20250910200901-e86405a8674e"
"""podinfo's tags are not Go modules of their own, so that its commit stands here."""
_HEALTH_PROBE = "github.com/grpc-ecosystem/grpc-health-probe@v0.4.62"
_PATIENCE_S = 400

GRPC_SERVER = """\
package main

import (
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	checks := health.NewServer()
	if len(os.Args) > 2 && os.Args[2] == "not-serving" {
		checks.SetServingStatus("", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	}
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, checks)
	panic(server.Serve(listener))
}
"""
_GRPC_MODULE = "module server\n\ngo 1.22\n\nrequire google.golang.org/grpc v1.71.0\n"


def podinfo() -> Path:
    """The folder with podinfo and podcli."""
    packages = [f"{_PODINFO}/cmd/{name}@{PODINFO_VERSION}" for name in ("podinfo", "podcli")]
    return _installed(f"podinfo-{PODINFO_VERSION}", packages)


def grpc_health_probe() -> Path:
    """The folder with grpc_health_probe, under the name that webhooks call."""
    folder = _installed("grpc-health-probe", [_HEALTH_PROBE])
    link = folder / "grpc_health_probe"
    if not link.exists():
        link.symlink_to("grpc-health-probe")
    return folder


def grpc_server() -> str:
    """The command of a server of the standard health service on `{port}`."""
    folder = _built("grpc-server", _build_grpc_server)
    return f"{folder / 'server'} {{port}}"


def _build_grpc_server(folder: Path) -> None:
    (folder / "server.go").write_text(GRPC_SERVER)
    (folder / "go.mod").write_text(_GRPC_MODULE)
    _run(["go", "mod", "tidy"], folder)
    _run(["go", "build", "-o", "server", "."], folder)


def static_server(folder: Path, source: str) -> Path:
    """A program that needs no library of its machine: what a container from nothing can run."""
    (folder / "server.go").write_text(source)
    _run(["go", "build", "-o", "server", "server.go"], folder, CGO_ENABLED="0")
    return folder / "server"


def search_path(*folders: Path) -> dict[str, str]:
    """Variables under which the programs of these folders are found first."""
    parts = (*map(str, folders), os.environ.get("PATH", os.defpath))
    return {"PATH": os.pathsep.join(parts)}


def _installed(name: str, packages: list[str]) -> Path:
    def install(folder: Path) -> None:
        for package in packages:
            _run(["go", "install", package], folder, GOBIN=str(folder))

    return _built(name, install)


def _built(name: str, build: Callable[[Path], None]) -> Path:
    """The folder of a program, built once and kept from one test run to the next."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "canary-rehearsal-tests" / name
    done = folder / "complete"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        build(folder)
        done.touch()
    return folder


def _run(argv: list[str], folder: Path, **env: str) -> None:
    if shutil.which("go") is None:
        pytest.skip("go is not on this machine")
    try:
        subprocess.run(
            argv,
            cwd=folder,
            env={**os.environ, **env},
            capture_output=True,
            timeout=_PATIENCE_S,
            check=True,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{' '.join(argv)} took too long")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"{' '.join(argv)}: {error.stderr.decode(errors='replace')[-300:]}")
