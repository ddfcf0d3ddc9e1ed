"""From a module file, module path or dotted name to the user's function, and to what went wrong."""
