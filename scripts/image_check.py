"""Executes the Dockerfile without an engine, then serves from the result (`make image-check`).

Each stage starts from a debootstrapped Debian 12 with Debian's own Python 3.11 under the names the python image has;
every RUN and COPY is executed in order inside it, in a mount namespace of its own. Then the entry point runs as the
image's unprivileged user, without capabilities, with every mount but the volume read-only, until /readyz answers and
the HEALTHCHECK's command succeeds. What this can't show: the python image's own build of Python, and the engine's
network.

The machine's pip configuration reaches the RUN steps through the environment and read-only mounts, never the image.
"""

import argparse
import ast
import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dockerfile import Instruction, context_files, options, pairs, parse, substitute, words
from launch import torch_index

ROOT = Path(__file__).resolve().parent.parent
BASE_IMAGE = "python:3.11-slim-bookworm"
MIRROR = "http://deb.debian.org/debian"
SECONDS_UNTIL_READY = 120
DEVICES = ("null", "zero", "full", "random", "urandom")
HANDED_ON = re.compile(r"^(PIP_.*|https?_proxy|no_proxy|SSL_CERT_FILE)$", re.IGNORECASE)


class Failed(Exception):
    """A step of the check failed; the sentence says which."""


@dataclass(slots=True)
class Stage:
    """A build stage: its root folder and the state that instructions change."""

    root: Path
    name: str
    env: dict[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    )
    arguments: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "root"
    volumes: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)

    def inside(self, path: str) -> Path:
        """Where a path of the image lies on this machine."""
        return self.root / str(Path(self.workdir, path)).lstrip("/")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What RUN steps get of this machine: pip's settings as variables, and folders those settings name."""

    variables: dict[str, str]
    mounts: list[Path]


def surroundings() -> Surroundings:
    """pip's configuration on this machine, made portable into a scratch root."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    variables = {}
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        if not key.startswith(":env:"):
            name = key.rpartition(".")[2].replace("-", "_").upper()
            variables[f"PIP_{name}"] = " ".join(str(ast.literal_eval(value)).split())
    variables |= {name: value for name, value in os.environ.items() if HANDED_ON.match(name)}
    named = (Path(word.removeprefix("file://")) for value in variables.values() for word in value.split())
    local = {path.parent if path.name == "simple" else path for path in named if path.is_absolute() and path.exists()}
    return Surroundings(variables, sorted(local))


def bootstrap(target: Path) -> None:
    """A minimal Debian 12 that answers to the names of the python image."""
    packages = "ca-certificates,python3,python3-venv"
    command = ["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(target), MIRROR]
    run_or_fail(command, "debootstrap")
    for name in ("python", "python3"):
        (target / "usr/local/bin" / name).symlink_to("/usr/bin/python3.11")


def build(instructions: Sequence[Instruction], *, base: Path, scratch: Path, build_arguments: dict[str, str]) -> Stage:
    """Execute every instruction; gives the last stage."""
    around = surroundings()
    stages: list[Stage] = []
    global_arguments: dict[str, str] = {}
    for instruction in instructions:
        print(f"[{time.strftime('%H:%M:%S')}] {instruction}", flush=True)
        if instruction.name == "ARG" and not stages:
            global_arguments |= {name: build_arguments.get(name, value) for name, value in pairs(instruction.rest)}
        elif instruction.name == "FROM":
            stages.append(start_stage(instruction, stages, global_arguments, base=base, scratch=scratch))
        else:
            execute(instruction, stages, build_arguments, around)
    return stages[-1]


def start_stage(
    instruction: Instruction, stages: Sequence[Stage], arguments: dict[str, str], *, base: Path, scratch: Path
) -> Stage:
    """A fresh root, from the base or from an earlier stage."""
    image, *alias = re.split(r"\s+AS\s+", substitute(instruction.rest, arguments), flags=re.IGNORECASE)
    earlier = {stage.name: stage.root for stage in stages}
    if image not in earlier and image != BASE_IMAGE:
        raise Failed(f"{instruction}: this check can stand in for {BASE_IMAGE} only, not for {image}.")
    root = scratch / f"stage-{len(stages)}"
    run_or_fail(["cp", "--archive", str(earlier.get(image, base)), str(root)], str(instruction))
    return Stage(root, alias[0] if alias else str(len(stages)))


def execute(
    instruction: Instruction, stages: Sequence[Stage], build_arguments: dict[str, str], around: Surroundings
) -> None:
    """One instruction inside the current stage."""
    stage = stages[-1]
    values = stage.arguments | stage.env
    match instruction.name:
        case "RUN":
            run_step(instruction, stage, around)
        case "COPY":
            copy(instruction, stage, {earlier.name: earlier for earlier in stages[:-1]})
        case "ARG":
            stage.arguments |= {name: build_arguments.get(name, value) for name, value in pairs(instruction.rest)}
        case "ENV":
            stage.env |= {name: substitute(value, values) for name, value in pairs(instruction.rest)}
        case "WORKDIR":
            stage.workdir = str(Path(stage.workdir, substitute(instruction.rest, values)))
            stage.inside(".").mkdir(parents=True, exist_ok=True)
        case "USER":
            stage.user = substitute(instruction.rest, values)
        case "VOLUME":
            stage.volumes += words(instruction.rest)
        case "ENTRYPOINT":
            stage.entrypoint = words(instruction.rest)
        case "CMD":
            stage.command = words(instruction.rest)
        case "HEALTHCHECK":
            stage.healthcheck = words(instruction.rest.partition("CMD")[2].strip())
        case "EXPOSE" | "LABEL":
            pass
        case _:
            raise Failed(f"{instruction}: this check does not know the instruction; teach it.")


def run_step(instruction: Instruction, stage: Stage, around: Surroundings) -> None:
    """A RUN in the shell form, as an engine would: /bin/sh -c in the working directory."""
    mounts = [*bind("/dev", stage.root, recursive=True), *mount_proc(stage.root)]
    for path in [Path("/etc/resolv.conf"), *around.mounts]:
        mounts += bind(str(path), stage.root)
    env = stage.arguments | around.variables | stage.env
    command = ["/bin/sh", "-c", f"cd {shlex.quote(stage.workdir)} && {instruction.rest}"]
    run_or_fail(enter(stage, mounts, command, env=env), str(instruction))
    for path in around.mounts:  # an engine's image has none of these mount points
        remove_empty(stage.root, path)


def copy(instruction: Instruction, stage: Stage, earlier: dict[str, Stage]) -> None:
    """A COPY from the context or from an earlier stage."""
    chosen, (*sources, target) = options(instruction.rest)
    into = stage.inside(target)
    if "from" in chosen:
        origin = earlier[chosen["from"]]
        for source in sources:
            shutil.copytree(origin.inside(source), into, symlinks=True, dirs_exist_ok=True)
        return
    sent = context_files(ROOT)
    for source in sources:
        files = [file for file in sent if str(file) == source or str(file).startswith(f"{source}/")]
        if not files:
            raise Failed(f"{instruction}: {source} is not in the context; is it left out by .dockerignore?")
        for file in files:
            within = str(file).removeprefix(source).lstrip("/")
            there = into / within if within else (into / file.name if target.endswith("/") else into)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, there)


def bind(source: str, root: Path, *, recursive: bool = False) -> list[str]:
    """Shell lines that show a file or folder of this machine inside the root, read-only unless recursive."""
    target = shlex.quote(f"{root}{source}")
    make = f"mkdir -p {target}" if Path(source).is_dir() else f"mkdir -p $(dirname {target}); touch {target}"
    if recursive:
        return [make, f"mount --rbind {source} {target}"]
    return [make, f"mount --bind {shlex.quote(source)} {target}", f"mount -o remount,bind,ro {target}"]


def mount_proc(root: Path) -> list[str]:
    """Shell line for the root's own /proc."""
    return [f"mount -t proc proc {shlex.quote(str(root))}/proc"]


