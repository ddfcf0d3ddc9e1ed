"""The runs of a lineage database in a browser, on this machine.

* :mod:`trainwright.ui.app` answers requests,
* :mod:`trainwright.ui.guard` refuses those that no page of ours makes,
* :mod:`trainwright.ui.views` finds what pages show,
* :mod:`trainwright.ui.serving` listens.

It reads the database, event files and progress files, and writes nothing.
"""
