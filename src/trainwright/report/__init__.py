"""The report of a run: one HTML file with everything in it.

* :mod:`~trainwright.report.facts` gathers what is known of a run,
* :mod:`~trainwright.report.page` makes the page of one run or of several,
* :mod:`~trainwright.report.writing` writes it.

Files are read without TensorFlow: event files, checkpoints and SavedModels are protocol buffers,
of which :mod:`~trainwright.report.wire` reads the few fields that are wanted.
"""
