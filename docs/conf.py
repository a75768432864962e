"""How Sphinx builds the documentation: three pages of guide, and the reference from docstrings."""

from typing import Any

import jsolar

project = "jsolar"
author = "The jsolar developers"
version = release = jsolar.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.apidoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.coverage",
    "sphinx.ext.napoleon",
]
html_theme = "furo"
html_title = "jsolar"
exclude_patterns = ["README.md"]

apidoc_modules = [
    {
        "path": "../jsolar",
        "destination": "reference",
        "exclude_patterns": ["../jsolar/datasets/*"],
        "separate_modules": True,
        "module_first": True,
        "max_depth": 2,
    }
]
autodoc_default_options = {"members": True, "undoc-members": True, "show-inheritance": False}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"

default_role = "py:obj"  # `jsolar.types.Batch` in a docstring is a link
napoleon_use_ivar = True
napoleon_use_rtype = False
coverage_modules = ["jsolar"]
coverage_ignore_modules = ["jsolar.datasets"]
coverage_statistics_to_stdout = False
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 2
napoleon_attr_annotations = False  # shapes such as "*n" would be taken for emphasis


def setup(app: Any) -> None:
    """Absolute values, |B|, are no substitutions of reStructuredText."""

    def escape(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
        lines[:] = [line if "``" in line else line.replace("|", r"\|") for line in lines]

    app.connect("autodoc-process-docstring", escape)
