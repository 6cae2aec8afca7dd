"""Which application a pod template is: the user's commands first, then our own images."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rehearsal.applications.base import Application
from rehearsal.applications.command import CommandApplication
from rehearsal.applications.container import PREFIX, parse_container
from rehearsal.applications.demo import MODULES, DemoApplication
from rehearsal.applications.pod import PodSpec
from rehearsal.errors import UserError

CANDIDATE = "candidate"


@dataclass(frozen=True)
class Applications:
    """`stable` and `candidate` are the commands of the target; `images` maps REPO or REPO:TAG."""

    stable: Application | None = None
    candidate: Application | None = None
    images: Mapping[str, Application] = field(default_factory=dict)

    def find(self, pod: PodSpec) -> Application:
        """The application of a pod; UserError says how to give one."""
        if pod.build == CANDIDATE and self.candidate is not None:
            return self.candidate
        container = pod.container
        short = container.short_name
        for name in (container.image, f"{short}:{container.tag}", container.repository, short):
            if name in self.images:
                return self.images[name]
        if self.stable is not None:
            return self.stable
        if container.short_name in MODULES:
            return DemoApplication(container.short_name)
        raise UserError(
            f"image {container.image!r}: say how to run it on this machine:"
            f" --stable 'COMMAND --port {{port}}' --candidate '...', or"
            f" --image {container.repository}='COMMAND', or --image {container.repository}"
            f"='{PREFIX}{container.image}' with podman or docker"
        )

    def check(self) -> None:
        """UserError when one of them cannot be run here."""
        for application in (self.stable, self.candidate, *self.images.values()):
            if application is not None:
                application.check()


def parse_application(text: str, option: str) -> Application:
    """A command, or a container by `image:NAME`."""
    text = text.strip()
    if text.startswith(PREFIX):
        return parse_container(text, option)
    return CommandApplication(text, option)


def parse_image_option(text: str) -> tuple[str, Application]:
    """Read `REPO[:TAG]=COMMAND`; UserError says what is missing."""
    image, equals, command = text.partition("=")
    if not equals or not image.strip() or not command.strip():
        raise UserError(f"--image {text!r}: write REPO[:TAG]='COMMAND'")
    return image.strip(), parse_application(command, f"--image {image.strip()}")
