"""Files on remote file systems, and the local copies of them that a run works on."""
