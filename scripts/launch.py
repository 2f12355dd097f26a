"""Makes Viva's environment from the lock and starts what was asked for; needs only the standard library.

`make` and `./viva` come through here. `.venv` is complete once its stamp names the lock, the project file and the
place it was made for; anything else is finished or brought up to date, so an interrupted installation just goes on.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from progress import megabytes, step

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "viva-installed.json"
LOG = VENV / "install.log"
LOCK = ROOT / "constraints.txt"
PROJECT = ROOT / "pyproject.toml"

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
NEEDED_BYTES = 3_000_000_000
CUDA_NAMES = re.compile(r"^(nvidia|cuda|triton)\b")
SECONDS_TO_REACH_INDEX = 4
LEAST_MACOS = 14


class Trouble(Exception):
    """Something the person can remedy, in one sentence."""


def main(arguments: Sequence[str]) -> int:
    """Run `viva` with these arguments, after installing what is missing; `run` is `serve`, `install` only installs."""
    command, *rest = arguments or ["--help"]
    try:
        install(with_tools=command == "install" and "--dev" in rest)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the same command goes on where this stopped.", file=sys.stderr)
        return 130
    if command == "install":
        return 0
    viva = str(BIN / "viva")
    words = [viva, "serve", *rest] if command == "run" else [viva, command, *rest]
    if os.name != "nt":
        os.execv(viva, words)  # Viva takes this process over, and with it the terminal's signals
    return subprocess.call(words)


def install(*, with_tools: bool) -> None:
    """Bring `.venv` in step with the lock; with_tools adds what tests and checks need."""
    if is_installed(with_tools=with_tools):
        return
    check_python()
    check_mac()
    check_disk()
    with only_installer():
        if is_installed(with_tools=with_tools):
            return
        started_at = time.monotonic()
        with_tools = with_tools or has_tools()
        known = "Bringing .venv in step with the lock." if read_stamp() else ""
        print(known or "Installing Viva into .venv: about 400 MB to fetch, 2 GB on disk.", flush=True)
        make_environment()
        install_torch()
        install_the_rest(with_tools=with_tools)
        STAMP.write_text(json.dumps(wanted_stamp(with_tools=with_tools)), encoding="utf-8")
        print(f"Installed in {time.monotonic() - started_at:.0f} s, {megabytes(VENV):,} MB.", flush=True)


def wanted_stamp(*, with_tools: bool) -> dict[str, object]:
    """What the stamp of a complete environment says."""
    digest = hashlib.sha256(LOCK.read_bytes() + PROJECT.read_bytes()).hexdigest()
    return {"lock": digest, "root": str(ROOT), "tools": with_tools}


def read_stamp() -> dict[str, object]:
    """The stamp that is there; empty when there is none or it was cut off."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_installed(*, with_tools: bool) -> bool:
    """Whether the environment is complete and in step with the lock."""
    stamp = read_stamp()
    return stamp in [wanted_stamp(with_tools=tools) for tools in (True, with_tools)] and (BIN / "viva").exists()


def has_tools() -> bool:
    """Whether an environment out of step was made with the tools, so that it keeps them."""
    return read_stamp().get("tools") is True


def check_python() -> None:
    """Raises Trouble where this Python can't make an environment for Viva."""
    version = sys.version_info[:2]
    if not (3, 11) <= version <= (3, 13):
        raise Trouble(
            f"Viva needs Python 3.11, 3.12 or 3.13 and this is {version[0]}.{version[1]}: "
            "install one, or name its command in VIVA_PYTHON."
        )
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Trouble(
            f"This Python ({sys.executable}) can't make environments: install its venv package "
            f"(Debian, Ubuntu: apt install python{version[0]}.{version[1]}-venv)."
        )


def check_mac() -> None:
    """Raises Trouble on a Mac that PyTorch is not built for."""
    if sys.platform != "darwin":
        return
    release = int(platform.mac_ver()[0].partition(".")[0] or 0)
    if platform.machine() != "arm64" or release < LEAST_MACOS:
        raise Trouble(
            f"PyTorch is built for Macs with Apple silicon and macOS {LEAST_MACOS} or later, which this is not: "
            "use another machine, or run Viva's image."
        )


def check_disk() -> None:
    """Raises Trouble where the environment would not fit."""
    there = VENV if VENV.exists() else ROOT
    free = shutil.disk_usage(there).free + (megabytes(VENV) * 1_000_000 if VENV.exists() else 0)
    if free < NEEDED_BYTES:
        raise Trouble(
            f"Viva needs about {NEEDED_BYTES / 1e9:.0f} GB of free disk to install and {ROOT} has {free / 1e9:.1f} GB: "
            "free some, or move this folder to a larger disk."
        )


