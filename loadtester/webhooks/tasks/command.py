"""A job that is one program run to its end: what cmd, bash, helm and kubectl have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadtester.webhooks.tasks.base import Outcome, Scene


@dataclass(frozen=True)
class CommandJob:
    """Run ``argv``; ``command`` is the text the caller gave, and names the job."""

    command: str
    argv: Sequence[str]

    @property
    def title(self) -> str:
        return self.command

    @property
    def key(self) -> str:
        return self.command

    async def run(self, scene: Scene) -> Outcome:
        finished = await scene.run_process(self.argv)
        if finished.ok:
            return Outcome(True, finished.output)
        said = [self.command.encode(), finished.output, finished.error.encode()]
        body = b"command %s failed: %s: %s" % tuple(said)
        return Outcome(False, finished.output, finished.error, body)
