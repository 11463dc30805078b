"""Files of this machine: mirrors in directories, rewritten URLs."""

from __future__ import annotations

from genode_tool.deadline import Deadline
from genode_tool.ports.fetch.cache.hashes import CHUNK
from genode_tool.ports.fetch.cache.part import PartialDownload, Provenance
from genode_tool.ports.fetch.mirrors import local_path
from genode_tool.ports.fetch.problems import TemporaryFailure, Unavailable
from genode_tool.ports.fetch.progress import SourceProgress


class Local:
    """Copies files."""

    def get(
        self, url: str, part: PartialDownload, deadline: Deadline, steps: SourceProgress
    ) -> None:
        """Copy the file that `url` (a path or `file:` URL) names into `part`."""
        path = local_path(url)
        if path is None or not path.is_file():
            raise Unavailable("no such file")
        part.begin("")  # a copy is not worth resuming
        part.restart()
        try:
            with path.open("rb", buffering=0) as file:
                total = path.stat().st_size
                part.expect(Provenance(url), total)
                meter = steps.download(url, total)
                while data := file.read(CHUNK):
                    if deadline.expired:
                        raise TemporaryFailure("timed out")
                    part.write(data)
                    meter.add(len(data))
        except OSError as error:
            raise Unavailable(error.strerror or str(error)) from error