def enter(stage: Stage, mounts: Sequence[str], command: Sequence[str], *, env: dict[str, str]) -> list[str]:
    """A command inside the root, in namespaces that end with it; as root unless setpriv is in the command."""
    assignments = [f"{name}={value}" for name, value in env.items()]
    inside = shlex.join(["chroot", str(stage.root), "env", "-i", *assignments, *command])
    script = "\n".join(["set -e", *mounts, f"exec {inside}"])
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh", "-c", script]


def remove_empty(root: Path, path: Path) -> None:
    """Remove a mount point that was made for a step, with the parents that hold nothing else."""
    there = Path(f"{root}{path}")
    if there.is_dir():
        with contextlib.suppress(OSError):
            there.rmdir()
    with contextlib.suppress(OSError):
        there.parent.rmdir()


def read_only_mounts(stage: Stage, volume: Path) -> list[str]:
    """Shell lines: the root read-only, a minimal read-only /dev, and the volume, which alone can be written to."""
    root = shlex.quote(str(stage.root))
    lines = [f"mount --bind {root} {root}", f"mount -t tmpfs -o mode=755 tmpfs {root}/dev"]
    lines += [f"touch {root}/dev/{name}; mount --bind /dev/{name} {root}/dev/{name}" for name in DEVICES]
    lines += [f"mount -o remount,ro {root}/dev", *mount_proc(stage.root)]
    lines += [f"mount -o remount,bind,ro {root}"]
    lines += [f"mount --bind {shlex.quote(str(volume))} {root}{stage.volumes[0]}"]
    return lines


