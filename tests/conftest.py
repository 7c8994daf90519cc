import os
import sys
from pathlib import Path

import jax
import pytest
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

jax.config.update("jax_enable_x64", True)
# Several processes test the same programs: each is compiled by one of them.
jax.config.update("jax_compilation_cache_dir", str(Path(__file__).parent.parent / ".jax_cache"))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 1.0)

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "nightly",
    parent=settings.get_profile("ci"),
    derandomize=False,
    max_examples=1000,
    print_blob=True,
)
settings.load_profile("ci")

# Shapes in signatures are checked whenever a test calls into the model. The hook sees only what
# lies on the path, which an editable installation does not.
sys.path.insert(0, str(Path(__file__).parent.parent))
install_import_hook(
    ["jcm.physics", "jcm.surface", "jcm.dynamics", "jcm.model"], "beartype.beartype"
)


def pytest_sessionstart():
    """Where the project tests itself nothing is skipped for want of the reference."""
    from reference import kernels

    if os.environ.get("CI") and not kernels.available():
        pytest.exit(kernels.unavailable_reason(), returncode=1)


@pytest.fixture(scope="module", autouse=True)
def _programs_are_dropped():
    """A process that keeps the programs of all test files grows by gigabytes."""
    yield
    jax.clear_caches()


@pytest.fixture(scope="session")
def golden() -> Path:
    """Folder with the numbers of the original model."""
    return Path(__file__).parent / "golden"


@pytest.fixture(scope="session", params=["fortran", "jax"])
def port(request):
    """Each implementation in double precision: `port.run(process, inputs)`, column axis first."""
    from reference import kernels
    from validation.ports import FortranPort, JaxPort

    if request.param == "jax":
        return JaxPort("float64")
    if not kernels.available():
        pytest.skip(kernels.unavailable_reason())
    return FortranPort()
