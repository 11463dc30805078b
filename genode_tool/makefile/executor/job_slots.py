"""The job slots of one call: shared with the parent, or its own.

GNU make manual, "Communicating Options to a Sub-make", "Parallel Execution".
"""

from __future__ import annotations

from genode_tool.makefile.executor.call import Call
from genode_tool.makefile.executor.jobserver import Jobserver


class JobSlots:
    """Decides where jobs get their slots; `server` is None without any to share.

    `inherited` is what the environment says about `-j`, the options of `call` what the command
    line says.
    """

    def __init__(self, call: Call, inherited: int | None) -> None:
        self._call = call
        self.server: Jobserver | None = None
        self.joined = False
        """Whether they are the parent's."""
        options = call.options
        self._commanded = options.jobs is not None
        if options.jobs is not None and options.jobserver:
            call.err(f"warning: -j{options.jobs} forced in submake: resetting jobserver mode.")
        elif options.jobserver:
            self._join(inherited)
        elif options.jobs is None:
            options.jobs = inherited
        self._create()

    def _join(self, inherited: int | None) -> None:
        call, options = self._call, self._call.options
        self.server = Jobserver.join(options.jobserver)
        if self.server is not None:
            self.joined = True
            options.jobs = inherited
            return
        if not Jobserver.well_formed(options.jobserver):
            call.err(f"invalid --jobserver-auth string '{options.jobserver}'")
        why = Jobserver.why_unavailable(options.jobserver)
        if why:
            call.err(why)
        call.err("warning: jobserver unavailable: using -j1.  Add '+' to parent make rule.")

    def _create(self) -> None:
        options = self._call.options
        if self.server is None and options.jobs is not None and options.jobs > 1:
            self.server = Jobserver.create(options.jobs, options.jobserver_style)

    def after_reading(self, before: int | None, restarts: int) -> None:
        """Obey a `-j` that makefiles have put into MAKEFLAGS; `before` is what held until then."""
        options = self._call.options
        if options.jobs == before:
            return
        if self._commanded:
            options.jobs = before
            return
        if self.server is not None:
            if options.jobserver and not restarts:
                self._call.err(
                    f"warning: -j{options.jobs} forced in makefile: resetting jobserver mode."
                )
            self.close()
        self._create()

    def close(self) -> None:
        """Give all slots back."""
        if self.server is not None:
            self.server.close()
        self.server = None