def unprivileged(stage: Stage, command: Sequence[str]) -> list[str]:
    """The command as the image's user, without capabilities or a way to new ones."""
    owner = (stage.root / "etc/passwd").read_text(encoding="utf-8")
    ids = {row[0]: row[2:4] for row in (line.split(":") for line in owner.splitlines())}
    uid, gid = ids[stage.user]
    if uid == "0":
        raise Failed("The image's user is root.")
    restrict = [
        "setpriv",
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--no-new-privs",
        "--bounding-set=-all",
    ]
    change = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', stage.workdir]
    return [*restrict, *change, *command]


def serve(stage: Stage, scratch: Path) -> None:
    """Run the entry point until /readyz answers; then what must hold inside the image."""
    if len(stage.volumes) != 1:
        raise Failed(f"The image has {len(stage.volumes)} volumes, expected one.")
    volume = scratch / "volume"
    shutil.copytree(stage.inside(stage.volumes[0]), volume)
    owner = stage.inside(stage.volumes[0]).stat()
    os.chown(volume, owner.st_uid, owner.st_gid)
    port = free_port()
    env = stage.env | {"VIVA_PORT": str(port), "VIVA_OPERATOR_TOKEN": "image-check-0123456789abcdef0123456789abcdef"}
    mounts = read_only_mounts(stage, volume)

    def inside(command: Sequence[str]) -> list[str]:
        return enter(stage, mounts, unprivileged(stage, command), env=env)

    look_inside(stage, inside)
    started_at = time.monotonic()
    with running(inside([*stage.entrypoint, *stage.command]), scratch / "serve.log") as process:
        wait_until_ready(process, port, scratch / "serve.log")
        print(f"/readyz answered {time.monotonic() - started_at:.1f} s after the start", flush=True)
        run_or_fail(inside(stage.healthcheck), "the HEALTHCHECK's command")
        print("the HEALTHCHECK's command succeeds", flush=True)
    written = sorted(path.name for path in volume.iterdir())
    print(f"written, in the volume alone: {', '.join(written)}", flush=True)


def look_inside(stage: Stage, inside: Callable[[Sequence[str]], list[str]]) -> None:
    """The wheel alone owns `app`, its sources lie nowhere else, and nothing but the volume can be written to."""
    owner = "import importlib.metadata as m; assert m.packages_distributions()['app'] == ['viva'], 'not the wheel'"
    run_or_fail(inside(["/opt/viva/bin/python", "-c", owner]), "the wheel owning `app`")
    probe = 'for place in / /tmp /opt/viva /etc /var/tmp /dev; do ! touch "$place/probe" 2>/dev/null || exit 1; done'
    run_or_fail(inside(["/bin/sh", "-c", probe]), "a read-only root file system")
    run_or_fail(
        inside(["/bin/sh", "-c", f"touch {stage.volumes[0]}/probe && rm {stage.volumes[0]}/probe"]), "a writable volume"
    )
    copies = [path for path in stage.root.glob("**/app/bootstrap.py") if "site-packages" not in path.parts]
    if copies:
        raise Failed(f"Sources lie beside the wheel: {copies[0]}")


@contextlib.contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process group that ends with the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Ask /readyz until it says 200."""
    give_up_at = time.monotonic() + SECONDS_UNTIL_READY
    said = "nothing"
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as response:
                if response.status == 200:
                    return
        except (urllib.error.URLError, OSError) as error:
            said = str(error)
        time.sleep(0.3)
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:])
    raise Failed(f"/readyz never answered with 200 (last: {said}). The server's last words:\n{tail}")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def run_or_fail(command: Sequence[str], what: str) -> None:
    """Run it quietly; its output is shown only if it fails."""
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if finished.returncode != 0:
        tail = "\n".join(finished.stdout.splitlines()[-25:])
        raise Failed(f"{what}: exit code {finished.returncode}\n{tail}")


def main() -> int:
    """Build, serve, tidy up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--base", type=Path, help="a debootstrapped root to start from; made there if it is missing")
    parser.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--keep", action="store_true", help="keep the scratch folder")
    chosen = parser.parse_args()
    missing = [tool for tool in ("debootstrap", "unshare", "chroot") if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        print(
            f"make image-check needs root and debootstrap (missing: {', '.join(missing) or 'root'}): "
            "apt install debootstrap, then sudo make image-check.",
            file=sys.stderr,
        )
        return 1
    scratch = Path(tempfile.mkdtemp(prefix="viva-image-"))
    base = chosen.base or scratch / "base"
    try:
        if not (base / "usr").exists():
            print("bootstrapping Debian 12 ...", flush=True)
            bootstrap(base)
        build_arguments = {"TORCH_INDEX": torch_index() or ""} | dict(pairs(" ".join(chosen.build_arg)))
        instructions = parse((ROOT / "Dockerfile").read_text(encoding="utf-8"))
        stage = build(instructions, base=base, scratch=scratch, build_arguments=build_arguments)
        serve(stage, scratch)
    except Failed as failed:
        print(f"image-check failed: {failed}", file=sys.stderr)
        return 1
    finally:
        if chosen.keep:
            print(f"kept: {scratch}")
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    print("image-check passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
