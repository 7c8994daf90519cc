"""Print the files below a folder that match a pattern, one a line.

With this meson.build lists no process. What stands after `--without` excludes files: those whose
name ends in it, or those in a folder of that name if it ends in a slash.
"""

import sys
from pathlib import Path

folder, pattern, *rest = sys.argv[1:]
excluded = rest[1:] if rest[:1] == ["--without"] else []
folders = {part.rstrip("/") for part in excluded if part.endswith("/")}
for path in sorted(Path(folder).rglob(pattern)):
    if not path.name.endswith(tuple(excluded)) and folders.isdisjoint(path.parts):
        print(path)
