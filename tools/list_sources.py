"""Print the files below a folder that match a pattern, one a line.

With this meson.build lists no process. A name after `--without` excludes files that end in it.
"""

import sys
from pathlib import Path

folder, pattern, *rest = sys.argv[1:]
excluded = rest[1] if rest[:1] == ["--without"] else None
for path in sorted(Path(folder).rglob(pattern)):
    if excluded is None or not path.name.endswith(excluded):
        print(path)
