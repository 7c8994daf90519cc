"""Configuration of the documentation site; `make docs` builds it."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
# Tables, figures and API pages are made from the code of this working tree.
sys.path[:0] = [str(HERE / "_extension"), str(HERE.parent)]

project = "jcm"
author = "the authors of jcm"
copyright = "the authors of jcm, Apache-2.0"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # the site shows its equations without a network
    "sphinx_copybutton",
    "site_pages",
]
exclude_patterns = ["_build", "_extension"]
# A page that somebody has not written yet is no mistake in the others.
suppress_warnings = ["toc.empty_glob"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

default_role = "code"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
napoleon_attr_annotations = False
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "none"

# Contents list modules, not every function: listing all takes longer than everything else.
toc_object_entries = False

html_theme = "furo"
html_title = "jcm: SPEEDY in JAX, and its proof"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
pygments_style = "friendly"
