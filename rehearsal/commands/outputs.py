"""The flags of what a rehearsal leaves behind, and the files they name, opened before it starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commons.flags import Flag, with_twins
from commons.values import file_path, one_of
from rehearsal.output.files import OutputFile, check_folder
from rehearsal.output.renderer import FORMATS
from rehearsal.output.reports import REPORTS, ReportDocument, find_report

OUTPUT_FLAGS = with_twins(
    "REHEARSE_",
    (
        Flag(
            "format",
            "how it is shown",
            None,
            one_of(*FORMATS),
            default_text="live on a terminal, text in a pipe",
        ),
        Flag(
            "report",
            f"write a report; the name's ending chooses {', '.join(REPORTS)}",
            (),
            file_path(),
            repeatable=True,
        ),
        Flag(
            "picture",
            "draw weights, success rate and failures over time, as SVG",
            None,
            file_path(),
        ),
        Flag(
            "keep-logs",
            "keep the logs of Envoy, replicas and load tester",
            None,
            file_path("FOLDER"),
        ),
    ),
)


@dataclass(frozen=True)
class Outputs:
    """Where results go; every file could be opened when this was made."""

    format: str | None
    reports: tuple[OutputFile, ...]
    picture: OutputFile | None
    keep_logs: Path | None

    def write_reports(self, document: ReportDocument) -> None:
        """All reports; RehearsalError for one that the disk does not take."""
        for file in self.reports:
            file.write(find_report(file.path)(document))


def open_outputs(values: Mapping[str, Any]) -> Outputs:
    """Open or probe every output; UserError for one that cannot be written."""
    for path in values["report"]:
        find_report(path)
    picture, folder = values["picture"], values["keep_logs"]
    return Outputs(
        format=values["format"],
        reports=tuple(OutputFile(path, "--report") for path in values["report"]),
        picture=OutputFile(picture, "--picture") if picture else None,
        keep_logs=check_folder(folder, "--keep-logs") if folder else None,
    )