@contextlib.contextmanager
def only_installer() -> Iterator[None]:
    """Keeps two installations apart; the second waits for the first."""
    if os.name == "nt":
        yield
        return
    import fcntl  # noqa: PLC0415 - exists on POSIX systems only

    with (ROOT / ".venv.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("Another installation is running in this folder; waiting for it.", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make_environment() -> None:
    """An environment with a working pip: a new one, or the half-made one that is there, tidied."""
    stamp = read_stamp()
    moved = bool(stamp) and stamp.get("root") != str(ROOT)
    if VENV.exists() and not moved and pip_works():
        for leftover in half_installed():
            print(f"  removing half-installed {leftover.name}", flush=True)
            shutil.rmtree(leftover)
        STAMP.unlink(missing_ok=True)
        return
    if VENV.exists():
        print("  the environment that is there is unusable or was made elsewhere; making it anew", flush=True)
        shutil.rmtree(VENV)
    with step("1/3 a new environment", VENV, log=None) as note:
        finished = subprocess.run(
            [sys.executable, "-m", "venv", str(VENV)],
            capture_output=True,
            text=True,
            check=False,
            env=quiet_environment(),
        )
        note(finished.stdout)
        if finished.returncode != 0:
            said = last_line(finished.stderr or finished.stdout)
            raise Trouble(f"Python could not make an environment in {VENV}: {said}")


def pip_works() -> bool:
    """Whether the environment's Python starts, is of a supported version and has pip."""
    probe = "import pip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    try:
        return subprocess.run([BIN / "python", "-I", "-c", probe], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def half_installed() -> list[Path]:
    """What an interrupted pip leaves: a distribution without its list of files (written last), a renamed folder."""
    packages = site_packages()
    cut_off = [info for info in packages.glob("*.dist-info") if not (info / "RECORD").exists()]
    return cut_off + [path for path in packages.glob("~*") if path.is_dir()]


def site_packages() -> Path:
    """Where the environment keeps its packages."""
    found = sorted(VENV.glob("lib/python*/site-packages")) or [VENV / "Lib" / "site-packages"]
    return found[0]


def install_torch() -> None:
    """PyTorch first and alone, so that a CUDA build is noticed before gigabytes of it are fetched."""
    index = torch_index()
    source = ["--index-url", index] if index else []
    pip("2/3 PyTorch, the largest part", "--no-deps", *source, "torch", remedy=index and other_index_remedy(index))
    if refuses_cuda() and (cuda := [need for need in torch_needs() if CUDA_NAMES.match(need)]):
        pip_uninstall("torch")
        raise Trouble(
            f"The package index gave PyTorch's CUDA build ({len(cuda)} further packages, several GB) because "
            f"{CPU_INDEX} could not be reached: make that reachable, or set VIVA_TORCH_INDEX to a mirror of it "
            '(or to "default" to take the CUDA build after all).'
        )


def install_the_rest(*, with_tools: bool) -> None:
    """Every other package of the lock, then Viva itself, editable, with the pinned build backend."""
    import tomllib  # noqa: PLC0415 - new in Python 3.11, and an older Python must get as far as check_python

    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    backend = project["build-system"]["requires"]
    needs = project["project"]["dependencies"]
    if with_tools:
        needs = needs + project["project"]["optional-dependencies"]["dev"]
    pip("3/3 the other libraries", *backend, *needs)
    pip("    Viva itself", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    if refuses_cuda() and (cuda := cuda_packages()):
        raise Trouble(
            f"CUDA packages came along ({', '.join(cuda[:3])}, {len(cuda)} in all), which Viva does not use: "
            f"delete {VENV} and start again; if they come back, set VIVA_TORCH_INDEX to a mirror of {CPU_INDEX}."
        )


def chosen_index() -> str:
    """What the person set; who names an index also chooses the build."""
    return os.environ.get("VIVA_TORCH_INDEX", "").strip()


def refuses_cuda() -> bool:
    """Whether a CUDA build would be a mistake; elsewhere than on Linux PyPI's builds are CPU builds."""
    return sys.platform.startswith("linux") and not chosen_index()


def torch_index() -> str | None:
    """The index to take PyTorch from; None is pip's own."""
    if chosen := chosen_index():
        return None if chosen == "default" else chosen
    if not sys.platform.startswith("linux"):
        return None
    try:
        with urllib.request.urlopen(f"{CPU_INDEX}/torch/", timeout=SECONDS_TO_REACH_INDEX):
            return CPU_INDEX
    except (urllib.error.URLError, TimeoutError, OSError):
        print(f"  {CPU_INDEX} can't be reached; taking PyTorch from pip's own index", flush=True)
        return None


def other_index_remedy(index: str) -> str:
    """What to try where that index has no fitting PyTorch."""
    return f'{index} gave no fitting PyTorch: set VIVA_TORCH_INDEX to another index, or to "default" for pip\'s own.'


def torch_needs() -> list[str]:
    """Names that the installed PyTorch wants beside it on this platform."""
    (info,) = site_packages().glob("torch-*.dist-info")
    lines = (info / "METADATA").read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: ")]


def cuda_packages() -> list[str]:
    """Names of installed distributions that belong to CUDA."""
    names = (info.name.split("-")[0].lower().replace("_", "-") for info in site_packages().glob("*.dist-info"))
    return sorted(name for name in names if CUDA_NAMES.match(name))


def pip(title: str, *arguments: str, remedy: str | None = None) -> None:
    """One `pip install` against the lock, with progress.

    Raises:
        Trouble: pip failed; with its last words and what to do.
    """
    command = [str(BIN / "python"), "-m", "pip", "install", "--constraint", str(LOCK), *arguments]
    with step(title, VENV, log=LOG) as note:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=quiet_environment(),
        )
        assert process.stdout is not None  # asked for with PIPE
        try:
            for line in process.stdout:
                note(line)
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        if code != 0:
            raise Trouble(remedy or pip_failure())


def pip_uninstall(name: str) -> None:
    """Remove what must not stay."""
    subprocess.run([BIN / "python", "-m", "pip", "uninstall", "--yes", name], capture_output=True, check=False)


def pip_failure() -> str:
    """What a failed pip said, and what to do."""
    errors = [line for line in LOG.read_text(encoding="utf-8").splitlines() if line.lower().startswith("error")]
    said = errors[-1] if errors else "no reason given"
    return (
        f"pip could not finish ({said}): check the network and the package index, then run the same command again; "
        f"the whole of it is in {LOG}."
    )


def quiet_environment() -> dict[str, str]:
    """pip's surroundings: the person's settings, without the questions and the notice of new versions."""
    return os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off"}


def last_line(text: str) -> str:
    """The last line that says something."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no reason given")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
