"""Runs scenarios: run scripts that build a system, boot it, and look at what it prints.

`engine.scenarios.run_scenarios` is the way in. The rooms, from top to bottom:

- `inspection/` answers questions about scenarios without running them;
- `engine/` runs and plans scenarios, one after the other or several at a time;
- `tcl/` and `python_frontend` execute scripts, `api/` holds the procedures that scripts call;
- `scenario/` is the state of one scenario while its script executes;
- `configuration/` checks what a script writes for init;
- `boot/` makes images for each kernel, `image/` disks and CDs of them;
- `machine/` starts systems, `console/` waits for their text, `record/` keeps what happened;
- `context/` is what a scenario runs in;
- `verdict`, `events`, `plan` and `options` are the values that go in and come out.

Verdicts of scenarios are returned, not raised; errors are raised when not even the scenarios'
names make sense.
"""
